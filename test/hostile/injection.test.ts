import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { buildSchema } from "graphql";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SECRET, TOKEN } from "../graphql/support/acme.js";
import { bearer, startTestGateway } from "../graphql/support/gateway.js";
import { packed } from "../metroculus/remote-write.js";
import { SECRET as METROCULUS_SECRET, RunningMetroculus } from "../metroculus/running-metroculus.js";
import { type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { expectNothingRevealed, runs, seed } from "./judge.js";
import { filtersOf } from "./schema-walk.js";
import { bothOrganizations, from, idsOf, to, tokens } from "./two-organizations.js";

/** A text stays a text, whichever input it comes in by and whichever language it would mean something in. */
const schema = buildSchema(await readFile(new URL("../../schema.graphql", import.meta.url), "utf8"));
const ids = idsOf("acme");

const inSql = [
  "' OR 1=1 --",
  "' OR '1'='1",
  "') OR (1=1",
  "\\' OR 1=1 --",
  "'; DROP TABLE expenses; --",
  "' UNION ALL SELECT name FROM system.tables --",
  "') FORMAT JSON; SELECT sleep(3); --",
  "{chargedAccounts:Array(String)}",
  "$" + "{jndi:ldap://127.0.0.1/x}",
  "a`b\"c''d",
  "]) OR has(['x'], 'x",
  "%' OR name LIKE '%",
  "/**/OR/**/1=1/*",
];

/** Two of the texts for each place, others in each run of the tests, and all of them in a long search. */
function textsFor(place: number): string[] {
  const count = Math.min(runs(2), inSql.length);
  return Array.from({ length: count }, (_one, index) => inSql[(seed + place + index * 6) % inSql.length] as string);
}

describe("SQL", () => {
  let under: GatewayUnderTest;
  beforeAll(async () => {
    under = await gatewayUnderTest();
    await under.load(bothOrganizations());
  });
  afterAll(() => under[Symbol.asyncDispose]());

  /** How many rows each store holds; an injected statement that changes any would show here. */
  async function held(): Promise<unknown[]> {
    const { clickHouse, relational } = under.stores;
    return Promise.all([
      clickHouse.query(
        "SELECT name, toUInt32(total_rows) AS rows FROM system.tables WHERE database = currentDatabase() ORDER BY name",
      ),
      ...[relational.organization, relational.pool, relational.cloudAccount, relational.employee].map((model) =>
        (model as unknown as { count(): Promise<number> }).count(),
      ),
    ]);
  }

  const harmless = "zzz-nothing-is-called-so";

  test("in each filter of GraphQL it selects what any text selects that nothing is called by", async () => {
    const before = await held();
    const ask = async (text: string, filter: string) => {
      const response = await fetch(`${under.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...bearer(tokens.acme) },
        body: JSON.stringify({
          query: `{ cleanExpenses(organizationId: "${ids.organization}", startDate: ${from}, endDate: ${to}, filter: ${filter}) {
            totalCount totalCost expenses { nodes { id } } breakdown(by: REGION) { total } availableFilters { regions }
          } }`,
        }),
      });
      const answer = await response.text();
      expect(response.status, filter).toBeLessThan(500);
      expectNothingRevealed(answer, filter);
      expect(answer, filter).not.toMatch(/"INTERNAL|STORE_UNAVAILABLE/);
      // A message quotes it once, and the JSON around the message once more.
      const once = JSON.stringify(text).slice(1, -1);
      return answer.replaceAll(JSON.stringify(once).slice(1, -1), "TEXT").replaceAll(once, "TEXT");
    };
    const idsAre = (text: string) =>
      Object.fromEntries(Object.keys(ids).map((key) => [key, text])) as unknown as typeof ids;
    const plain = filtersOf(schema, "ExpenseFilter", idsAre(harmless), harmless);
    for (const [index, filter] of plain.entries()) {
      const reference = await ask(harmless, filter);
      await Promise.all(
        textsFor(index).map(async (text) => {
          const hostile = filtersOf(schema, "ExpenseFilter", idsAre(text), text)[index] as string;
          const answer = await ask(text, hostile);
          // In a pattern, a text that is only part of a name finds what holds it; traffic is told by places and not by id.
          if (!/Like|traffic(From|To)/.test(hostile)) expect(answer, hostile).toBe(reference);
        }),
      );
    }
    expect(await held()).toEqual(before);
  });

  test("in each path and parameter of REST, by name and by value, it selects nothing and changes nothing", async () => {
    const before = await held();
    const document = (await (await fetch(`${under.url}/openapi.json`)).json()) as {
      paths: Record<string, { get: { parameters: { name: string; in: string }[] } }>;
    };
    for (const [operation, [path, { get }]] of Object.entries(document.paths).entries()) {
      const window = get.parameters.some(({ name }) => name === "start_date")
        ? `start_date=${from}&end_date=${to}&`
        : "";
      const filled = path.replace(/\{(\w+)\}/, (_all, name: string) =>
        /pool/.test(name)
          ? ids.pool
          : /employee/.test(name)
            ? ids.employee
            : /account/.test(name)
              ? ids.account
              : /resource/.test(name)
                ? ids.resource
                : ids.organization,
      );
      const organization = path.includes("{") ? "" : `organization_id=${ids.organization}&`;
      const texts = textsFor(operation).map(encodeURIComponent);
      const targets = texts.flatMap((text, index) => [
        path.includes("{") ? `${path.replace(/\{\w+\}/, text)}?${window}` : `${path}?${window}organization_id=${text}`,
        `${filled}?${window}${organization}${text}=x`,
        ...get.parameters
          .filter((one, place) => one.in === "query" && (place + index) % texts.length === 0)
          .map(({ name }) => `${filled}?${window}${organization}${name}=${text}`),
      ]);
      await Promise.all(
        targets.map(async (target) => {
          const answer = await request(under.url + target, { headers: bearer(tokens.acme) });
          const body = await answer.body.text();
          expect(answer.statusCode, `${target} ${body}`).toBeLessThan(500);
          if (answer.statusCode !== 200) expectNothingRevealed(body, decodeURIComponent(target));
          expect(body).not.toContain("rival-marker");
        }),
      );
    }
    expect(await held()).toEqual(before);
  });

  test("in samples and their labels it is stored as the text that it is", async () => {
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    const answer = await request(`${under.url}/storage/api/v2/write?cloud_account_id=${ids.cluster}`, {
      method: "POST",
      headers: {
        "content-type": "application/x-protobuf",
        authorization: `Basic ${Buffer.from("acme:acme-password").toString("base64")}`,
      },
      body: packed(
        inSql.map((text) => ({
          labels: {
            __name__: "cloudtuner_kubecost_namespace_total_cost",
            namespace: `${text}\t\n\\N\u0001`,
            cluster: text,
          },
          samples: [[now - 3_600_000, 1]] as const,
        })),
      ),
    });
    expect(answer.statusCode, await answer.body.text()).toBe(204);
    const rows = await under.stores.clickHouse.query<{ count: number }>(
      "SELECT toUInt32(count()) AS count FROM k8s_samples WHERE cloud_account_id = {account:String}",
      { account: ids.cluster },
    );
    expect(rows).toEqual([{ count: inSql.length }]);
  });
});

const inPromQl = [
  'x"} or {tenant_id=~".+',
  'x",tenant_id=~".*',
  ".*",
  "a|b",
  "[a-z]+",
  "x\\",
  'x"',
  "x\n",
  "$1",
  "x{}",
  "x) or vector(1",
  "ä",
];

/** What a query selects by; windows and steps are the caller's. */
function selectorsOf(query: string): string {
  return (query.match(/\{[^{}]*\}/g) ?? ["no selector"]).join(" ");
}

test("PromQL: no text of a caller reaches a Prometheus but ids and names of a plain form", async () => {
  const asked: string[] = [];
  const prometheus = createServer(async (incoming, response) => {
    asked.push((await buffer(incoming)).toString());
    response.end('{"status":"success","data":{"resultType":"matrix","result":[]}}');
  }).listen(0, "127.0.0.1");
  await once(prometheus, "listening");
  try {
    await using metroculus = await RunningMetroculus.start();
    const app = await metroculus.another({
      THANOS_URL: `http://127.0.0.1:${(prometheus.address() as AddressInfo).port}`,
    });
    const paths = [
      "kubecost_cluster_costs",
      "kubecost_namespaces",
      "kubecost_daily_costs",
      "kubecost_nodes",
      "kubecost_metrics",
    ];
    const plain = { cloud_account_id: "acme", start_date: String(from), end_date: String(to) };
    const queriesOf = async (path: string, parameters: Record<string, string>) => {
      asked.length = 0;
      const { statusCode, body } = await app.inject({
        url: `/metroculus/v2/${path}?${new URLSearchParams({ ...plain, ...parameters })}`,
        headers: { secret: METROCULUS_SECRET },
      });
      expect(statusCode, `${path} ${JSON.stringify(parameters)} ${body}`).toBeLessThan(500);
      expectNothingRevealed(body, JSON.stringify(parameters));
      return { statusCode, queries: asked.map((query) => new URLSearchParams(query).get("query") ?? "") };
    };
    for (const path of paths) {
      const { queries: usual } = await queriesOf(path, {});
      expect(usual.length, path).toBeGreaterThan(0);
      for (const text of inPromQl) {
        const { statusCode, queries } = await queriesOf(path, { cloud_account_id: text });
        // Blanks around an id are none of it.
        if (text.trim() === "x") expect(queries.join("\n")).toContain('tenant_id=~"x"');
        else expect([statusCode, queries], text).toEqual([400, []]);
        for (const name of ["metrics", "start_date", "end_date", "metric", "step", "namespace"]) {
          const { queries: others } = await queriesOf(path, { [name]: text });
          const selected = usual.map(selectorsOf);
          for (const query of others) expect(selected, `${name}=${text}`).toContain(selectorsOf(query));
        }
      }
    }
  } finally {
    prometheus.closeAllConnections();
    prometheus.close();
  }
});

/** What would forge a line, end one, or make a terminal do something, were it not escaped. */
const inLogs = [
  '\n{"level":60,"msg":"forged-line"}',
  '\r\n{"level":60,"msg":"forged-line"}',
  '","msg":"forged-line","x":"',
  "\u001b[2J\u001b[31mforged-line",
  "\u0000forged-line",
  "\u2028forged-line",
  "\u0085forged-line",
  '"} 1\nforged_line_metric 1\n#{',
];

test("logs and metrics: a text forges no line, and no terminal obeys it", async () => {
  const lines: string[] = [];
  await using gateway = await startTestGateway({ logLines: lines });
  const latin1 = (text: string) => text.replace(/[^ -~\u0080-\u00ff]/g, "");
  for (const text of inLogs) {
    const quoted = JSON.stringify(text);
    const encoded = encodeURIComponent(text);
    await gateway.post(`query { organization(id: ${quoted}) { name } }`);
    await gateway.post(`{ cleanExpenses(organizationId: ${quoted}, startDate: ${quoted}, endDate: 1) { totalCost } }`);
    await gateway.post(text);
    await gateway.post("query Named { viewer { kind } }", { [text]: text });
    const posted = (body: object) =>
      fetch(`${gateway.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", ...bearer(TOKEN) },
        body: JSON.stringify(body),
      });
    await posted({ query: "query A { viewer { kind } }", operationName: text });
    await posted({ query: text, variables: text, extensions: text });
    const headers: Record<string, string> = {};
    for (const name of ["x-request-id", "user-agent", "referer", "traceparent", "tracestate", "x-forwarded-for"]) {
      headers[name] = `forged-line${latin1(text)}`;
    }
    for (const path of [
      `/restapi/v2/organizations/${encoded}/clean_expenses?start_date=${encoded}&end_date=1`,
      `/restapi/v2/${encoded}?${encoded}=${encoded}`,
      `/${encoded}`,
      `/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${encoded}`,
      `/storage/api/v2/write?cloud_account_id=${encoded}`,
    ]) {
      await fetch(gateway.url + path, { headers: { ...headers, ...bearer(TOKEN) } });
      await fetch(gateway.url + path, { method: "POST", headers: { ...headers, secret: SECRET }, body: text });
      await fetch(gateway.url + path, { headers: { ...headers, authorization: `Bearer ${latin1(text)}` } });
    }
  }
  expect(lines.length).toBeGreaterThan(100);
  for (const line of lines) {
    expect(line.trimEnd()).toMatch(/^[^\p{Cc}]*$/u);
    const parsed = JSON.parse(line) as { msg: string; level: number };
    expect(parsed.msg).not.toContain("forged");
    expect(parsed.level).toBeLessThan(60);
  }
  const metrics = await (await fetch(`${gateway.url}/metrics`, { headers: { secret: SECRET } })).text();
  expect(metrics).toContain("expense_gateway_");
  for (const line of metrics.split("\n").filter((one) => one !== "")) {
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .*|\w+(\{.*\})? [-+.\deINanf]+)$/);
    expect(line).not.toMatch(/^forged/);
  }
});

test("addresses: an account's id reaches Metroculus as one parameter, whatever stands in it", async () => {
  await using gateway = await startTestGateway();
  const organization = "org&x";
  const odd = ["a&cloud_account_id=b", "a#b", "a/../../v1", "a%26b", "a b?c=d", "ä"];
  const { importSnapshot } = await import("../../src/imports/snapshot.js");
  await importSnapshot(gateway.stores, {
    organizations: [{ id: organization, name: "Acme odd" }],
    cloud_accounts: odd.map((id) => ({ id, organization_id: organization, name: id, type: "kubernetes_cnr" })),
    tokens: [{ token: "tok-odd", organizations: [organization] }],
  });
  gateway.metroculus.costRequests.length = 0;
  const { errors } = await gateway.ask(
    `{ cleanExpenses(organizationId: "${organization}", startDate: ${from}, endDate: ${to}) { k8sCosts { clusters { status } } } }`,
    {},
    bearer("tok-odd"),
  );
  expect(errors).toBeUndefined();
  const seen = gateway.metroculus.costRequests.map((target) => new URL(target, "http://metroculus"));
  expect(new Set(seen.flatMap(({ searchParams }) => searchParams.getAll("cloud_account_id")))).toEqual(new Set(odd));
  for (const { pathname } of seen) expect(pathname).toBe("/metroculus/v2/kubecost_cluster_costs");
});
