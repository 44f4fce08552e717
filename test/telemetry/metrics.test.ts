import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { startGateway } from "../../src/gateway.js";
import { pageOperations } from "../../src/graphql/page-operations.js";
import { createLogger } from "../../src/log.js";
import { BoundedNames } from "../../src/telemetry/bounded-names.js";
import { ClusterGauges } from "../../src/telemetry/cluster-gauges.js";
import { ACME, CLUSTER_ONE, CLUSTER_TWO, RIVAL_CLUSTER, SECRET, TOKEN } from "../graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "../graphql/support/gateway.js";

const METRICS_TOKEN = "acme-metrics-token-of-tests";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ environment: { METRICS_TOKEN } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const scrape = (headers: Record<string, string> = bearer(METRICS_TOKEN), url = gateway.url) =>
  fetch(`${url}/metrics`, { headers });

/** The value of one series; undefined when there is none. */
async function value(series: string): Promise<number | undefined> {
  const text = await (await scrape()).text();
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

const operation = (name: string, status: string) =>
  `expense_gateway_graphql_operation_duration_seconds_count{operation="${name}",status="${status}"}`;

const now = () => Math.floor(Date.now() / 1000);

test.each([
  ["no credentials", {}],
  ["a user's token", bearer(TOKEN)],
  ["a wrong metrics token", bearer(`${METRICS_TOKEN}x`)],
  ["a wrong secret", { secret: "wrong" }],
  ["an empty secret", { secret: "" }],
])("with %s nothing is told", async (_what, headers: Record<string, string>) => {
  const response = await scrape(headers);
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({
    error: { code: "UNAUTHENTICATED", message: expect.stringContaining("METRICS_TOKEN") },
  });
});

test.each([
  ["METRICS_TOKEN", bearer(METRICS_TOKEN)],
  ["the cluster secret", { secret: SECRET }],
])("with %s all is told, in Prometheus's text format", async (_what, headers: Record<string, string>) => {
  const response = await scrape(headers);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await response.text();
  for (const name of ["nodejs_eventloop_lag_p99_seconds", "process_resident_memory_bytes"])
    expect(text).toContain(name);
});

test("METRICS_PUBLIC opens all but what tells of single clusters", async () => {
  const config = loadConfig({
    PORT: "0",
    METRICS_PUBLIC: "true",
    METROCULUS_URL: gateway.metroculus.url,
    LOG_LEVEL: "silent",
  });
  await using open = await startGateway({
    config,
    stores: gateway.stores,
    clusterSecret: SECRET,
    log: createLogger(config),
  });
  await fetch(`${open.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(TOKEN) },
    body: JSON.stringify({
      query: `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: 0, endDate: ${now()}) { status } } }`,
    }),
  });
  const text = await (await scrape({}, open.url)).text();
  expect(text).toContain("expense_gateway_cluster_answers_total");
  expect(text).not.toContain(CLUSTER_ONE);
  expect(await (await scrape({ secret: SECRET }, open.url)).text()).toContain(CLUSTER_ONE);
});

test("operations count by name and status, errors by code", async () => {
  await gateway.ask("query Viewer { viewer { kind } }");
  await gateway.ask("query Viewer { viewer { kind } }", {}, {});
  await gateway.ask("{ viewer { kind } }");
  expect(await value(operation("Viewer", "ok"))).toBe(1);
  expect(await value(operation("Viewer", "refused"))).toBe(1);
  expect(await value(operation("unnamed", "ok"))).toBe(1);
  expect(await value('expense_gateway_graphql_errors_total{code="UNAUTHENTICATED"}')).toBe(1);
  expect(
    await value('expense_gateway_http_request_duration_seconds_count{method="POST",route="/graphql",status="200"}'),
  ).toBe(2);
  expect(
    await value('expense_gateway_http_request_duration_seconds_count{method="POST",route="/graphql",status="401"}'),
  ).toBe(1);
});

test("callers cannot make up series without end", async () => {
  for (let one = 0; one < 120; one++) {
    await gateway.ask(`query Made${one} { viewer { kind } }`);
    await gateway.ask(`query Unseen${one} { viewer { kind } }`, {}, {});
    await fetch(`${gateway.url}/made/up/${one}`);
    await fetch(`${gateway.url}/restapi/v2/made_up_${one}`, { headers: bearer(TOKEN) });
  }
  const text = await (await scrape()).text();
  const labels = (name: string) =>
    new Set([...text.matchAll(new RegExp(`${name}="([^"]*)"`, "g"))].map(([, one]) => one));
  expect(labels("operation").size).toBeLessThan(120);
  expect(text).not.toMatch(/Unseen|made.up/);
  expect(labels("operation")).toContain("other");
  expect(await value(operation("Made0", "ok"))).toBe(1);
  // A name of our own pages has its place even now.
  await gateway.ask(`query Breakdown { viewer { kind } }`);
  expect(await value(operation("Breakdown", "ok"))).toBe(1);
});

test("REST counts by the pattern of the route", async () => {
  await fetch(`${gateway.url}/restapi/v2/organizations/${ACME}/clean_expenses?start_date=0&end_date=1`, {
    headers: bearer(TOKEN),
  });
  const route = "/restapi/v2/organizations/{organization_id}/clean_expenses";
  expect(
    await value(`expense_gateway_http_request_duration_seconds_count{method="GET",route="${route}",status="200"}`),
  ).toBe(1);
});

test("calls to Metroculus, their outcomes and the clusters' data are told", async () => {
  gateway.metroculus.answer = (request, response) => {
    const account = new URL(request.url ?? "/", "http://metroculus").searchParams.get("cloud_account_id");
    response
      .writeHead(account === CLUSTER_TWO ? 403 : 200, { "content-type": "application/json" })
      .end(JSON.stringify({ summary: { total_cost: 40.123 }, coverage: 0.8125, currency: "USD" }));
  };
  const query = `{ cleanExpenses(organizationId: "${ACME}", startDate: ${now() - 90_000}, endDate: ${now()}) { k8sCosts { totalCost } } }`;
  const counters = [
    'expense_gateway_metroculus_call_duration_seconds_count{endpoint="kubecost_cluster_costs",outcome="answered"}',
    'expense_gateway_metroculus_call_duration_seconds_count{endpoint="kubecost_cluster_costs",outcome="SECRET_REFUSED"}',
    'expense_gateway_cluster_look_ups_total{from="called"}',
    'expense_gateway_cluster_look_ups_total{from="fresh"}',
    'expense_gateway_cluster_answers_total{status="PARTIAL"}',
    'expense_gateway_cluster_answers_total{status="UNAUTHORIZED"}',
  ];
  const read = async () => Promise.all(counters.map(async (name) => (await value(name)) ?? 0));
  const before = await read();
  await gateway.ask(query);
  await gateway.ask(query);
  gateway.metroculus.answer = undefined;
  expect((await read()).map((count, index) => count - (before[index] as number))).toEqual([1, 1, 2, 2, 2, 2]);
  const of = (name: string, id: string) => value(`expense_gateway_cluster_${name}{cloud_account_id="${id}"}`);
  expect(await of("coverage_ratio", CLUSTER_ONE)).toBe(0.8125);
  expect(await of("cost_age_seconds", CLUSTER_ONE)).toBeLessThan(60);
  expect(await of("cost_known", CLUSTER_ONE)).toBe(1);
  expect(await of("cost_known", CLUSTER_TWO)).toBe(0);
  expect(await of("coverage_ratio", CLUSTER_TWO)).toBeUndefined();
});

test("the circuit is told of while it is open", async () => {
  expect(await value("expense_gateway_metroculus_circuit_open")).toBe(0);
  gateway.metroculus.answer = (request) => request.socket.destroy();
  for (let one = 0; one < 12; one++) {
    await gateway.ask(
      `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: ${one}, endDate: 1000) { status } } }`,
    );
  }
  gateway.metroculus.answer = undefined;
  expect(await value("expense_gateway_metroculus_circuit_open")).toBe(1);
});

test("calls to the stores are told, and which failed", async () => {
  const { clickHouse } = gateway.stores;
  const ask = () => gateway.ask(`{ cleanExpenses(organizationId: "${ACME}", startDate: 0, endDate: 1) { totalCost } }`);
  await ask();
  await clickHouse.command("RENAME TABLE expenses TO expenses_away");
  await ask();
  await clickHouse.command("RENAME TABLE expenses_away TO expenses");
  const start = "expense_gateway_store_call_duration_seconds_count";
  expect(await value(`${start}{store="clickhouse",operation="query",outcome="ok"}`)).toBeGreaterThan(0);
  expect(await value(`${start}{store="clickhouse",operation="query",outcome="failed"}`)).toBeGreaterThan(0);
  expect(await value(`${start}{store="relational",operation="ApiToken.findUnique",outcome="ok"}`)).toBeGreaterThan(0);
});

test("no name, cost, credential or foreign cluster is ever told", async () => {
  const text = await (await scrape()).text();
  expect(text).toContain(CLUSTER_ONE);
  for (const secret of [TOKEN, SECRET, METRICS_TOKEN, ACME, "cluster one", "Acme", "40.123", RIVAL_CLUSTER]) {
    expect(text).not.toContain(secret);
  }
});

test("the names that are known beforehand are those of our own pages", async () => {
  const pages = resolve(import.meta.dirname, "../../src/web/app");
  const files = (await readdir(pages, { recursive: true })).filter((name) => name.endsWith(".graphql"));
  const documents = await Promise.all(files.map((name) => readFile(join(pages, name), "utf8")));
  const names = documents.flatMap((text) => [...text.matchAll(/^query (\w+)/gm)].map(([, name]) => name));
  expect([...new Set([...names, "IntrospectionQuery"])].sort()).toEqual([...pageOperations].sort());
});

test("places for names go to those that come first, and never to more", () => {
  const names = new BoundedNames(["known"], 3);
  expect(names.of("first", false)).toBe("other");
  expect(["first", "second", "third", "known", "first"].map((name) => names.of(name, true))).toEqual([
    "first",
    "second",
    "other",
    "known",
    "first",
  ]);
});

test("the clusters seen last are told of, a thousand at most, and none for ever", async () => {
  let time = 1;
  const registry = new Registry();
  const clusters = new ClusterGauges(registry, { now: () => time });
  for (let one = 0; one < 1_500; one++) clusters.answered(`cluster-${one}`, 1, 0);
  clusters.sampled("cluster-1499", 2_000);
  clusters.sampled("cluster-1499", 1_000);
  const told = async () => (await registry.metrics()).split("\n").filter((line) => /^[^#]/.test(line));
  const first = await told();
  expect(first.filter((line) => line.startsWith("expense_gateway_cluster_coverage_ratio"))).toHaveLength(1_000);
  expect(first).toContain(
    'expense_gateway_cluster_last_sample_timestamp_seconds{cloud_account_id="cluster-1499"} 2000',
  );
  time += 7 * 3_600_000;
  expect(await told()).toEqual([
    'expense_gateway_cluster_last_sample_timestamp_seconds{cloud_account_id="cluster-1499"} 2000',
  ]);
});
