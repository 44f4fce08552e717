import { compressSync } from "snappy";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { GatewayError } from "../../src/errors.js";
import { packed, writeRequest } from "./remote-write.js";
import { basicAuth, gauge, RunningMetroculus } from "./running-metroculus.js";

let metroculus: RunningMetroculus;
beforeAll(async () => {
  metroculus = await RunningMetroculus.start();
});
afterAll(() => metroculus[Symbol.asyncDispose]());
afterEach(() => void vi.restoreAllMocks());

const DAY = 1_759_449_600; // 2025-10-03T00:00:00Z
const hour = { start: DAY, end: DAY + 3_600 };
const management = { __name__: "kubecost_cluster_management_cost", provisioner_name: "EKS" };
const body = packed([gauge(management, hour, 0.1)]);

const stored = (account: string) =>
  metroculus.stores.clickHouse.query<{ metric: string; count: number }>(
    "SELECT metric, count() AS count FROM k8s_samples FINAL WHERE cloud_account_id = {account:String} GROUP BY metric ORDER BY metric",
    { account },
  );

test("a write answers 204 when its samples are in the store", async () => {
  const account = await metroculus.cluster();
  expect((await metroculus.post(account, body)).statusCode).toBe(204);
  expect(await stored(account)).toEqual([{ metric: management.__name__, count: 60 }]);
});

test("a repeated write changes nothing", async () => {
  const account = await metroculus.cluster();
  for (let i = 0; i < 3; i++) await metroculus.post(account, body);
  const answer = await metroculus.answer("kubecost_cluster_costs", account, hour.start, hour.end);
  expect(answer.summary.total_cost).toBe(0.1);
  expect(answer.duplicates.series).toBe(0);
});

test("writes that come at the same time are all stored", async () => {
  const account = await metroculus.cluster();
  const minutes = Array.from({ length: 60 }, (_, i) => ({ start: DAY + 60 * i, end: DAY + 60 * i + 60 }));
  const answers = await Promise.all(
    minutes.map((minute) => metroculus.post(account, packed([gauge(management, minute, 0.1)]))),
  );
  expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([204]));
  expect(await stored(account)).toEqual([{ metric: management.__name__, count: 60 }]);
});

test("the tenant is the header, whatever the labels claim", async () => {
  const [mine, other] = [await metroculus.cluster(), await metroculus.cluster()];
  await metroculus.write(mine, [gauge({ ...management, tenant_id: other, cloud_account_id: other }, hour, 0.1)]);
  expect(await stored(other)).toEqual([]);
  const answer = await metroculus.answer("kubecost_metrics", mine, hour.start, hour.end);
  expect(answer.metrics[management.__name__][0].labels.tenant_id).toBe(mine);
});

test("a sender without headers of its own names the tenant in the address, with the same credentials, and a header goes first", async () => {
  const [named, other] = [await metroculus.cluster(), await metroculus.cluster()];
  const send = (query: string, headers: Record<string, string> = {}) =>
    metroculus.app.inject({
      method: "POST",
      url: `/storage/api/v2/write${query}`,
      headers: { authorization: basicAuth(), "content-type": "application/x-protobuf", ...headers },
      payload: body,
    });
  expect((await send(`?cloud_account_id=${named}`)).statusCode).toBe(204);
  expect(await stored(named)).toEqual([{ metric: management.__name__, count: 60 }]);
  expect((await send(`?cloud_account_id=${named}`, { authorization: basicAuth("wrong") })).statusCode).toBe(401);
  expect((await send("?cloud_account_id=nobody")).statusCode).toBe(422);
  expect((await send(`?cloud_account_id=${named}&cloud_account_id=${other}`)).statusCode).toBe(400);
  expect((await send("?cloud_account_id=")).statusCode).toBe(400);
  expect((await send("?cloud_account_id=nobody", { "cloud-account-id": other })).statusCode).toBe(204);
  expect(await stored(other)).toEqual([{ metric: management.__name__, count: 60 }]);
});

test("what no cost is made of is accepted and not kept", async () => {
  const account = await metroculus.cluster();
  await metroculus.write(account, [
    gauge({ __name__: "container_cpu_usage_seconds_total", pod: "p" }, hour, 1),
    gauge({ __name__: "up" }, hour, 1),
  ]);
  expect(await stored(account)).toEqual([]);
});

test.each([
  ["no Cloud-Account-Id", { "cloud-account-id": undefined }, 400],
  ["no credentials", { authorization: undefined }, 401],
  ["a wrong password", { authorization: basicAuth("wrong") }, 401],
  ["a bearer token", { authorization: "Bearer eg_x" }, 401],
  ["credentials that are not base64", { authorization: "Basic %%%" }, 401],
  ["an unknown account", { "cloud-account-id": "nobody" }, 422],
  ["remote_write 2.0", { "content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request" }, 415],
  ["JSON", { "content-type": "application/json" }, 415],
  ["gzip", { "content-encoding": "gzip" }, 415],
])("%s is refused with a sentence", async (_name, headers, status) => {
  const response = await metroculus.post(await metroculus.cluster(), body, headers);
  expect([response.statusCode, response.headers["content-type"]]).toEqual([status, "text/plain; charset=utf-8"]);
  expect(response.body).toMatch(/^[A-Z].*\.\n$/);
});

test("the content type that Prometheus 3 sends for remote_write 1.0 is understood", async () => {
  const headers = { "content-type": "application/x-protobuf;proto=prometheus.WriteRequest" };
  expect((await metroculus.post(await metroculus.cluster(), body, headers)).statusCode).toBe(204);
});

test.each([
  ["deleted", { deletedAt: 5 }],
  ["not a Kubernetes account", { type: "AWS_CNR" as const }],
  ["without credentials", { credentials: false }],
])("an account that is %s is answered 422", async (_name, overrides) => {
  const response = await metroculus.post(await metroculus.cluster(overrides), body);
  expect(response.statusCode).toBe(422);
});

const bomb = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.alloc(100)]);
const nameless = gauge({ provisioner_name: "EKS" }, hour, 1);

test.each([
  ["an empty body", Buffer.alloc(0), 400],
  ["bytes that are not snappy", Buffer.from("hello, I am not snappy"), 400],
  ["snappy cut off in the middle", body.subarray(0, body.length >> 1), 400],
  ["protobuf cut off in the middle", compressSync(writeRequest([gauge(management, hour, 1)]).subarray(0, 99)), 400],
  ["snappy of something else", compressSync(Buffer.from("not a protobuf message")), 400],
  ["a series without a name", packed([nameless]), 400],
  ["a block that claims to unpack to 4 GiB", bomb, 413],
  ["a body of 17 MiB", Buffer.alloc(17 * 1024 * 1024), 413],
])("%s is refused for good", async (_name, payload, status) => {
  const account = await metroculus.cluster();
  const response = await metroculus.post(account, payload);
  expect([response.statusCode, response.body]).toEqual([status, expect.stringMatching(/^[A-Z].*\.\n$/)]);
  expect(await stored(account)).toEqual([]);
});

test("whatever bytes come, the answer is a status and never a crash", async () => {
  const account = await metroculus.cluster();
  const message = writeRequest([gauge(management, { start: DAY, end: DAY + 120 }, 1)]);
  for (let i = 0; i < message.length; i++) {
    const damaged = Buffer.from(message);
    damaged[i] = (damaged[i] as number) ^ 0xff;
    expect([204, 400]).toContain((await metroculus.post(account, compressSync(damaged))).statusCode);
  }
});

test("samples of another age are left out with a sentence, and the rest is stored", async () => {
  const account = await metroculus.cluster();
  const response = await metroculus.post(
    account,
    packed([
      {
        labels: management,
        samples: [
          [1, 1],
          [DAY * 1000, 1],
          [9e15, 1],
        ],
      },
    ]),
  );
  expect(response.statusCode).toBe(400);
  expect(response.body).toContain("2 samples were left out");
  expect(await stored(account)).toEqual([{ metric: management.__name__, count: 1 }]);
});

test("a write that reaches over many years is stored", async () => {
  const account = await metroculus.cluster();
  const samples = Array.from({ length: 240 }, (_, month) => [(946_684_800 + month * 2_678_400) * 1000, 1] as const);
  await metroculus.write(account, [{ labels: management, samples }]);
  expect(await stored(account)).toEqual([{ metric: management.__name__, count: 240 }]);
});

test("a write of more samples and metrics than most is stored sample for sample", async () => {
  const account = await metroculus.cluster();
  const start = 1_735_689_600_000;
  const times = Array.from({ length: 3_000 }, (_, index) => start + index * 15_001);
  const names = ["node_total_hourly_cost", management.__name__];
  await metroculus.write(
    account,
    names.map((__name__, which) => ({
      labels: { ...management, __name__ },
      samples: times.map((time, index) => [time, index === 7 ? Number.NaN : which + index / 8] as const),
    })),
  );
  const rows = await metroculus.stores.clickHouse.query<{ metric: string; times: number[]; values: unknown[] }>(
    `SELECT metric, groupArray(toUnixTimestamp64Milli(timestamp)) AS times, groupArray(isNaN(value) ? -1 : value) AS values
     FROM (SELECT * FROM k8s_samples WHERE cloud_account_id = {account:String} ORDER BY metric, timestamp) GROUP BY metric`,
    { account },
  );
  expect(new Map(rows.map(({ metric, ...columns }) => [metric, columns]))).toEqual(
    new Map(names.map((name, which) => [name, { times, values: times.map((_, i) => (i === 7 ? -1 : which + i / 8)) }])),
  );
});

test("a store that fails is answered 503, so that Prometheus sends again, and then nothing is missing", async () => {
  const account = await metroculus.cluster();
  const failure = new GatewayError("STORE_UNAVAILABLE", "made to fail");
  vi.spyOn(metroculus.stores.clickHouse, "insertNative").mockRejectedValueOnce(failure);
  expect((await metroculus.post(account, body)).statusCode).toBe(503);
  vi.spyOn(metroculus.stores.clickHouse, "insert").mockRejectedValueOnce(failure);
  const other = packed([gauge({ ...management, provisioner_name: "GKE" }, hour, 0.2)]);
  expect((await metroculus.post(account, other)).statusCode).toBe(503);
  for (const again of [body, other]) expect((await metroculus.post(account, again)).statusCode).toBe(204);
  const answer = await metroculus.answer("kubecost_cluster_costs", account, hour.start, hour.end);
  expect(answer.summary.total_cost).toBeCloseTo(0.3, 9);
});

test("accounts that cannot be looked up are answered 503, never 4xx", async () => {
  const account = await metroculus.cluster();
  const accounts = metroculus.stores.relational.cloudAccount;
  vi.spyOn(accounts, "findFirst").mockRejectedValueOnce(new Error("made to fail"));
  const response = await metroculus.post(account, body);
  expect(response.statusCode).toBe(503);
  expect(response.body).not.toContain("made to fail");
});

test("labels of any text survive, tabs, quotes and line ends too", async () => {
  const account = await metroculus.cluster();
  const labels = { __name__: "kubecost_load_balancer_cost", service_name: "a\tb\n'c'\\\"d\" é 漢", namespace: "n" };
  await metroculus.write(account, [gauge(labels, hour, 0.5)]);
  const { metrics } = await metroculus.answer("kubecost_metrics", account, hour.start, hour.end);
  expect(metrics.kubecost_load_balancer_cost[0].labels).toMatchObject(labels);
});
