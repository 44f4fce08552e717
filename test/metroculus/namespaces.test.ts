import { afterAll, beforeAll, expect, test } from "vitest";
import type { WrittenSeries } from "./remote-write.js";
import { gauge, RunningMetroculus } from "./running-metroculus.js";

let metroculus: RunningMetroculus;
beforeAll(async () => {
  metroculus = await RunningMetroculus.start();
});
afterAll(() => metroculus[Symbol.asyncDispose]());

const DAY = 1_759_449_600; // 2025-10-03T00:00:00Z
const HOUR = 3_600;
const part = (from: number, to: number) => ({ start: DAY + from * HOUR, end: DAY + to * HOUR, every: 300 });
const day = part(0, 24);

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly total_cost: number;
  readonly [field: string]: unknown;
}

async function namespaces(series: readonly WrittenSeries[]) {
  const account = await metroculus.cluster();
  await metroculus.write(account, series);
  const [costs, answer] = await Promise.all(
    ["kubecost_cluster_costs", "kubecost_namespaces"].map((path) =>
      metroculus.answer(path, account, day.start, day.end),
    ),
  );
  const rows = answer.namespaces as Row[];
  return {
    rows,
    answer,
    whole: costs.summary.total_cost as number,
    sum: rows.reduce((sum, row) => sum + row.total_cost, 0),
  };
}

const cluster = (component: string) => ({ __name__: `cloudtuner_kubecost_cluster_${component}_cost`, cluster: "a" });
const namespace = (name: string, namespace: string) => ({
  __name__: `cloudtuner_kubecost_namespace_${name}`,
  cluster: "a",
  namespace,
});

test("namespaces, idle and what belongs to none add up to the cluster's cost", async () => {
  const { rows, whole, sum, answer } = await namespaces([
    gauge(cluster("total"), day, 0.8),
    gauge(cluster("cpu"), day, 0.8),
    gauge(namespace("total_cost", "web"), day, 0.5),
    gauge(namespace("cpu_cost", "web"), day, 0.5),
    gauge(namespace("cpu_efficiency", "web"), day, 0.4),
    gauge(namespace("total_cost", "db"), part(0, 12), 0.1),
    gauge(namespace("cpu_cost", "db"), part(0, 12), 0.1),
    gauge({ __name__: "kubecost_cluster_management_cost" }, day, 0.1),
  ]);
  expect(sum).toBeCloseTo(whole, 9);
  expect(rows.map(({ name, kind, total_cost }) => [name, kind, total_cost])).toEqual([
    ["web", "workload", 12],
    ["__idle__", "idle", 6],
    ["__unallocated__", "unallocated", 2.4],
    ["db", "workload", 1.2],
  ]);
  expect(rows[0]).toMatchObject({ cpu_cost: 12, cpu_efficiency: 0.4, ram_cost: null, ram_efficiency: null });
  expect(answer.coverage).toBe(1);
});

test("a past window tells of the namespaces that were there then", async () => {
  const { rows } = await namespaces([
    gauge(cluster("total"), part(-24, 48), 1),
    gauge(namespace("total_cost", "gone"), part(-24, 6), 1),
    gauge(namespace("total_cost", "later"), part(24, 48), 1),
  ]);
  expect(rows.filter(({ kind }) => kind === "workload")).toMatchObject([{ name: "gone", total_cost: 6 }]);
});

test("without an exporter, containers, volumes and load balancers make up the namespaces", async () => {
  const volume = { persistentvolume: "pvc-1" };
  const { rows, whole, sum } = await namespaces([
    gauge({ __name__: "node_cpu_hourly_cost", node: "n" }, day, 0.1),
    gauge({ __name__: "container_cpu_allocation", namespace: "web", pod: "p", container: "c", node: "n" }, day, 2),
    gauge({ __name__: "container_cpu_allocation", namespace: "db", pod: "p", container: "c", node: "n" }, day, 1),
    gauge({ __name__: "pv_hourly_cost", ...volume }, day, 0.001),
    gauge({ __name__: "kube_persistentvolume_capacity_bytes", ...volume }, day, 100 * 2 ** 30),
    gauge({ __name__: "pod_pvc_allocation", namespace: "db", pod: "p", ...volume }, part(0, 12), 100 * 2 ** 30),
    gauge({ __name__: "kubecost_load_balancer_cost", namespace: "web", service_name: "s" }, day, 0.025),
  ]);
  expect(sum).toBeCloseTo(whole, 9);
  expect(rows).toMatchObject([
    { name: "web", kind: "workload", total_cost: 5.4, cpu_cost: 4.8, load_balancer_cost: 0.6 },
    { name: "db", kind: "workload", total_cost: 3.6, cpu_cost: 2.4, pv_cost: 1.2 },
    { name: "__unallocated__", kind: "unallocated", total_cost: 1.2, pv_cost: 1.2 },
  ]);
});

test("an exporter that aggregates by pod has no namespaces, and the cost is not split", async () => {
  const { rows, answer } = await namespaces([
    gauge(cluster("total"), day, 1),
    gauge(namespace("total_cost", "api-7c9-abc"), day, 0.5),
    gauge({ __name__: "cloudtuner_kubecost_exporter_info", aggregation_level: "pod", window: "24h" }, day, 1),
  ]);
  expect(rows).toMatchObject([{ kind: "unallocated", total_cost: 24 }]);
  expect(answer.warnings).toMatchObject([{ code: "NOT_BY_NAMESPACE" }]);
});
