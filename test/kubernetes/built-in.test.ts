import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "reflect-metadata";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ClusterSettings } from "../../src/accounts/cluster-settings.js";
import { loadConfig } from "../../src/config.js";
import { type Gateway, startGateway } from "../../src/gateway.js";
import { createLogger } from "../../src/log.js";
import { openStores, type Stores } from "../../src/stores/stores.js";
import { packed, type WrittenSeries } from "../metroculus/remote-write.js";
import { gauge } from "../metroculus/running-metroculus.js";
import { billed } from "./organization.js";
import { SECRET, settled } from "./service-under-test.js";

/** The gateway as it is started, with the Metroculus that is built into it. */
let directory: string;
let stores: Stores;
let gateway: Gateway;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-kubernetes-"));
  const config = loadConfig({ PORT: "0", DATA_DIR: directory, LOG_LEVEL: "silent" });
  stores = await openStores(config);
  gateway = await startGateway({ config, stores, clusterSecret: SECRET, log: createLogger(config) });
  await stores.relational.organization.create({ data: { id: "acme", name: "Acme", createdAt: 1 } });
  const account = (id: string, type: "AWS_CNR" | "KUBERNETES_CNR") => ({
    id,
    name: `The ${id}`,
    type,
    organizationId: "acme",
    createdAt: 1,
    config: "{}",
  });
  await stores.relational.cloudAccount.createMany({
    data: [
      account("aws", "AWS_CNR"),
      account("east", "KUBERNETES_CNR"),
      account("late", "KUBERNETES_CNR"),
      account("silent", "KUBERNETES_CNR"),
      account("euros", "KUBERNETES_CNR"),
    ],
  });
  const settings = new ClusterSettings(stores.own);
  const metricsCredentials = { username: "acme", password: "acme-password" };
  for (const id of ["east", "late", "silent"]) await settings.change(id, { metricsCredentials });
  await settings.change("euros", { metricsCredentials, costCurrency: "EUR" });
  await billed(stores.clickHouse, [
    { account: "aws", cloudResourceId: "i-0aaa", cost: 10 },
    { account: "aws", cloudResourceId: "a-bucket", cost: 90 },
  ]);
});
afterAll(async () => {
  await gateway.close();
  await stores[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function write(cluster: string, series: readonly WrittenSeries[]): Promise<void> {
  const response = await fetch(`${gateway.url}/storage/api/v2/write`, {
    method: "POST",
    headers: {
      "cloud-account-id": cluster,
      authorization: `Basic ${Buffer.from("acme:acme-password").toString("base64")}`,
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
    },
    body: new Uint8Array(packed(series)),
  });
  expect(response.status).toBe(204);
}

async function ask(accounts: string[], selection: string) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", secret: SECRET },
    body: JSON.stringify({
      query: `query ($start: Timestamp!, $end: Timestamp!, $accounts: [ID]) {
        cleanExpenses(organizationId: "acme", startDate: $start, endDate: $end, filter: { cloudAccountIds: $accounts }) {
          totalCost ${selection}
        }
      }`,
      variables: { ...settled, accounts },
    }),
  });
  const { data, errors } = (await response.json()) as { data: { cleanExpenses: unknown }; errors?: unknown };
  expect(errors).toBeUndefined();
  return data.cleanExpenses;
}

const day = { start: settled.start, end: settled.end + 1, every: 300 };
const cluster = (component: string) => ({ __name__: `cloudtuner_kubecost_cluster_${component}`, cluster: "a" });
const namespace = (name: string, component: string) => ({
  __name__: `cloudtuner_kubecost_namespace_${component}`,
  cluster: "a",
  namespace: name,
});
const allocation = [
  gauge(cluster("total_cost"), day, 1),
  gauge(cluster("cpu_cost"), day, 0.6),
  gauge(cluster("ram_cost"), day, 0.4),
  gauge(cluster("cpu_efficiency"), day, 2.5),
  gauge(namespace("shop", "total_cost"), day, 0.7),
  gauge(namespace("shop", "cpu_cost"), day, 0.4),
  gauge(namespace("shop", "ram_cost"), day, 0.3),
];

test("what a cluster's Prometheus writes is what the cluster costs, by component, namespace and day, and in the bill", async () => {
  await write("east", [
    ...allocation,
    gauge({ __name__: "kube_node_info", node: "n1", provider_id: "aws:///eu-west-1a/i-0aaa" }, day, 1),
  ]);
  const answer = (await ask(
    ["aws", "east", "silent"],
    `k8sCosts {
      totalCost complete components { cpu ram management }
      clusters { cloudAccount { id } status cost coverage method efficiency { cpu } namespaces { name kind cost } }
      overlap { cost matchedNodes unmatchedClusters { id } }
      daily { date cost }
    }
    unified(policy: REPLACE_OVERLAP) { total cloud kubernetes overlap complete }`,
  )) as {
    k8sCosts: { totalCost: number; clusters: { namespaces: { cost: number }[] }[] };
    unified: { total: number };
  };
  expect(answer).toMatchObject({
    totalCost: 100,
    k8sCosts: {
      complete: false,
      clusters: [
        {
          cloudAccount: { id: "east" },
          status: "OK",
          coverage: 1,
          method: "ALLOCATION",
          efficiency: { cpu: 2.5 },
        },
        { cloudAccount: { id: "silent" }, status: "NO_DATA", cost: null, namespaces: null },
      ],
      overlap: { cost: 10, matchedNodes: 1, unmatchedClusters: [{ id: "silent" }] },
      daily: [{ date: settled.start, cost: expect.closeTo(24, 2) }],
    },
    unified: { cloud: 100, overlap: 10, complete: false },
  });
  expect(answer.k8sCosts.totalCost).toBeCloseTo(24, 2);
  expect(answer.unified.total).toBeCloseTo(114, 2);
  const namespaces = answer.k8sCosts.clusters[0]?.namespaces ?? [];
  expect(namespaces.reduce((sum, { cost }) => sum + cost, 0)).toBeCloseTo(answer.k8sCosts.totalCost, 6);
});

test("samples that come late are in the next answer, although the day was asked for before", async () => {
  const half = settled.start + 43_200;
  const gauges = (from: number, to: number) => [gauge(cluster("total_cost"), { start: from, end: to, every: 300 }, 1)];
  const selection = "k8sCosts { clusters { status coverage cost } }";
  await write("late", gauges(settled.start, half));
  expect(await ask(["late"], selection)).toMatchObject({
    k8sCosts: { clusters: [{ status: "PARTIAL", coverage: expect.closeTo(0.5, 2), cost: expect.closeTo(12, 0) }] },
  });
  await write("late", gauges(half, settled.end + 1));
  expect(await ask(["late"], selection)).toMatchObject({
    k8sCosts: { clusters: [{ status: "OK", coverage: 1, cost: expect.closeTo(24, 2) }] },
  });
});

test("a cluster that is configured to count in another currency is shown and not added", async () => {
  await write("euros", [gauge(cluster("total_cost"), day, 1)]);
  expect(
    await ask(["euros"], "k8sCosts { totalCost complete clusters { status currency cost warnings { code message } } }"),
  ).toMatchObject({
    k8sCosts: {
      totalCost: 0,
      complete: false,
      clusters: [{ status: "CURRENCY_MISMATCH", currency: "EUR", cost: expect.closeTo(24, 2) }],
    },
  });
});
