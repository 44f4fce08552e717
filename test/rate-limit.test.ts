import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../src/config.js";
import { ACME, RIVAL, RIVAL_TOKEN, SECRET, TOKEN } from "./graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "./graphql/support/gateway.js";
import { gatewayInFrontOf } from "./optscale/in-front.js";
import { envelope, json, misbehaving } from "./optscale/misbehaving.js";

const query = JSON.stringify({ query: "{ viewer { kind } }" });

function callers(url: string) {
  return {
    graphql: (headers: Record<string, string> = {}) =>
      fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: query,
      }),
    rest: (headers: Record<string, string>, organization = ACME) =>
      fetch(`${url}/restapi/v2/organizations/${organization}/clean_expenses?start_date=0&end_date=1`, { headers }),
  };
}

/** Asks so often, one after the other; the statuses of the answers. */
async function times(count: number, ask: (round: number) => Promise<Response>): Promise<number[]> {
  const statuses: number[] = [];
  for (let round = 0; round < count; round++) statuses.push((await ask(round)).status);
  return statuses;
}

describe("with a limit of three queries a minute", () => {
  let gateway: TestGateway;
  let ask: ReturnType<typeof callers>;
  beforeAll(async () => {
    gateway = await startTestGateway({ environment: { RATE_LIMIT_PER_MINUTE: "3" } });
    ask = callers(gateway.url);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test("a token has its own, in GraphQL and REST together, and is told when to come back", async () => {
    expect(await times(2, () => ask.graphql(bearer(TOKEN)))).toEqual([200, 200]);
    expect((await ask.rest(bearer(TOKEN))).status).toBe(200);

    const graphql = await ask.graphql(bearer(TOKEN));
    expect(graphql.status).toBe(429);
    const wait = Number(graphql.headers.get("retry-after"));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(20);
    expect(await graphql.json()).toEqual({
      errors: [
        {
          message: `You asked more than 3 times a minute: try again in ${wait} s, or ask for more at a time.`,
          extensions: { code: "RATE_LIMITED", retryAfter: wait },
        },
      ],
    });
    const rest = await ask.rest(bearer(TOKEN));
    expect(rest.status).toBe(429);
    expect(Number(rest.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await rest.json()).toEqual({
      error: {
        status_code: 429,
        error_code: "U0429",
        reason: expect.stringMatching(/^You asked more than 3 times a minute: try again in \d+ s/),
        params: [],
      },
    });

    // Nobody else pays for it.
    expect((await ask.rest(bearer(RIVAL_TOKEN), RIVAL)).status).toBe(200);
    expect((await ask.graphql({ secret: SECRET })).status).toBe(200);
  });

  test("invented tokens earn nothing: they and those without share what their address has", async () => {
    expect(await times(6, (round) => ask.graphql(bearer(`eg_invented-${round}`)))).toEqual([
      401, 401, 401, 429, 429, 429,
    ]);
    expect((await ask.rest(bearer("another"))).status).toBe(429);
    expect((await ask.graphql({ secret: "wrong" })).status).toBe(429);
    expect((await ask.graphql()).status).toBe(429);
    // Those who show who they are do not suffer from them.
    expect((await ask.graphql(bearer(RIVAL_TOKEN))).status).toBe(200);
  });

  test("probes, pages and samples are not counted", async () => {
    for (const path of ["/healthz", "/readyz", "/docs", "/"]) {
      for (const status of await times(5, () => fetch(gateway.url + path))) expect(status).toBe(200);
    }
    const write = () => fetch(`${gateway.url}/storage/api/v2/write`, { method: "POST" });
    expect(await times(5, write)).toEqual([400, 400, 400, 400, 400]);
  });
});

describe("behind a proxy", () => {
  const from = (address: string) => ({ "x-forwarded-for": address });
  const gatewayBehind = (proxies: Record<string, string>, logLines?: string[]) =>
    startTestGateway({ environment: { RATE_LIMIT_PER_MINUTE: "1", ...proxies }, ...(logLines && { logLines }) });
  const clients = (logLines: readonly string[]) =>
    logLines
      .map((line) => JSON.parse(line) as { msg: string; client?: string })
      .filter(({ msg }) => msg === "request")
      .map(({ client }) => client);

  test("that is trusted each address that it names has its own, and the log tells it", async () => {
    const logLines: string[] = [];
    await using gateway = await gatewayBehind({ TRUSTED_PROXIES: "10.0.0.0/8, 127.0.0.1" }, logLines);
    const { graphql } = callers(gateway.url);
    const statuses: number[] = [];
    for (const address of [
      "203.0.113.1",
      "203.0.113.2",
      // What a caller wrote itself comes before what the proxies did.
      "198.51.100.9, 203.0.113.1",
      "203.0.113.1, 10.1.2.3",
      // A network of IPv6 is one caller.
      "2001:db8::1",
      "2001:db8::2",
      // No address: the proxy's own, and no more than one of those.
      "unknown",
      `${"x".repeat(1_000)}`,
    ]) {
      statuses.push((await graphql(from(address))).status);
    }
    expect(statuses).toEqual([401, 401, 429, 429, 401, 429, 401, 429]);
    await expect.poll(() => clients(logLines)).toHaveLength(8);
    expect(clients(logLines)).toEqual([
      ...["203.0.113.1", "203.0.113.2", "203.0.113.1", "203.0.113.1", "2001:db8::1", "2001:db8::2"],
      ...["127.0.0.1", "127.0.0.1"],
    ]);
  });

  test.each<[string, Record<string, string>]>([
    ["none is", {}],
    ["another one is", { TRUSTED_PROXIES: "10.0.0.0/8" }],
  ])("that is not trusted, where %s, nobody chooses an address", async (_what, proxies) => {
    const logLines: string[] = [];
    await using gateway = await gatewayBehind(proxies, logLines);
    const { graphql } = callers(gateway.url);
    expect(await times(3, (round) => graphql(from(`203.0.113.${round}`)))).toEqual([401, 429, 429]);
    await expect.poll(() => clients(logLines)).toEqual(Array(3).fill("127.0.0.1"));
  });
});

test.each(["10.0.0.0/8", "::1", "10.0.0.1 , fd00::/8", "::ffff:10.0.0.0/104"])(
  "TRUSTED_PROXIES takes %s, and so does what reads it",
  async (value) => {
    await using _gateway = await startTestGateway({ environment: { TRUSTED_PROXIES: value } });
  },
);

test.each(["proxy", "10.0.0.0/33", "::/129", "10.0.0.0/0", "10.0.0.0/8/8", "10.0.0.1,", "fe80::1%eth0", "true", "1"])(
  "TRUSTED_PROXIES does not take %s",
  (value) => {
    expect(() => loadConfig({ TRUSTED_PROXIES: value })).toThrow(
      /^TRUSTED_PROXIES is not usable: it takes addresses and networks [^\n]+\.$/,
    );
  },
);

test("what was used up comes back with time", async () => {
  await using gateway = await startTestGateway({ environment: { RATE_LIMIT_PER_MINUTE: "60" } });
  const { graphql } = callers(gateway.url);
  const responses = await Promise.all(Array.from({ length: 150 }, () => graphql(bearer(TOKEN))));
  const refused = responses.find(({ status }) => status === 429) as Response;
  await new Promise((resolve) => setTimeout(resolve, Number(refused.headers.get("retry-after")) * 1_000));
  expect((await graphql(bearer(TOKEN))).status).toBe(200);
});

test("each operation of a batch counts, also those that there was no more room for", async () => {
  await using gateway = await startTestGateway({
    environment: { RATE_LIMIT_PER_MINUTE: "6", GRAPHQL_MAX_BATCH: "10" },
  });
  const { graphql } = callers(gateway.url);
  const batch = (size: number) =>
    fetch(`${gateway.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer(TOKEN) },
      body: `[${Array(size).fill(query)}]`,
    });
  // What is refused for its size alone is one request.
  expect((await batch(1_000)).status).toBe(400);
  expect((await batch(3)).status).toBe(200);
  const last = await batch(10);
  expect(last.status).toBe(200);
  expect(await last.json()).toHaveLength(10);
  const refused = await graphql(bearer(TOKEN));
  expect(refused.status).toBe(429);
  // 14 of 6: eight are owed, at ten seconds each, and one is for this.
  const wait = Number(refused.headers.get("retry-after"));
  expect(wait).toBeGreaterThan(60);
  expect(wait).toBeLessThanOrEqual(90);
  expect((await graphql(bearer(RIVAL_TOKEN))).status).toBe(200);
});

test("without a limit nobody is refused", async () => {
  await using gateway = await startTestGateway();
  const { graphql } = callers(gateway.url);
  expect(new Set(await times(100, () => graphql(bearer(TOKEN))))).toEqual(new Set([200]));
});

test("in front of an OptScale a token that it does not know has no bucket of its own", async () => {
  await using optScale = await misbehaving((request, response) => {
    if (request.headers.authorization === "Bearer tok-known") json(response, 200, { organizations: [] });
    else json(response, 401, envelope(401, "OE0235", "Unauthorized"));
  });
  await using front = await gatewayInFrontOf(optScale.url, { RATE_LIMIT_PER_MINUTE: "2" });
  const { rest } = callers(front.url);
  expect(await times(4, (round) => rest(bearer(`tok-invented-${round}`)))).toEqual([401, 401, 429, 429]);
  expect((await rest(bearer("tok-known"))).status).not.toBe(429);
});
