import fc from "fast-check";
import { expect, test } from "vitest";
import type { ClusterCost, CostComponents } from "../../src/kubernetes/cluster-cost.js";
import { clusterCostRequests, excludedBecause, selectedClusters } from "../../src/kubernetes/joining.js";
import { componentNames, sumClusterCosts } from "../../src/kubernetes/summing.js";
import { costOf, scopeOf } from "./organization.js";
import { settled } from "./service-under-test.js";

const components = (known: Partial<CostComponents>): CostComponents => ({
  management: null,
  cpu: null,
  ram: null,
  pv: null,
  network: null,
  loadBalancer: null,
  unattributed: null,
  ...known,
});

test("a sum has the known costs in the organization's currency, and lists the others", () => {
  const sums = sumClusterCosts(
    [
      costOf("lost", null),
      costOf("cheap", 5),
      costOf("foreign", 500, { status: "CURRENCY_MISMATCH", currency: "EUR" }),
      costOf("dear", 100),
      costOf("gone", null, { status: "NO_DATA" }),
      costOf("also-cheap", 5),
    ],
    "USD",
  );
  expect(sums).toMatchObject({ totalCost: 110, currency: "USD", complete: false });
  expect(sums.clusters.map(({ cloudAccountId }) => cloudAccountId)).toEqual([
    "foreign",
    "dear",
    "also-cheap",
    "cheap",
    "gone",
    "lost",
  ]);
});

test("a sum is complete only when every cluster answered for the whole window", () => {
  const complete = (...costs: ClusterCost[]) => sumClusterCosts(costs, "USD").complete;
  expect(complete()).toBe(true);
  expect(complete(costOf("a", 1), costOf("b", 0, { status: "ZERO", coverage: 1 }))).toBe(true);
  expect(complete(costOf("a", 1, { coverage: 0.95 }))).toBe(true);
  expect(complete(costOf("b", 0, { status: "ZERO", coverage: 0.5 }))).toBe(false);
  for (const status of ["PARTIAL", "STALE", "CURRENCY_MISMATCH"] as const) {
    expect(complete(costOf("a", 1), costOf("b", 1, { status }))).toBe(false);
  }
  for (const status of ["NO_DATA", "UNAUTHORIZED", "UNAVAILABLE", "MALFORMED"] as const) {
    expect(complete(costOf("a", 1), costOf("b", null, { status }))).toBe(false);
  }
});

test("a component is the sum over the clusters that know it, and unknown when none does", () => {
  const sums = sumClusterCosts(
    [
      costOf("a", 10, { components: components({ cpu: 4, ram: 0 }) }),
      costOf("b", 10, { components: components({ cpu: 2 }) }),
      costOf("c", 10, { status: "CURRENCY_MISMATCH", components: components({ cpu: 1_000, pv: 1_000 }) }),
      costOf("d", null),
    ],
    "USD",
  );
  expect(sums.components).toEqual(components({ cpu: 6, ram: 0 }));
});

test("the order of clusters does not depend on the order in which they came", () => {
  const cluster = fc.record({
    id: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    cost: fc.constantFrom(null, 0, 1, 1, 2),
  });
  fc.assert(
    fc.property(fc.uniqueArray(cluster, { selector: ({ id }) => id }), fc.nat(), (clusters, turn) => {
      const costs = clusters.map(({ id, cost }) => costOf(id, cost));
      const turned = [...costs.slice(turn % (costs.length || 1)), ...costs.slice(0, turn % (costs.length || 1))];
      const { clusters: sorted } = sumClusterCosts(costs, "USD");
      expect(sumClusterCosts(turned, "USD").clusters).toEqual(sorted);
      const known = sorted.map(({ cost }) => cost);
      expect(known.lastIndexOf(null) === -1 || known.slice(known.indexOf(null)).every((cost) => cost === null)).toBe(
        true,
      );
    }),
  );
});

test("components are named once each", () => {
  expect(Object.keys(components({})).sort()).toEqual([...componentNames].sort());
});

test("only the choice of accounts leaves Kubernetes costs in an answer", () => {
  expect(excludedBecause({})).toBeNull();
  expect(excludedBecause({ cloudAccountIds: ["east", null], regions: [] })).toBeNull();
  expect(excludedBecause({ regions: ["eu-west-1"] })).toContain("regions");
  expect(excludedBecause({ cloudAccountIds: ["east"], k8sNamespaces: ["default"], active: false })).toContain(
    "k8sNamespaces, active",
  );
});

test("the Kubernetes accounts among the selected ones are asked for, with what their figures are judged by", () => {
  expect(selectedClusters(scopeOf()).map(({ id }) => id)).toEqual(["east", "west"]);
  expect(clusterCostRequests(scopeOf({ cloudAccountIds: ["aws", "west"] }))).toEqual([
    { cloudAccountId: "west", window: settled, currency: "USD" },
  ]);
});
