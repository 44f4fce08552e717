import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { GatewayError } from "../../src/errors.js";
import { gauge, RunningMetroculus, SECRET } from "./running-metroculus.js";

let metroculus: RunningMetroculus;
beforeAll(async () => {
  metroculus = await RunningMetroculus.start();
});
afterAll(() => metroculus[Symbol.asyncDispose]());
afterEach(() => void vi.restoreAllMocks());

const DAY = 1_759_449_600; // 2025-10-03T00:00:00Z
const day = { start: DAY, end: DAY + 86_400 };
const query = { cloud_account_id: "a", start_date: day.start, end_date: day.end };
const endpoints = [
  "kubecost_cluster_costs",
  "kubecost_metrics",
  "kubecost_savings",
  "kubecost_namespaces",
  "kubecost_nodes",
];

const envelope = (status: number, code: string, reason: string, params: string[] = []) => ({
  error: { status_code: status, error_code: code, reason, params },
});

test.each(endpoints)("%s is closed without the secret, and opens to nobody else's", async (path) => {
  for (const headers of [{}, { secret: "" }]) {
    const response = await metroculus.get(path, query, headers as Record<string, string>);
    expect(response.statusCode).toBe(401);
    expect(response.json()).toEqual(envelope(401, "OM0007", "This resource requires authorization"));
  }
  const wrong = await metroculus.get(path, query, { secret: `${SECRET}x` });
  expect([wrong.statusCode, wrong.json()]).toEqual([403, envelope(403, "OM0005", "Bad secret")]);
});

test.each(["cloud_account_id", "start_date", "end_date"])("%s must be given", async (name) => {
  const { [name as keyof typeof query]: _left, ...rest } = query;
  for (const given of [rest, { ...rest, [name]: "" }]) {
    const response = await metroculus.get("kubecost_cluster_costs", given as typeof query);
    expect([response.statusCode, response.json()]).toEqual([
      400,
      envelope(400, "OM0008", `${name} is not provided`, [name]),
    ]);
  }
});

test.each(["-1", "1.5", "1e3", "tomorrow", "0x10", "99999999999999999"])("%s is no date", async (value) => {
  const response = await metroculus.get("kubecost_cluster_costs", { ...query, end_date: value });
  expect([response.statusCode, response.json()]).toEqual([
    400,
    envelope(400, "OM0006", "Invalid end_date", ["end_date"]),
  ]);
});

test.each(['a"b', "a{}", "x".repeat(65), "a b"])("%s is no account id", async (id) => {
  const response = await metroculus.get("kubecost_cluster_costs", { ...query, cloud_account_id: id });
  expect([response.statusCode, response.json().error.error_code]).toEqual([400, "OM0006"]);
});

test("metrics that Metroculus does not keep cannot be asked for", async () => {
  const response = await metroculus.get("kubecost_metrics", { ...query, metrics: 'up{tenant_id=~".*"}' });
  expect([response.statusCode, response.json().error.params]).toEqual([400, ["metrics"]]);
});

test("an unknown path is OM0002, with and without the secret", async () => {
  for (const headers of [{}, { secret: SECRET }]) {
    const response = await metroculus.get("prometheus_query", query, headers as Record<string, string>);
    expect([response.statusCode, response.json()]).toEqual([404, envelope(404, "OM0002", "Not found")]);
  }
});

test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const)("%s is OM0003", async (method) => {
  const response = await metroculus.app.inject({ method, url: "/metroculus/v2/kubecost_cluster_costs", payload: "x" });
  expect([response.statusCode, response.json()]).toEqual([405, envelope(405, "OM0003", "Method Not Allowed")]);
});

test("answers and errors have the content type that v2 clients get", async () => {
  const good = await metroculus.get("kubecost_cluster_costs", query);
  const bad = await metroculus.get("kubecost_cluster_costs", query, {});
  for (const { headers } of [good, bad]) expect(headers["content-type"]).toBe('application/json; charset="utf-8"');
});

test("an account without samples is no error: zero cost, zero coverage, and nothing known", async () => {
  for (const window of [day, { start: 0, end: 1 }, { start: 5, end: 5 }, { start: 9, end: 5 }]) {
    const answer = await metroculus.answer("kubecost_cluster_costs", "nobody", window.start, window.end);
    expect(answer).toMatchObject({
      cloud_account_id: "nobody",
      start_date: window.start,
      end_date: window.end,
      summary: { total_cost: 0, cpu_cost: null, management_cost: null },
      coverage: 0,
      method: null,
      sources: [],
    });
    expect(answer).not.toHaveProperty("efficiency");
  }
});

test("several accounts come as items, in the order asked for, each as it would come alone", async () => {
  const accounts = [await metroculus.cluster(), await metroculus.cluster(), await metroculus.cluster()];
  for (const [i, account] of accounts.entries()) {
    await metroculus.write(account, [gauge({ __name__: "kubecost_cluster_management_cost" }, day, 0.1 * (i + 1))]);
  }
  const alone = await Promise.all(
    accounts.map((account) => metroculus.answer("kubecost_cluster_costs", account, day.start, day.end)),
  );
  expect(alone.map(({ summary }) => summary.total_cost)).toEqual([2.4, 4.8, 7.2]);
  const comma = await metroculus.answer("kubecost_cluster_costs", accounts.join(","), day.start, day.end);
  expect(comma).toEqual({ items: alone });
  const repeated = await metroculus.app.inject({
    url: `/metroculus/v2/kubecost_cluster_costs?${accounts.map((id) => `cloud_account_id=${id}`).join("&")}&start_date=${day.start}&end_date=${day.end}`,
    headers: { secret: SECRET },
  });
  expect(repeated.json()).toEqual({ items: alone });
});

test("one query to the store answers for all accounts whose exporter tells everything", async () => {
  const accounts = [await metroculus.cluster(), await metroculus.cluster()];
  for (const account of accounts) {
    await metroculus.write(account, [
      gauge({ __name__: "cloudtuner_kubecost_cluster_total_cost", cluster: "a" }, day, 1),
    ]);
  }
  const bytes = vi.spyOn(metroculus.stores.clickHouse, "bytes");
  await metroculus.answer("kubecost_cluster_costs", accounts.join(","), day.start, day.end);
  expect(bytes).toHaveBeenCalledTimes(1);
});

test("a store that fails is told in the envelope, without its words", async () => {
  const failure = new GatewayError("STORE_UNAVAILABLE", "inner words");
  vi.spyOn(metroculus.stores.clickHouse, "bytes").mockRejectedValueOnce(failure);
  const response = await metroculus.get("kubecost_cluster_costs", query);
  expect([response.statusCode, response.json().error.error_code]).toEqual([503, "U0503"]);
  vi.spyOn(metroculus.stores.clickHouse, "bytes").mockRejectedValueOnce(new Error("inner words"));
  const worse = await metroculus.get("kubecost_cluster_costs", query);
  expect([worse.statusCode, worse.json().error.error_code]).toEqual([500, "U0500"]);
  expect(response.body + worse.body).not.toContain("inner words");
});

test("metrics come as points of the list form, as many as can be drawn", async () => {
  const account = await metroculus.cluster();
  const week = { start: DAY, end: DAY + 7 * 86_400 };
  await metroculus.write(account, [gauge({ __name__: "kubecost_cluster_management_cost", region: "r" }, week, 0.1)]);
  const answer = await metroculus.answer("kubecost_metrics", account, week.start, week.end, {
    metrics: "kubecost_cluster_management_cost,kubecost_load_balancer_cost",
  });
  expect(Object.keys(answer.metrics)).toEqual(["kubecost_cluster_management_cost"]);
  const points = answer.metrics.kubecost_cluster_management_cost;
  expect(points).toHaveLength(168);
  expect(points[1]).toEqual({
    timestamp: DAY + 3_600,
    value: 0.1,
    labels: { __name__: "kubecost_cluster_management_cost", region: "r", tenant_id: account },
  });
  for (const [seconds, step, count] of [
    [86_400, 3_600, 24],
    [86_399, 3_600, 24],
    [5_400, 3_600, 2],
    [3_600, 3_600, 1],
    [600, 60, 10],
  ] as const) {
    const shorter = await metroculus.answer("kubecost_metrics", account, DAY, DAY + seconds);
    expect(shorter.step).toBe(step);
    expect(shorter.metrics.kubecost_cluster_management_cost).toHaveLength(count);
  }
});

test("savings say that they are allocated amounts, and no money", async () => {
  const account = await metroculus.cluster();
  await metroculus.write(account, [
    gauge({ __name__: "kubecost_savings_cpu_allocation", daemonset: "false" }, day, 6.5),
  ]);
  const answer = await metroculus.answer("kubecost_savings", account, day.start, day.end);
  expect(answer.cpu_savings[0]).toMatchObject({ timestamp: DAY, value: 6.5, labels: { daemonset: "false" } });
  expect(answer).toMatchObject({
    memory_savings: [],
    potential_savings: null,
    warnings: [{ code: "ALLOCATED_NOT_SAVED" }],
  });
});

test("nodes, volumes and load balancers are named as the cloud names them", async () => {
  const account = await metroculus.cluster();
  const half = { start: DAY, end: DAY + 43_200, every: 3_600 };
  const node = { node: "ip-10-0-0-1", provider_id: "aws:///ap-south-1c/i-0df1e2", instance_type: "t3a.2xlarge" };
  await metroculus.write(account, [
    gauge({ __name__: "kubecost_node_is_spot", ...node }, half, 1),
    gauge({ __name__: "node_total_hourly_cost", ...node }, half, 0.1),
    gauge({ __name__: "kube_node_info", node: "ip-10-0-0-2", provider_id: "aws:///ap-south-1c/i-0928" }, half, 1),
    gauge({ __name__: "pv_hourly_cost", persistentvolume: "pvc-1", provider_id: "vol-1" }, half, 0.0001),
    gauge(
      {
        __name__: "kube_service_status_load_balancer_ingress",
        namespace: "web",
        service: "front",
        hostname: "lb-1.example.com",
      },
      half,
      1,
    ),
  ]);
  const answer = await metroculus.answer("kubecost_nodes", account, day.start, day.end);
  expect(answer).toEqual({
    cloud_account_id: account,
    start_date: day.start,
    end_date: day.end,
    nodes: [
      {
        name: "ip-10-0-0-1",
        provider_id: node.provider_id,
        instance_type: "t3a.2xlarge",
        spot: true,
        hourly_price: 0.1,
        last_seen: DAY + 39_600,
      },
      {
        name: "ip-10-0-0-2",
        provider_id: "aws:///ap-south-1c/i-0928",
        instance_type: null,
        spot: null,
        hourly_price: null,
        last_seen: DAY + 39_600,
      },
    ],
    volumes: [{ name: "pvc-1", provider_id: "vol-1" }],
    load_balancers: [{ name: "web/front", address: "lb-1.example.com" }],
  });
  const later = await metroculus.answer("kubecost_nodes", account, DAY + 86_400, DAY + 2 * 86_400);
  expect(later.nodes).toEqual([]);
});
