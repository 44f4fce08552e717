import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import type { WrittenSeries } from "./remote-write.js";
import { gauge, RunningMetroculus } from "./running-metroculus.js";

let metroculus: RunningMetroculus;
beforeAll(async () => {
  metroculus = await RunningMetroculus.start();
});
afterAll(() => metroculus[Symbol.asyncDispose]());
afterEach(() => void vi.useRealTimers());

const DAY = 1_759_449_600; // 2025-10-03T00:00:00Z
const HOUR = 3_600;
const day = { start: DAY, end: DAY + 24 * HOUR, every: 300 };
const part = (from: number, to: number, every = 300) => ({ start: DAY + from * HOUR, end: DAY + to * HOUR, every });
const GIB = 2 ** 30;

async function costs(series: readonly WrittenSeries[], window: { start: number; end: number } = day) {
  const account = await metroculus.cluster();
  await metroculus.write(account, series);
  return metroculus.answer("kubecost_cluster_costs", account, window.start, window.end);
}

const total = (labels: Record<string, string> = {}) => ({
  __name__: "cloudtuner_kubecost_cluster_total_cost",
  cluster: "a",
  currency: "USD",
  ...labels,
});
const exported = (component: string, labels: Record<string, string> = {}) => ({
  ...total(labels),
  __name__: `cloudtuner_kubecost_cluster_${component}_cost`,
});
const management = { __name__: "kubecost_cluster_management_cost" };

test("two clusters of one tenant at $0.50 and $0.10 an hour cost $14.40 a day", async () => {
  const answer = await costs([gauge(total(), day, 0.5), gauge(total({ cluster: "b" }), day, 0.1)]);
  expect(answer.summary.total_cost).toBeCloseTo(14.4, 9);
  expect(answer).toMatchObject({ coverage: 1, currency: "USD", method: "ALLOCATION", sources: ["exporter"] });
});

test("a management fee of $0.10 an hour is $2.40 a day, and cpu, ram and pv stay unknown", async () => {
  const answer = await costs([gauge(management, part(0, 24, HOUR), 0.1)]);
  expect(answer.summary).toEqual({
    total_cost: 2.4,
    management_cost: 2.4,
    cpu_cost: null,
    ram_cost: null,
    pv_cost: null,
    load_balancer_cost: null,
    network_cost: null,
  });
  expect(answer).toMatchObject({ coverage: 1, method: "INFRASTRUCTURE_ONLY" });
});

test("an hour costs an hour: the sample at the window's end is not in it", async () => {
  for (const every of [15, 60, HOUR]) {
    const answer = await costs([gauge(management, { start: DAY - HOUR, end: DAY + 3 * HOUR, every }, 0.1)], {
      start: DAY,
      end: DAY + HOUR,
    });
    expect(answer.summary.total_cost).toBe(0.1);
  }
});

test("hours without samples are neither free nor made up: they lower the coverage", async () => {
  const answer = await costs([gauge(total(), part(0, 6), 1), gauge(total(), part(12, 24), 1)]);
  expect(answer.summary.total_cost).toBeCloseTo(18, 9);
  expect(answer.coverage).toBeCloseTo(0.75, 9);
});

test("what has not happened yet costs nothing and is not missing", async () => {
  vi.useFakeTimers({ now: (DAY + 6 * HOUR) * 1000, toFake: ["Date"] });
  const account = await metroculus.cluster();
  await metroculus.write(account, [gauge(total(), part(0, 24), 1)]);
  const answer = await metroculus.answer("kubecost_cluster_costs", account, DAY, DAY + 24 * HOUR);
  expect(answer.summary.total_cost).toBeCloseTo(6, 9);
  expect(answer.coverage).toBe(1);
});

test("components and management add up to the total, which never leaves management out", async () => {
  const rates = { cpu: 0.2, ram: 0.1, pv: 0.05, network: 0.02, lb: 0.03 };
  const answer = await costs([
    ...Object.entries(rates).map(([component, rate]) => gauge(exported(component), day, rate)),
    gauge(total(), day, 0.4),
    gauge(management, day, 0.1),
    gauge({ __name__: "kubecost_load_balancer_cost", namespace: "web", service_name: "s" }, day, 0.03),
  ]);
  expect(answer.summary).toEqual({
    total_cost: 12,
    cpu_cost: 4.8,
    ram_cost: 2.4,
    pv_cost: 1.2,
    network_cost: 0.48,
    load_balancer_cost: 0.72,
    management_cost: 2.4,
  });
});

test("what the exporter's total has beyond its components is not lost", async () => {
  const answer = await costs([gauge(total(), day, 1), gauge(exported("cpu"), day, 0.4)]);
  expect(answer.summary).toMatchObject({ total_cost: 24, cpu_cost: 9.6, other_cost: 14.4 });
});

test.each([
  ["two Prometheus replicas", { prometheus_replica: "a" }, { prometheus_replica: "b" }],
  ["two exporters", { instance: "10.0.0.1:9103", pod: "x-1" }, { instance: "10.0.0.2:9103", pod: "x-2" }],
])("%s that observe the same cluster count once", async (_name, one, other) => {
  const answer = await costs([gauge(total(one), day, 0.5), gauge(total(other), day, 0.7)]);
  expect(answer.summary.total_cost).toBeCloseTo(14.4, 9);
  expect(answer.duplicates).toMatchObject({ series: 1, treatment: expect.stringContaining("once") });
});

test("two replicas that take turns leave no gap and count once", async () => {
  const turns = (even: boolean) => ({ start: DAY + (even ? 0 : 150), end: DAY + 24 * HOUR, every: 300 });
  const answer = await costs([
    gauge({ ...management, replica: "a" }, turns(true), 0.1),
    gauge({ ...management, replica: "b" }, turns(false), 0.1),
  ]);
  expect(answer.summary.total_cost).toBeCloseTo(2.4, 9);
});

test("a cluster that was renamed in the middle of the window goes on under its new name", async () => {
  const answer = await costs([gauge(total(), part(0, 10), 1), gauge(total({ cluster: "renamed" }), part(10, 24), 1)]);
  expect(answer.summary.total_cost).toBeCloseTo(24, 9);
  expect(answer.coverage).toBe(1);
});

test("any rates at any scrape interval with any gap cost their integral", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(60, 300, HOUR),
      fc.array(fc.option(fc.double({ min: 0.01, max: 10, noNaN: true })), { minLength: 8, maxLength: 8 }),
      async (every, rates) => {
        const series = rates.flatMap((rate, i) =>
          rate === null ? [] : [gauge(total(), part(3 * i, 3 * i + 3, every), rate)],
        );
        const answer = await costs(series);
        const known = rates.filter((rate) => rate !== null);
        expect(answer.summary.total_cost).toBeCloseTo(
          known.reduce((sum, rate) => sum + 3 * rate, 0),
          6,
        );
        expect(answer.coverage).toBeCloseTo(known.length / 8, 6);
      },
    ),
    { numRuns: 15 },
  );
});

test("a total that falls to 0 is Kubecost without data for the hour, not a free hour", async () => {
  const answer = await costs([
    gauge(total(), day, (time) => (time >= DAY + 10 * HOUR && time < DAY + 11 * HOUR ? 0 : 2)),
  ]);
  expect(answer.summary.total_cost).toBeCloseTo(46, 9);
  expect(answer.coverage).toBeCloseTo(23 / 24, 9);
});

test("a cluster that costs nothing is known to cost nothing", async () => {
  const answer = await costs([gauge(total(), day, 0), gauge(exported("cpu"), day, 0)]);
  expect(answer).toMatchObject({ summary: { total_cost: 0, cpu_cost: 0 }, coverage: 1, method: "ALLOCATION" });
});

test("figures that froze while the exporter could not reach Kubecost are left out", async () => {
  const target = { job: "exporter", instance: "10.0.0.1:9103" };
  const success = { __name__: "cloudtuner_kubecost_exporter_scrape_success", ...target };
  const answer = await costs([
    gauge(total(target), day, 1),
    gauge(success, day, (time) => (time >= DAY + 4 * HOUR && time < DAY + 8 * HOUR ? 0 : 1)),
  ]);
  expect(answer.summary.total_cost).toBeCloseTo(20, 9);
  expect(answer.warnings).toMatchObject([{ code: "EXPORTER_FROZEN" }]);
});

test("gauges whose window the exporter misread have no known unit and are left out", async () => {
  const info = { __name__: "cloudtuner_kubecost_exporter_info", window: "week", aggregation_level: "namespace" };
  const answer = await costs([gauge(total(), day, 100), gauge(info, day, 1), gauge(management, day, 0.1)]);
  expect(answer.summary).toMatchObject({ total_cost: 2.4, cpu_cost: null });
  expect(answer).toMatchObject({ method: "INFRASTRUCTURE_ONLY", warnings: [{ code: "EXPORTER_WINDOW_UNKNOWN" }] });
});

test("gauges in total mode are dollars of the exporter's window", async () => {
  const info = { __name__: "cloudtuner_kubecost_exporter_info", window: "24h", metric_mode: "total" };
  const answer = await costs([gauge(total(), day, 24), gauge(info, day, 1)]);
  expect(answer.summary.total_cost).toBeCloseTo(24, 9);
});

test("unlike currencies are not added", async () => {
  const answer = await costs([gauge(total(), day, 1), gauge(total({ cluster: "b", currency: "EUR" }), part(0, 12), 1)]);
  expect(answer).toMatchObject({
    summary: { total_cost: 24 },
    currency: "USD",
    warnings: [{ code: "SEVERAL_CURRENCIES" }],
  });
});

test("efficiency is a fraction, weighted by what namespaces cost, idle left out", async () => {
  const namespace = (name: string, namespace: string) => ({
    __name__: `cloudtuner_kubecost_namespace_${name}`,
    cluster: "a",
    namespace,
  });
  const answer = await costs([
    gauge(total(), day, 1),
    gauge(exported("cpu"), day, 0.8),
    gauge({ __name__: "cloudtuner_kubecost_cluster_cpu_efficiency", cluster: "a" }, day, 0.1),
    gauge(namespace("cpu_cost", "big"), day, 0.3),
    gauge(namespace("cpu_efficiency", "big"), day, 0.9),
    gauge(namespace("cpu_cost", "small"), day, 0.1),
    gauge(namespace("cpu_efficiency", "small"), day, 0.1),
  ]);
  expect(answer.efficiency.cpu_efficiency).toBeCloseTo(0.7, 9);
  expect(answer.efficiency.ram_efficiency).toBeNull();
});

const container = (metric: string, pod: string, node: string, namespace = "web") => ({
  __name__: metric,
  namespace,
  pod,
  container: "main",
  node,
});

test("without an exporter, allocation costs the price of the very node that it runs on", async () => {
  const answer = await costs([
    gauge({ __name__: "node_cpu_hourly_cost", node: "spot" }, day, 0.01),
    gauge({ __name__: "node_cpu_hourly_cost", node: "big" }, day, (time) => (time < DAY + 12 * HOUR ? 0.04 : 0.08)),
    gauge({ __name__: "node_ram_hourly_cost", node: "big" }, day, 0.005),
    gauge(container("container_cpu_allocation", "p1", "spot"), day, 2),
    gauge(container("container_cpu_allocation", "p2", "big"), part(6, 18), 3),
    gauge(container("container_memory_allocation_bytes", "p2", "big"), part(6, 18), 4 * GIB),
  ]);
  expect(answer.summary.cpu_cost).toBeCloseTo(2 * 0.01 * 24 + 3 * (0.04 * 6 + 0.08 * 6), 9);
  expect(answer.summary.ram_cost).toBeCloseTo(4 * 0.005 * 12, 9);
  expect(answer).toMatchObject({ coverage: 1, method: "ALLOCATION", sources: ["native"] });
});

test("a node that is named by its instance only has a price of its own too", async () => {
  const price = (instance: string) => ({ __name__: "node_cpu_hourly_cost", instance });
  const allocation = (instance: string) => ({
    __name__: "container_cpu_allocation",
    pod: instance,
    container: "c",
    instance,
  });
  const answer = await costs([
    gauge(price("n1"), day, 0.01),
    gauge(price("n2"), day, 0.05),
    gauge(allocation("n1"), day, 1),
    gauge(allocation("n2"), day, 2),
  ]);
  expect(answer.summary.cpu_cost).toBeCloseTo(24 * (0.01 + 2 * 0.05), 9);
});

test("an allocation on a node without a price is not known, and said so", async () => {
  const answer = await costs([gauge(container("container_cpu_allocation", "p", "n"), day, 2)]);
  expect(answer.summary).toMatchObject({ total_cost: 0, cpu_cost: null });
  expect(answer).toMatchObject({ coverage: 0, warnings: [{ code: "NODE_PRICE_UNKNOWN" }] });
});

test("load balancers are summed one by one", async () => {
  const balancer = (service: string) => ({
    __name__: "kubecost_load_balancer_cost",
    namespace: "web",
    service_name: service,
    ingress_ip: `${service}.example.com`,
  });
  const answer = await costs([gauge(balancer("a"), day, 0.025), gauge(balancer("b"), part(0, 12), 0.025)]);
  expect(answer.summary.load_balancer_cost).toBeCloseTo(0.9, 9);
});

test("network costs bytes times price, and nothing is made of the price alone", async () => {
  const prices = [
    gauge({ __name__: "kubecost_network_internet_egress_cost" }, day, 0.143),
    gauge({ __name__: "kubecost_network_region_egress_cost" }, day, 0.01),
    gauge({ __name__: "kubecost_network_zone_egress_cost" }, day, 0.02),
  ];
  const alone = await costs([...prices, gauge(management, day, 0.1)]);
  expect(alone.summary).toMatchObject({ total_cost: 2.4, network_cost: null });

  // A byte counter that grows by so many GiB an hour; it starts before the window, as counters do.
  const bytes = (perHour: number, labels: Record<string, string>) =>
    gauge(
      { __name__: "kubecost_pod_network_egress_bytes_total", namespace: "web", pod_name: "p", ...labels },
      { start: DAY - HOUR, end: DAY + 25 * HOUR, every: 300 },
      (time) => ((time - DAY + HOUR) / HOUR) * perHour * GIB,
    );
  const answer = await costs([
    ...prices,
    bytes(1, { internet: "true", same_region: "false", same_zone: "false" }),
    bytes(10, { internet: "false", same_region: "false", same_zone: "false" }),
    bytes(5, { internet: "false", same_region: "true", same_zone: "false" }),
    bytes(1000, { internet: "false", same_region: "true", same_zone: "true" }),
  ]);
  expect(answer.breakdown.network_internet_cost).toBeCloseTo(24 * 0.143, 6);
  expect(answer.breakdown.network_region_cost).toBeCloseTo(240 * 0.01, 6);
  expect(answer.breakdown.network_zone_cost).toBeCloseTo(120 * 0.02, 6);
  expect(answer.summary.network_cost).toBeCloseTo(24 * 0.143 + 2.4 + 2.4, 6);
});

test("each of two clusters pays its own price for egress", async () => {
  const cluster = (cluster_id: string, price: number, gibAnHour: number) => [
    gauge({ __name__: "kubecost_network_internet_egress_cost", cluster_id }, day, price),
    gauge(
      { __name__: "kubecost_pod_network_egress_bytes_total", cluster_id, pod_name: "p", internet: "true" },
      { start: DAY - HOUR, end: DAY + 25 * HOUR, every: 300 },
      (time) => ((time - DAY + HOUR) / HOUR) * gibAnHour * GIB,
    ),
  ];
  const answer = await costs([...cluster("east", 0.1, 1), ...cluster("west", 0.3, 3)]);
  expect(answer.summary.network_cost).toBeCloseTo(24 * (0.1 + 3 * 0.3), 6);
});

test("volumes cost their capacity, claimed or not", async () => {
  const volume = (metric: string, persistentvolume: string) => ({ __name__: metric, persistentvolume });
  const answer = await costs([
    gauge(volume("pv_hourly_cost", "pvc-1"), day, 0.0001),
    gauge(volume("kube_persistentvolume_capacity_bytes", "pvc-1"), day, 100 * GIB),
    gauge({ ...volume("pod_pvc_allocation", "pvc-1"), namespace: "db", pod: "db-0" }, part(0, 12), 100 * GIB),
    gauge(volume("pv_hourly_cost", "pvc-2"), day, 0.0002),
    gauge({ ...volume("pod_pvc_allocation", "pvc-2"), namespace: "db", pod: "db-1" }, day, 10 * GIB),
  ]);
  expect(answer.summary.pv_cost).toBeCloseTo(24 * (100 * 0.0001 + 10 * 0.0002), 9);
});

test("a volume that several pods share costs its bytes once", async () => {
  const volume = (metric: string, labels = {}) => ({ __name__: metric, persistentvolume: "pvc-1", ...labels });
  const claims = ["a", "b", "c"].map((pod, i) =>
    gauge(volume("pod_pvc_allocation", { namespace: "web", pod }), part(4 * i, 24), 100 * GIB),
  );
  const price = gauge(volume("pv_hourly_cost"), day, 0.0001);
  const capacity = gauge(volume("kube_persistentvolume_capacity_bytes"), day, 100 * GIB);
  for (const series of [claims, [...claims, capacity]]) {
    expect((await costs([price, ...series])).summary.pv_cost).toBeCloseTo(24 * 100 * 0.0001, 9);
  }
});

test("native series fill what the exporter leaves open, and are never added to what it tells", async () => {
  const answer = await costs([
    gauge(exported("cpu"), part(12, 24), 1),
    gauge(total(), part(12, 24), 1),
    gauge({ __name__: "node_cpu_hourly_cost", node: "n" }, day, 0.1),
    gauge(container("container_cpu_allocation", "p", "n"), day, 2),
  ]);
  expect(answer.summary.cpu_cost).toBeCloseTo(12 * 1 + 12 * 0.2, 9);
  expect(answer).toMatchObject({ coverage: 1, sources: ["exporter", "native"] });
});

test("a window in which the method changed says from when to when which was used, and an interruption is none", async () => {
  const native = [
    gauge({ __name__: "node_cpu_hourly_cost", node: "n" }, day, 0.1),
    gauge(container("container_cpu_allocation", "p", "n"), part(6, 24), 2),
  ];
  const changed = await costs([gauge(management, day, 0.1), gauge(total(), part(12, 24), 1), ...native]);
  const [warning] = changed.warnings;
  expect(changed.warnings).toHaveLength(1);
  expect(warning).toMatchObject({
    code: "METHOD_CHANGED",
    message: expect.stringMatching(
      /only \(2025-10-03T00:00Z to 2025-10-03T06:00Z\).*own series \(.*T06:00Z to .*T12:00Z\).*gauges \(.*T12:00Z to 2025-10-04T00:00Z\)/,
    ),
  });
  const interrupted = await costs([gauge(total(), part(0, 12), 1), gauge(total(), part(12.4, 24), 1), ...native]);
  expect(interrupted.warnings).toEqual([]);
  expect(interrupted.sources).toEqual(["exporter", "native"]);
});

test("a long window costs what its days cost one by one, however short-lived, broken off or seldom sampled things are", async () => {
  const account = await metroculus.cluster();
  const long = part(0, 240, 60);
  const prices = ["cpu", "ram"].map((kind) =>
    gauge({ __name__: `node_${kind}_hourly_cost`, node: "n" }, part(0, 240, 600), 0.1),
  );
  const cores = (pod: string, span: Parameters<typeof gauge>[1], value: Parameters<typeof gauge>[2]) =>
    gauge(container("container_cpu_allocation", pod, "n"), span, value);
  const jobs = Array.from({ length: 40 }, (_, i) => cores(`job-${i}`, part(i * 6 + 0.7, i * 6 + 0.9, 60), 8));
  await metroculus.write(account, [
    ...prices,
    ...jobs,
    cores("always", long, (time) => 1 + ((time / 60) % 7)),
    cores("broken-off", part(0, 100.3, 60), 2),
    cores("broken-off", part(100.9, 180, 60), 2),
    cores("once", { start: DAY + 50 * HOUR + 60, end: DAY + 50 * HOUR + 120 }, 100),
    gauge(container("container_memory_allocation_bytes", "seldom", "n"), part(0, 240, HOUR), 4 * GIB),
    gauge({ __name__: "kubecost_network_internet_egress_cost" }, part(0, 240, 600), 1),
    // Starts anew at noon of each day.
    gauge(
      { __name__: "kubecost_pod_network_egress_bytes_total", pod_name: "always", internet: "true" },
      long,
      (time) => ((time - DAY + 12 * HOUR + 1_000) % (24 * HOUR)) * (GIB / HOUR),
    ),
  ]);
  const sums = { cpu_cost: 0, ram_cost: 0, network_cost: 0 };
  for (let hour = 0; hour < 240; hour += 24) {
    const { summary } = await metroculus.answer(
      "kubecost_cluster_costs",
      account,
      DAY + hour * HOUR,
      DAY + (hour + 24) * HOUR,
    );
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += summary[name];
  }
  const { summary } = await metroculus.answer("kubecost_cluster_costs", account, DAY, DAY + 240 * HOUR);
  for (const [name, sum] of Object.entries(sums)) expect(Math.abs(summary[name] / sum - 1)).toBeLessThan(0.001);
  const exact = 0.1 * (240 * 4 + 40 * 0.2 * 8 + (240 - 60.6) * 2 + 100 / 60);
  expect(Math.abs(summary.cpu_cost / exact - 1)).toBeLessThan(0.001);
});

test("thirty days of minutes cost what they cost in one", async () => {
  const month = { start: DAY, end: DAY + 30 * 86_400, every: 60 };
  const account = await metroculus.cluster();
  await metroculus.write(account, [gauge({ __name__: "node_cpu_hourly_cost", node: "n" }, month, 0.1)]);
  await metroculus.write(account, [
    gauge(container("container_cpu_allocation", "p", "n"), month, (t) => ((t / 60) % 5) + 1),
  ]);
  const answer = await metroculus.answer("kubecost_cluster_costs", account, month.start, month.end);
  expect(answer.summary.cpu_cost).toBeCloseTo(30 * 24 * 0.1 * 3, 3);
});
