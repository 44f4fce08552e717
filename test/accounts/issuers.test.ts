import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Oidc } from "../../src/accounts/oidc.js";
import { loadConfig } from "../../src/config.js";
import { type Gateway, startGateway } from "../../src/gateway.js";
import { createLogger } from "../../src/log.js";
import {
  answer as metroculusAnswer,
  type RemoteMetroculus,
  remoteMetroculus,
} from "../kubernetes/remote-metroculus.js";
import { envelope, json, type Misbehaving, misbehaving } from "../optscale/misbehaving.js";
import { acme, from, ids, to } from "../rest/acme.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";

const AUDIENCE = "expense-gateway";
/** An id that no object has. */
const NOTHING = "90000000-0000-4000-8000-000000000000";

let own: GatewayUnderTest;
let issuer: Misbehaving;
let auth: Misbehaving;
let metroculus: RemoteMetroculus;
let gateway: Gateway;
beforeAll(async () => {
  own = await gatewayUnderTest();
  await own.load(acme);
  [issuer, auth, metroculus] = await Promise.all([
    misbehaving(),
    misbehaving(),
    remoteMetroculus(metroculusAnswer({})),
  ]);
  const config = loadConfig({
    PORT: "0",
    LOG_LEVEL: "silent",
    METROCULUS_URL: metroculus.url,
    AUTH_URL: auth.url,
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: AUDIENCE,
  });
  gateway = await startGateway({
    config,
    stores: own.stores,
    clusterSecret: CLUSTER_SECRET,
    log: createLogger(config),
  });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([issuer, auth, metroculus].map((each) => each[Symbol.asyncDispose]()));
  await own[Symbol.asyncDispose]();
});

const rest = (token: string, organization: string = ids.organization) =>
  fetch(`${gateway.url}/restapi/v2/organizations/${organization}/clean_expenses?start_date=${from}&end_date=${to}`, {
    headers: { authorization: `Bearer ${token}` },
  });
const restCode = async (token: string, organization?: string) => {
  const answer = await rest(token, organization);
  const body = (await answer.json()) as { error?: { error_code: string } };
  return [answer.status, body.error?.error_code];
};
async function graphql(token: string, query: string) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query }),
  });
  return (await response.json()) as {
    data?: Record<string, unknown> | null;
    errors?: { message: string; extensions: { code: string } }[];
  };
}
const expenses = (organization: string = ids.organization) =>
  `{ cleanExpenses(organizationId: "${organization}", startDate: ${from}, endDate: ${to}) { totalCount k8sCosts { totalCost } } }`;
const codeOf = async (token: string, query = expenses()) => (await graphql(token, query)).errors?.[0]?.extensions.code;

/** Each test has a token of its own, because answers about it are remembered. */
let number = 0;
const newToken = () => `optscale-${++number}`;

describe("OptScale's auth service", () => {
  let authorize: (organization: string) => number;
  let asked: string[];
  beforeEach(() => {
    asked = [];
    authorize = (organization) => (organization === ids.organization ? 200 : 403);
    metroculus.calls.length = 0;
    auth.behave((request, response) => {
      if (request.url?.startsWith("/auth/v2/action_resources")) {
        const status = authorize(ids.organization);
        if (status !== 200) return json(response, status, envelope(status, "OA0010", "Unauthorized"));
        return json(response, 200, {
          action_resources: {
            INFO_ORGANIZATION: [
              ["organization", ids.organization],
              ["pool", ids.rootPool],
            ],
          },
        });
      }
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const { action, resource_type, uuid } = JSON.parse(body) as Record<string, string>;
        asked.push(
          `${request.method} ${request.url} ${action} ${resource_type} ${uuid} ${request.headers.authorization}`,
        );
        const status = authorize(uuid as string);
        json(response, status, status === 200 ? {} : envelope(status, "OA0012", "Forbidden"));
      });
    });
  });

  test("decides what its tokens open, and is asked once in 30 s about a token and an organization", async () => {
    const token = newToken();
    expect((await rest(token)).status).toBe(200);
    expect((await graphql(token, expenses())).data).toMatchObject({ cleanExpenses: { totalCount: 3 } });
    expect(asked).toEqual([
      `POST /auth/v2/authorize INFO_ORGANIZATION organization ${ids.organization} Bearer ${token}`,
    ]);
    expect(await restCode(token, ids.rival)).toEqual([403, "OE0234"]);
    expect(await codeOf(token, expenses(ids.rival))).toBe("NOT_FOUND");
  });

  test("tells a viewer's organizations", async () => {
    const { data } = await graphql(newToken(), "{ viewer { kind organizations { id } } }");
    expect(data).toEqual({ viewer: { kind: "USER", organizations: [{ id: ids.organization }] } });
  });

  test("refusing a token is 401, and nothing is asked of Metroculus", async () => {
    authorize = () => 401;
    const token = newToken();
    expect(await restCode(token)).toEqual([401, "OE0235"]);
    expect(await codeOf(token)).toBe("UNAUTHENTICATED");
    expect(metroculus.calls).toEqual([]);
  });

  test.each([
    `cloud_accounts/${NOTHING}`,
    `cloud_accounts/${NOTHING}/nodes`,
    `pools/${NOTHING}`,
    `pools_expenses/${NOTHING}?start_date=0`,
    `employees_expenses/${NOTHING}?start_date=0`,
    `resources/${NOTHING}/raw_expenses?start_date=0&end_date=1`,
    `organizations/${NOTHING}`,
  ])("refusing a token is 401 at /%s too, where its holder would be told that there is none", async (path) => {
    const status = async () =>
      (await fetch(`${gateway.url}/restapi/v2/${path}`, { headers: { authorization: `Bearer ${newToken()}` } })).status;
    expect(await status()).toBe(404);
    authorize = () => 401;
    expect(await status()).toBe(401);
    authorize = () => 503;
    expect(await status()).toBe(503);
  });

  test.each([500, 503, 302, 429])("failing (%i) lets nobody in, and is not the token's fault", async (status) => {
    authorize = () => status;
    const token = newToken();
    expect(await restCode(token)).toEqual([503, "OE0003"]);
    expect(await codeOf(token)).toBe("UPSTREAM_UNAVAILABLE");
    expect(metroculus.calls).toEqual([]);
    authorize = () => 200;
    expect((await rest(token)).status).toBe(200);
  });

  test("is not asked about tokens of our own", async () => {
    expect((await rest("tok-acme")).status).toBe(200);
    expect(await restCode("eg_unknown")).toEqual([401, "OE0235"]);
    expect(asked).toEqual([]);
  });
});

describe("an OpenID Connect issuer", () => {
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  const kid = "one";
  let published: object[];
  beforeAll(async () => {
    keys = await generateKeyPair("ES256", { extractable: true });
    published = [{ ...(await exportJWK(keys.publicKey)), kid, alg: "ES256", use: "sig" }];
    issuer.behave((request, response) => {
      if (request.url === "/.well-known/openid-configuration") {
        return json(response, 200, { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` });
      }
      json(response, 200, { keys: published });
    });
  });

  const signed = (
    claims: JWTPayload = {},
    options: { expires?: string | number; audience?: string; issuedBy?: string } = {},
  ) =>
    new SignJWT({ organizations: [ids.organization], ...claims })
      .setProtectedHeader({ alg: "ES256", kid })
      .setIssuer(options.issuedBy ?? issuer.url)
      .setAudience(options.audience ?? AUDIENCE)
      .setExpirationTime(options.expires ?? "5m")
      .sign(keys.privateKey);

  test("opens the organizations that its token names, and no other", async () => {
    const token = await signed();
    expect((await rest(token)).status).toBe(200);
    expect(await restCode(token, ids.rival)).toEqual([403, "OE0234"]);
    expect((await graphql(token, "{ viewer { organizations { id } } }")).data).toEqual({
      viewer: { organizations: [{ id: ids.organization }] },
    });
  });

  test("a single organization need be no list", async () => {
    expect((await rest(await signed({ organizations: ids.organization }))).status).toBe(200);
  });

  test("a token without the claim opens nothing", async () => {
    expect(await restCode(await signed({ organizations: undefined }))).toEqual([403, "OE0234"]);
  });

  test.each<[string, () => Promise<string>]>([
    ["has expired", () => signed({}, { expires: Math.floor(Date.now() / 1000) - 120 })],
    ["was made for somebody else", () => signed({}, { audience: "another" })],
    ["is of another issuer", () => signed({}, { issuedBy: "http://127.0.0.1:1" })],
    ["names organizations in another form", () => signed({ organizations: { a: 1 } as never })],
    ["was changed", async () => `${(await signed()).slice(0, -4)}AAAA`],
    [
      "has no signature",
      async () => `${Buffer.from('{"alg":"none"}').toString("base64url")}.${(await signed()).split(".")[1]}.`,
    ],
    [
      "is signed by a shared secret",
      () =>
        new SignJWT({ organizations: [ids.organization] })
          .setProtectedHeader({ alg: "HS256", kid })
          .setIssuer(issuer.url)
          .setAudience(AUDIENCE)
          .setExpirationTime("5m")
          .sign(new TextEncoder().encode(JSON.stringify(published[0]))),
    ],
    [
      "never expires",
      () =>
        new SignJWT({ organizations: [ids.organization] })
          .setProtectedHeader({ alg: "ES256", kid })
          .setIssuer(issuer.url)
          .setAudience(AUDIENCE)
          .sign(keys.privateKey),
    ],
    ["is no token", async () => "a.b.c"],
  ])("a token that %s is refused", async (_, make) => {
    const token = await make();
    expect(await restCode(token)).toEqual([401, "OE0235"]);
    expect(await codeOf(token)).toBe("UNAUTHENTICATED");
  });

  test("a clock that is half a minute behind is tolerated", async () => {
    expect((await rest(await signed({}, { expires: Math.floor(Date.now() / 1000) - 10 }))).status).toBe(200);
  });
});

test("an issuer that rotates its keys is asked for the new one", async () => {
  await using rotating = await misbehaving();
  const pairs = await Promise.all([1, 2].map(() => generateKeyPair("RS256", { extractable: true })));
  let current = 0;
  const published = await Promise.all(
    pairs.map(async ({ publicKey }, index) => ({ ...(await exportJWK(publicKey)), kid: String(index), alg: "RS256" })),
  );
  rotating.behave((request, response) => {
    const discovery = { issuer: rotating.url, jwks_uri: `${rotating.url}/keys` };
    json(response, 200, request.url === "/keys" ? { keys: [published[current]] } : discovery);
  });
  const oidc = new Oidc({
    issuer: rotating.url,
    audience: AUDIENCE,
    organizationsClaim: "orgs",
    clockToleranceSeconds: 0,
    keyCooldownMs: 0,
  });
  const token = (index: number) =>
    new SignJWT({ orgs: ["o"] })
      .setProtectedHeader({ alg: "RS256", kid: String(index) })
      .setIssuer(rotating.url)
      .setAudience(AUDIENCE)
      .setExpirationTime("5m")
      .sign((pairs[index] as (typeof pairs)[0]).privateKey);
  expect(await (await oidc.rightsOf(await token(0))).covers("o")).toBe(true);
  current = 1;
  expect(await (await oidc.rightsOf(await token(1))).covers("o")).toBe(true);
  rotating.behave((_request, response) => json(response, 500, {}));
  // A key that is not known makes the issuer be asked, which fails: that is not the token's fault.
  await expect(oidc.rightsOf(await token(0))).rejects.toMatchObject({ code: "UPSTREAM_UNAVAILABLE" });
  await oidc.close();
});
