import type { ClusterCost, CostComponents } from "./cluster-cost.js";
import { COMPLETE_COVERAGE } from "./coverage.js";

export interface K8sCosts {
  /** Sum over the clusters whose cost is known and in the organization's currency. */
  readonly totalCost: number;
  /** The organization's. */
  readonly currency: string;
  /** Whether every cluster answered for the whole window, so that nothing is missing in the total. */
  readonly complete: boolean;
  /** Dearest first, those of unknown cost last; ties by account id. */
  readonly clusters: readonly ClusterCost[];
  /** Each summed over the clusters that know it; null when none does. */
  readonly components: CostComponents;
}

export const componentNames = ["management", "cpu", "ram", "pv", "network", "loadBalancer", "unattributed"] as const;

export function sumClusterCosts(costs: readonly ClusterCost[], currency: string): K8sCosts {
  const counted = costs.filter(countsInTotal);
  const components = Object.fromEntries(
    componentNames.map((name) => [name, sumOfKnown(counted.map((cost) => cost.components?.[name] ?? null))]),
  ) as unknown as CostComponents;
  return {
    totalCost: sumOfKnown(counted.map(({ cost }) => cost)) ?? 0,
    currency,
    complete: costs.every(answeredForTheWholeWindow),
    clusters: [...costs].sort(dearestFirst),
    components,
  };
}

/** Whether the figure may be added to others of the organization: it is known, and in the organization's currency. */
export function countsInTotal({ cost, status }: ClusterCost): boolean {
  return cost !== null && status !== "CURRENCY_MISMATCH";
}

function answeredForTheWholeWindow({ status, coverage }: ClusterCost): boolean {
  return (status === "OK" || status === "ZERO") && (coverage === null || coverage >= COMPLETE_COVERAGE);
}

function dearestFirst(one: ClusterCost, other: ClusterCost): number {
  const byCost = (other.cost ?? Number.NEGATIVE_INFINITY) - (one.cost ?? Number.NEGATIVE_INFINITY);
  // Two unknown costs give NaN.
  if (byCost !== 0 && !Number.isNaN(byCost)) return byCost;
  return one.cloudAccountId < other.cloudAccountId ? -1 : one.cloudAccountId > other.cloudAccountId ? 1 : 0;
}

function sumOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}
