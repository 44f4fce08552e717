import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { SignJWT } from "jose";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { cases, expectNothingRevealed, Tally, timeout } from "./judge.js";
import { bothOrganizations, from, idsOf, markersOf, to, tokens } from "./two-organizations.js";

/** Whatever is sent as credentials, nobody is let in who does not hold them. */
const tally = new Tally("credentials");
const agent = new Agent({ connections: 8 });
const ids = idsOf("acme");
const AUDIENCE = "expense-gateway";
const issuerKeys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const strangersKeys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const jwk = { ...issuerKeys.publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256", use: "sig" };

/** The issuer whose tokens are taken. */
const issuer = createServer((incoming, response) => {
  const body = incoming.url?.startsWith("/.well-known/openid-configuration")
    ? { issuer: issuerUrl(), jwks_uri: `${issuerUrl()}/keys` }
    : { keys: [jwk] };
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
});
const issuerUrl = () => `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;

let under: GatewayUnderTest;
let genuine: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => issuer.listen(0, "127.0.0.1", resolve));
  under = await gatewayUnderTest({ OIDC_ISSUER: issuerUrl(), OIDC_AUDIENCE: AUDIENCE });
  await under.load(bothOrganizations());
  genuine = await signed({});
});
afterAll(async () => {
  tally.tell();
  await agent.close();
  await under[Symbol.asyncDispose]();
  issuer.closeAllConnections();
  await new Promise((resolve) => issuer.close(resolve));
});

function signed(claims: Record<string, unknown>, header: Record<string, unknown> = {}, key = issuerKeys.privateKey) {
  return new SignJWT({
    iss: issuerUrl(),
    aud: AUDIENCE,
    sub: "ada",
    exp: Math.floor(Date.now() / 1000) + 600,
    organizations: [ids.organization],
    ...claims,
  })
    .setProtectedHeader({ alg: "RS256", kid: "one", ...header })
    .sign(key);
}

const window = `start_date=${from}&end_date=${to}`;
const targets = [
  { method: "GET", path: `/restapi/v2/organizations/${ids.organization}/clean_expenses?${window}` },
  { method: "GET", path: "/restapi/v2/organizations" },
  { method: "GET", path: `/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${ids.cluster}&${window}` },
  { method: "GET", path: "/metrics" },
  { method: "POST", path: "/graphql", body: '{"query":"{ viewer { kind organizations { id name } } }"}' },
] as const;

async function status(headers: Record<string, string | string[]>, target: (typeof targets)[number]): Promise<number> {
  const answer = await request(under.url + target.path, {
    method: target.method,
    dispatcher: agent,
    headers: { ...headers, ...("body" in target && { "content-type": "application/json" }) },
    ...("body" in target && { body: target.body }),
  });
  const text = await answer.body.text();
  tally.count(answer.statusCode);
  if (answer.statusCode === 200) return 200;
  expect(answer.statusCode, text).toBeLessThan(500);
  expectNothingRevealed(text, JSON.stringify(headers));
  for (const marker of [...markersOf("acme"), ...markersOf("rival")].filter((one) => !target.path.includes(one))) {
    expect(text).not.toContain(marker);
  }
  return answer.statusCode;
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const printable = fc.stringMatching(/^[ -~\u00a1-\u00ff]{0,60}$/);
const part = fc.oneof(
  fc.stringMatching(/^[\w-]{0,30}$/),
  fc.jsonValue({ maxDepth: 1 }).map(base64url),
  fc
    .record({
      alg: fc.constantFrom("none", "None", "HS256", "RS256", "ES256", "", 5, null),
      kid: fc.constantFrom("one", "../../etc/passwd", "' OR 1=1 --", "two"),
      jku: fc.constant("http://127.0.0.1:9/keys"),
      crit: fc.constantFrom(["exp"], [], "x"),
    })
    .map(base64url),
  fc
    .record({
      iss: fc.constantFrom("x", 5, null),
      aud: fc.constantFrom(AUDIENCE, [AUDIENCE]),
      exp: fc.constantFrom(9_999_999_999, "never", -1, null),
      organizations: fc.constantFrom([ids.organization], ids.organization, { length: 1 }, [[ids.organization]]),
    })
    .map(base64url),
);
const token = fc.oneof(
  printable,
  fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(".")),
  fc.constantFrom(
    tokens.expired,
    tokens.acme.toUpperCase(),
    `${tokens.acme}x`,
    tokens.acme.slice(0, -1),
    `${tokens.acme},${tokens.rival}`,
    CLUSTER_SECRET,
    "' OR '1'='1",
    "tok-of-%",
    "null",
    "undefined",
    "[object Object]",
    "eg_",
    `eg_${"A".repeat(43)}`,
    "x".repeat(8_000),
  ),
);
const authorization = fc
  .tuple(fc.constantFrom("Bearer ", "bearer ", "Bearer  ", "Basic ", "Digest ", "Bearer\t", "", "BearerBearer "), token)
  // What v2 takes as a token: whatever follows the first seven characters.
  .map(([scheme, value]) => scheme + value)
  .filter((value) => !Object.values(tokens).includes(value.slice(7).trim()) || value.includes(tokens.expired));
const secret = fc.oneof(
  printable.filter((value) => value.trim() !== CLUSTER_SECRET),
  fc.constantFrom(`${CLUSTER_SECRET}x`, CLUSTER_SECRET.toUpperCase(), CLUSTER_SECRET.slice(1), tokens.acme, "", "null"),
);

test(
  "no made-up token, JWT or secret opens anything, and none is a failure of ours",
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.constantFrom(...targets),
            fc.record({ authorization, secret, cookie: printable }, { requiredKeys: [] }),
          ),
          { minLength: 8, maxLength: 8 },
        ),
        async (all) => {
          await Promise.all(
            all.map(async ([target, headers]) => {
              expect([400, 401, 403], JSON.stringify({ headers, target })).toContain(await status(headers, target));
            }),
          );
        },
      ),
      cases(300),
    );
  },
  timeout,
);

test(
  "a JWT that was signed for here opens its organization; changed in any one place, nothing",
  async () => {
    const [target] = targets;
    expect(await status({ authorization: `Bearer ${genuine}` }, target)).toBe(200);
    await fc.assert(
      fc.asyncProperty(fc.nat(genuine.length - 2), fc.constantFrom(..."ABCxyz019-_."), async (place, character) => {
        // The last character of a part can hold bits that mean nothing.
        const before = genuine[place - 1] ?? "";
        const after = genuine[place + 1] ?? "";
        fc.pre(genuine[place] !== character && after !== "." && before !== "");
        const changed = genuine.slice(0, place) + character + genuine.slice(place + 1);
        expect(await status({ authorization: `Bearer ${changed}` }, target)).toBe(401);
      }),
      cases(300),
    );
  },
  timeout,
);

test("a JWT of another key, issuer, audience or time, or of no key at all, opens nothing", async () => {
  const past = Math.floor(Date.now() / 1000) - 3_600;
  const claims = genuine.split(".")[1];
  const publicKey = issuerKeys.publicKey.export({ format: "pem", type: "spki" });
  const forged: string[] = [
    await signed({}, {}, strangersKeys.privateKey),
    await signed({ iss: "http://issuer.example" }),
    await signed({ aud: "another-service" }),
    await signed({ aud: undefined }),
    await signed({ exp: past }),
    await signed({ exp: undefined }),
    await signed({ nbf: past + 7_200 }),
    await signed({}, { kid: "two" }),
    `${base64url({ alg: "none", kid: "one" })}.${claims}.`,
    `${base64url({ alg: "none" })}.${claims}.${genuine.split(".")[2]}`,
    // The public key as the secret of a symmetric signature, which careless verifiers fall for.
    await new SignJWT({ iss: issuerUrl(), aud: AUDIENCE, exp: past + 7_200, organizations: [ids.organization] })
      .setProtectedHeader({ alg: "HS256", kid: "one" })
      .sign(Buffer.from(publicKey)),
    // A key that the token brings itself.
    await signed(
      {},
      { jwk: { ...strangersKeys.publicKey.export({ format: "jwk" }) }, jku: "http://127.0.0.1:9/" },
      strangersKeys.privateKey,
    ),
  ];
  for (const one of forged) {
    for (const target of targets)
      expect([401, 403], one).toContain(await status({ authorization: `Bearer ${one}` }, target));
  }
});

test("a JWT opens what its claim lists and nothing else, however the claim is written", async () => {
  const rivals = `/restapi/v2/organizations/${idsOf("rival").organization}/clean_expenses?${window}`;
  const claims = [[], [ids.organization], ids.organization, {}, "*", ["*"], [null], 5, [`${ids.organization}' OR 1=1`]];
  for (const organizations of claims) {
    const headers = { authorization: `Bearer ${await signed({ organizations })}` };
    expect([401, 403]).toContain(await status(headers, { method: "GET", path: rivals as (typeof targets)[0]["path"] }));
  }
});
