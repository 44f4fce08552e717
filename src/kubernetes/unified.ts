import type { ExpenseScope, ExpenseSource } from "../expenses/source.js";
import type { LoadClusterCosts, LookUpOptions } from "./cluster-cost.js";
import { clusterCostRequests, excludedBecause } from "./joining.js";
import { cloudOverlap, type OverlapReaders } from "./overlap.js";
import { countsInTotal, sumClusterCosts } from "./summing.js";

/**
 * ADDITIVE: cloud + Kubernetes. REPLACE_OVERLAP: cloud − overlap + Kubernetes. CLOUD_ONLY: the cloud bill alone,
 * Kubernetes shown as a view of it.
 */
export type CombinePolicy = "ADDITIVE" | "REPLACE_OVERLAP" | "CLOUD_ONLY";

export interface UnifiedCost {
  readonly policy: CombinePolicy;
  /** Of what is known: an unknown cost adds nothing to it, and `complete` is false. */
  readonly total: number;
  /** The cloud bill, less the rows of Kubernetes accounts whose cost is taken from Metroculus (none in CLOUD_ONLY). */
  readonly cloud: number;
  /** Null when filters leave Kubernetes out, or when there are selected clusters and the cost of none is known. */
  readonly kubernetes: number | null;
  /** The part of `cloud` that `kubernetes` repeats; null when nothing of it could be found. Looked up when asked for. */
  readonly overlap: () => Promise<number | null>;
  /**
   * Whether no figure here lacks anything: every selected cluster answered for the whole window, and, where the
   * policy takes the overlap away, that of every cluster was found.
   */
  readonly complete: boolean;
  readonly excludedBecause: string | null;
}

export interface UnifiedReaders extends OverlapReaders {
  /** The request's own loader, so that `k8sCosts` and `unified` of one request share their calls. */
  readonly load: LoadClusterCosts;
  readonly expenses: Pick<ExpenseSource, "costOfCloudResources" | "costByAccount">;
}

/**
 * Cloud and Kubernetes costs of a scope under a policy. Only clusters of known cost take part: an unknown one leaves
 * its own rows in the bill, and its nodes, where they are.
 * @throws GatewayError STORE_UNAVAILABLE
 */
export async function unifiedCost(
  scope: ExpenseScope,
  policy: CombinePolicy,
  { load, clusterCosts, expenses }: UnifiedReaders,
  options: LookUpOptions = {},
): Promise<UnifiedCost> {
  const excluded = excludedBecause(scope.filter);
  if (excluded !== null) {
    const cloud = sum((await expenses.costByAccount(scope, options)).values());
    return {
      policy,
      total: cloud,
      cloud,
      kubernetes: null,
      overlap: async () => null,
      // The cloud bill alone is all that this policy promises.
      complete: policy === "CLOUD_ONLY",
      excludedBecause: excluded,
    };
  }
  const [byAccount, costs] = await Promise.all([
    expenses.costByAccount(scope, options),
    load(clusterCostRequests(scope)),
  ]);
  const { totalCost, complete } = sumClusterCosts(costs, scope.organization.currency);
  const known = costs.filter(countsInTotal).map(({ cloudAccountId }) => cloudAccountId);
  // The cloud bill alone must not change with what Metroculus happens to know.
  const replaced = new Set(policy === "CLOUD_ONLY" ? [] : known);
  const cloud = sum([...byAccount].flatMap(([accountId, cost]) => (replaced.has(accountId) ? [] : [cost])));
  const kubernetes = costs.length > 0 && known.length === 0 ? null : totalCost;
  let found: Promise<Repeated> | undefined;
  const repeated = () => {
    found ??= repeatedCost(scope, known, { clusterCosts, expenses }, options);
    return found;
  };
  const replaces = policy === "REPLACE_OVERLAP" ? await repeated() : null;
  return {
    policy,
    total: totalOf(policy, cloud, kubernetes ?? 0, replaces?.overlap ?? 0),
    cloud,
    kubernetes,
    overlap: async () => (await repeated()).overlap,
    complete: complete && (replaces === null || replaces.foundForAll),
    excludedBecause: null,
  };
}

function totalOf(policy: CombinePolicy, cloud: number, kubernetes: number, overlap: number): number {
  switch (policy) {
    case "ADDITIVE":
      return cloud + kubernetes;
    case "REPLACE_OVERLAP":
      return cloud - overlap + kubernetes;
    case "CLOUD_ONLY":
      return cloud;
  }
}

interface Repeated {
  readonly overlap: number | null;
  readonly foundForAll: boolean;
}

/** Only rows of selected accounts are in `cloud`, so only they can be counted twice there. */
async function repeatedCost(
  scope: ExpenseScope,
  clusterIds: readonly string[],
  readers: OverlapReaders,
  options: LookUpOptions,
): Promise<Repeated> {
  if (clusterIds.length === 0) return { overlap: null, foundForAll: true };
  const { rows, unmatchedClusterIds } = await cloudOverlap(scope, clusterIds, readers, options);
  const selected = new Set(scope.selectedAccountIds);
  const counted = rows.filter(({ cloudAccountId }) => selected.has(cloudAccountId));
  return {
    overlap: rows.length === 0 ? null : sum(counted.map(({ cost }) => cost)),
    foundForAll: unmatchedClusterIds.length === 0,
  };
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
