import { describe, expect, test } from "vitest";
import type { ClusterCostRequest } from "../../src/kubernetes/cluster-cost.js";
import { dailyClusterCosts } from "../../src/kubernetes/daily-costs.js";
import { namespacesOf } from "../../src/kubernetes/namespaces.js";
import { now, SECONDS_PER_DAY, startOfDay } from "../../src/time.js";
import { costOf } from "./organization.js";
import { answer, hang, refusal, remoteMetroculus } from "./remote-metroculus.js";
import { request, serviceFor, settled } from "./service-under-test.js";

describe("costs by day", () => {
  const load = (costs: (request: ClusterCostRequest) => number | null) => {
    const asked: ClusterCostRequest[] = [];
    return {
      asked,
      load: async (requests: readonly ClusterCostRequest[]) => {
        asked.push(...requests);
        return requests.map((one) => costOf(one.cloudAccountId, costs(one)));
      },
    };
  };

  test("are asked for whole UTC days, clipped to the window at both ends", async () => {
    const window = { start: settled.start + 3_600, end: settled.start + 2 * SECONDS_PER_DAY + 59 };
    const { asked, load: loader } = load(() => 1);
    expect(await dailyClusterCosts([request("a", window), request("b", window)], loader)).toEqual({
      days: [0, 1, 2].map((day) => ({ date: settled.start + day * SECONDS_PER_DAY, cost: 2 })),
      unknownDays: [],
    });
    expect(asked.filter(({ cloudAccountId }) => cloudAccountId === "a").map(({ window: day }) => day)).toEqual([
      { start: window.start, end: settled.end },
      { start: settled.end + 1, end: settled.end + SECONDS_PER_DAY },
      { start: settled.end + SECONDS_PER_DAY + 1, end: window.end },
    ]);
  });

  test("leave out days of which nothing is known and name them, and keep days that cost nothing", async () => {
    const window = { start: settled.start, end: settled.end + 2 * SECONDS_PER_DAY };
    const byDay = [null, 0, 7];
    const { load: loader } = load(({ window: day }) => byDay[(day.start - window.start) / SECONDS_PER_DAY] ?? null);
    expect(await dailyClusterCosts([request("a", window)], loader)).toEqual({
      days: [
        { date: settled.start + SECONDS_PER_DAY, cost: 0 },
        { date: settled.start + 2 * SECONDS_PER_DAY, cost: 7 },
      ],
      unknownDays: [settled.start],
    });
  });

  test("name the days of which one cluster's cost is not known, or cannot be added", async () => {
    const window = { start: settled.start, end: settled.end + 2 * SECONDS_PER_DAY };
    const costs = async (requests: readonly ClusterCostRequest[]) =>
      requests.map(({ cloudAccountId, window: { start } }) => {
        if (cloudAccountId === "a" || start === settled.start) return costOf(cloudAccountId, 1);
        const isSecond = start === settled.start + SECONDS_PER_DAY;
        return isSecond ? costOf(cloudAccountId, null) : costOf(cloudAccountId, 5, { status: "CURRENCY_MISMATCH" });
      });
    const { days, unknownDays } = await dailyClusterCosts([request("a", window), request("b", window)], costs);
    expect(days.map(({ cost }) => cost)).toEqual([2, 1, 1]);
    expect(unknownDays).toEqual([1, 2].map((day) => settled.start + day * SECONDS_PER_DAY));
  });

  test("do not reach into days that have not begun, nor over more days than can be shown", async () => {
    const today = startOfDay(now());
    const { load: loader } = load(() => 1);
    const far = { start: today, end: 253_402_300_799 };
    expect((await dailyClusterCosts([request("a", far)], loader)).days).toHaveLength(1);
    const future = { start: today + 10 * SECONDS_PER_DAY, end: far.end };
    expect(await dailyClusterCosts([request("a", future)], loader)).toEqual({ days: [], unknownDays: [] });
    await expect(dailyClusterCosts([request("a", { start: 0, end: now() })], loader)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
    });
    expect(await dailyClusterCosts([], loader)).toEqual({ days: [], unknownDays: [] });
  });
});

const namespaces = {
  cloud_account_id: "cluster-1",
  namespaces: [
    { name: "__idle__", kind: "idle", total_cost: 3, cpu_cost: 2, ram_cost: 1, cpu_efficiency: null },
    {
      name: "shop",
      kind: "workload",
      total_cost: 10,
      cpu_cost: 4,
      ram_cost: 3,
      pv_cost: 2,
      network_cost: 0.5,
      load_balancer_cost: 0.5,
      cpu_efficiency: 0.5,
      ram_efficiency: 1.7,
      total_efficiency: 0.9,
    },
    { name: "__unallocated__", kind: "unallocated", total_cost: 0 },
  ],
  coverage: 1,
};

describe("costs by namespace", () => {
  test("come dearest first, with idle and unallocated cost among them", () => {
    expect(namespacesOf(namespaces)).toMatchObject([
      {
        name: "shop",
        kind: "WORKLOAD",
        cost: 10,
        components: { management: null, cpu: 4, ram: 3, pv: 2, network: 0.5, loadBalancer: 0.5, unattributed: 0 },
        efficiency: { cpu: 0.5, ram: 1.7, total: 0.9 },
      },
      { name: "__idle__", kind: "IDLE", cost: 3, components: { cpu: 2, ram: 1, pv: null }, efficiency: null },
      { name: "__unallocated__", kind: "UNALLOCATED", cost: 0 },
    ]);
  });

  test("are not known where one of them cannot be read, for the rest would not add up", () => {
    const [first, ...others] = namespaces.namespaces;
    expect(namespacesOf({ namespaces: [{ ...first, total_cost: "3" }, ...others] })).toBeNull();
    expect(namespacesOf({ namespaces: [{ ...first, kind: "other" }] })).toBeNull();
    expect(namespacesOf({ namespaces: {} })).toBeNull();
    expect(namespacesOf(null)).toBeNull();
    expect(namespacesOf({ namespaces: [], coverage: 0 })).toBeNull();
    expect(namespacesOf({ namespaces: [], coverage: 1 })).toEqual([]);
  });

  test("are not known where Metroculus does not have them, or does not answer", async () => {
    await using remote = await remoteMetroculus(answer(namespaces));
    await using under = serviceFor(remote.url, { timeoutMs: 4_000, budgetMs: 8_000 });
    expect(await under.service.namespaces(request("has"))).toHaveLength(3);
    expect(await under.service.namespaces(request("has"))).toHaveLength(3);
    expect(remote.calls.map(({ endpoint }) => endpoint)).toEqual(["/metroculus/v2/kubecost_namespaces"]);
    for (const [id, behaviour] of [
      ["old", refusal(404, "OM0002", "Not found")],
      ["other", answer({ summary: { total_cost: 1 } })],
      ["mixed-up", answer({ ...namespaces, cloud_account_id: "00000000-0000-4000-8000-000000000009" })],
      ["hanging", hang],
    ] as const) {
      remote.behave(behaviour);
      expect(await under.service.namespaces(request(id))).toBeNull();
    }
  });
});

test("nothing of a cluster is told after the service was closed, and nothing is thrown", async () => {
  await using remote = await remoteMetroculus(answer(namespaces));
  const under = serviceFor(remote.url);
  await under.service.close();
  expect(await under.service.namespaces(request(), { signal: AbortSignal.abort() })).toBeNull();
  expect(await under.service.inventory(request(), { signal: AbortSignal.abort() })).toBeNull();
});
