import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { loadDemo } from "../../src/demo/load.js";
import { accountId, type DemoCluster } from "../../src/demo/organization.js";
import { createHttpServer } from "../../src/http-server.js";
import { createLogger } from "../../src/log.js";
import { registerMetroculus } from "../../src/metroculus/server.js";
import { openStores, type Stores } from "../../src/stores/stores.js";
import { SECONDS_PER_DAY } from "../../src/time.js";

const noon = Date.UTC(2026, 4, 20, 12) / 1000;
const clusterSecret = "test secret";

let directory: string;
let stores: Stores;
let metroculus: FastifyInstance;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-demo-clusters-"));
  const config = loadConfig({ LOG_LEVEL: "silent", DATA_DIR: directory });
  stores = await openStores(config);
  await loadDemo(stores, { now: noon, scale: 0.01 });
  const log = createLogger(config);
  metroculus = createHttpServer(log);
  await registerMetroculus(metroculus, { ...stores, clusterSecret, config, log });
});
afterAll(async () => {
  await metroculus.close();
  await stores[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** The last 30 days before noon, as the built-in Metroculus answers. */
async function ask<Body>(endpoint: string, cluster: DemoCluster): Promise<Body> {
  const response = await metroculus.inject({
    url: `/metroculus/v2/${endpoint}`,
    query: {
      cloud_account_id: accountId(cluster),
      start_date: String(noon - 30 * SECONDS_PER_DAY),
      end_date: String(noon - 1),
    },
    headers: { Secret: clusterSecret },
  });
  expect(response.statusCode).toBe(200);
  return response.json<Body>();
}

interface ClusterCosts {
  readonly summary: Record<string, number | null>;
  readonly efficiency?: Record<string, number>;
  readonly coverage: number;
  readonly method: string;
}

const HOURS = 30 * 24;
const componentsOf = ({ summary: { total_cost: _, ...components } }: ClusterCosts) =>
  Object.values(components).reduce<number>((sum, component) => sum + (component ?? 0), 0);

test.each(["k8s-production", "k8s-staging", "k8s-analytics", "k8s-edge"] as const)(
  "%s: the components of the cost add up to the total",
  async (cluster) => {
    const costs = await ask<ClusterCosts>("kubecost_cluster_costs", cluster);
    expect(costs.method).toBe("ALLOCATION");
    expect(costs.summary.total_cost).toBeGreaterThan(0);
    expect(componentsOf(costs)).toBeCloseTo(costs.summary.total_cost as number, 4);
  },
);

test("two clusters report without gaps, and tell how well they are used", async () => {
  for (const cluster of ["k8s-production", "k8s-staging"] as const) {
    const { coverage, efficiency } = await ask<ClusterCosts>("kubecost_cluster_costs", cluster);
    expect(coverage).toBeGreaterThan(0.99);
    for (const part of ["cpu_efficiency", "ram_efficiency", "total_efficiency"]) {
      expect(efficiency?.[part]).toBeGreaterThan(0.1);
      expect(efficiency?.[part]).toBeLessThan(0.9);
    }
  }
});

test("one cluster has gaps, and one stopped six days ago", async () => {
  const gaps = await ask<ClusterCosts>("kubecost_cluster_costs", "k8s-analytics");
  // Silent for 2 and for 1.5 of the 30 days; each sample stands for an hour after the last one.
  expect(gaps.coverage).toBeCloseTo(26.5 / 30, 2);
  const stopped = await ask<ClusterCosts>("kubecost_cluster_costs", "k8s-edge");
  // The end of its silence counts from the end of the day, half a day after noon.
  expect(stopped.coverage).toBeCloseTo(24.5 / 30, 2);
  expect(stopped.coverage).toBeLessThan(gaps.coverage);
});

test("a cluster costs what its machines, its volumes and its control plane cost", async () => {
  const { summary } = await ask<ClusterCosts>("kubecost_cluster_costs", "k8s-staging");
  expect(summary.management_cost).toBeCloseTo(0.1 * HOURS, 1);
  expect((summary.cpu_cost as number) + (summary.ram_cost as number)).toBeCloseTo(6 * 0.0805 * HOURS, 1);
});

test.each(["k8s-production", "k8s-staging", "k8s-analytics", "k8s-edge"] as const)(
  "%s: namespaces, idle and unallocated are the cluster's cost, and none is negative",
  async (cluster) => {
    const { summary } = await ask<ClusterCosts>("kubecost_cluster_costs", cluster);
    const { namespaces } = await ask<{ namespaces: { kind: string; total_cost: number }[] }>(
      "kubecost_namespaces",
      cluster,
    );
    expect(namespaces.filter(({ kind }) => kind === "workload").length).toBeGreaterThan(2);
    for (const { total_cost } of namespaces) expect(total_cost).toBeGreaterThanOrEqual(0);
    expect(namespaces.reduce((sum, { total_cost }) => sum + total_cost, 0)).toBeCloseTo(
      summary.total_cost as number,
      4,
    );
  },
);

test("nodes, volumes and load balancers can be told by the names that the cloud gives them", async () => {
  const { nodes, volumes, load_balancers } = await ask<
    Record<string, { provider_id?: string; address?: string; spot?: boolean }[]>
  >("kubecost_nodes", "k8s-staging");
  expect(nodes).toHaveLength(6);
  for (const { provider_id, spot } of nodes ?? []) {
    expect(provider_id).toMatch(/^aws:\/\/\/eu-central-1[abc]\/i-0[0-9a-f]{16}$/);
    expect(spot).toBe(true);
  }
  expect(volumes?.map(({ provider_id }) => provider_id)).toEqual([
    expect.stringMatching(/^vol-0/),
    expect.stringMatching(/^vol-0/),
  ]);
  expect(load_balancers?.map(({ address }) => address)).toEqual([
    expect.stringMatching(/\.elb\.eu-central-1\.amazonaws\.com$/),
  ]);
});
