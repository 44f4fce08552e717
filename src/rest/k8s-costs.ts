import type { ExpenseScope, ExpenseSource } from "../expenses/source.js";
import { clusterCostRequests, excludedBecause, selectedClusters } from "../kubernetes/joining.js";
import { countsInTotal, sumClusterCosts } from "../kubernetes/summing.js";
import type { Services } from "../services.js";

/** `k8s_costs` of the answer, as the clients of phase 2 know it. */
export interface K8sCostsBody {
  readonly k8s_total_cost: number;
  readonly k8s_cost_breakdown: readonly {
    readonly cloud_account_id: string;
    readonly cloud_account_name: string;
    readonly cost: number;
    /** Metroculus's own summary. */
    readonly breakdown: Readonly<Record<string, unknown>>;
  }[];
}

/** What Kubernetes adds to a cloud bill, and how well that is known, which the body has no place for. */
export interface JoinedK8sCosts {
  /** Null when nothing is to be added: the key is then missing in the answer. */
  readonly body: K8sCostsBody | null;
  readonly headers: Readonly<Record<string, string>>;
}

export const K8S_COSTS_HEADER = "X-K8s-Costs";
export const K8S_COSTS_MISSING_HEADER = "X-K8s-Costs-Missing";
export const k8sCostsStates = ["complete", "partial", "none", "excluded", "upstream"] as const;
type K8sCostsState = (typeof k8sCostsStates)[number];

export interface K8sCostsReaders extends Pick<Services, "clusterCosts"> {
  readonly expenses: Pick<ExpenseSource, "costByAccount">;
}

/**
 * Looks up the clusters that a scope selects. A Kubernetes account whose own rows among the matches cost something is
 * left out: Metroculus's figure for it is the same money.
 */
export async function joinedK8sCosts(
  { expenses, clusterCosts }: K8sCostsReaders,
  scope: ExpenseScope,
  signal: AbortSignal,
): Promise<JoinedK8sCosts> {
  if (excludedBecause(scope.filter) !== null) return withoutK8sCosts("excluded");
  const selected = selectedClusters(scope);
  if (selected.length === 0) return withoutK8sCosts("none");
  const billed = await expenses.costByAccount(scope, { signal });
  const clusters = selected.filter(({ id }) => (billed.get(id) ?? 0) === 0);
  if (clusters.length === 0) return withoutK8sCosts("none");

  const requests = clusterCostRequests({ ...scope, selectedAccountIds: clusters.map(({ id }) => id) });
  const summed = sumClusterCosts(await clusterCosts.load(requests, { signal }), scope.organization.currency);
  const names = new Map(clusters.map(({ id, name }) => [id, name]));
  const breakdown = summed.clusters
    .filter((cluster) => countsInTotal(cluster) && (cluster.cost as number) > 0)
    .map(({ cloudAccountId, cost, summary }) => ({
      cloud_account_id: cloudAccountId,
      cloud_account_name: names.get(cloudAccountId) as string,
      cost: cost as number,
      breakdown: summary ?? {},
    }));
  const missing = summed.clusters.filter((cluster) => !countsInTotal(cluster)).length;
  return {
    body: summed.totalCost > 0 ? { k8s_total_cost: summed.totalCost, k8s_cost_breakdown: breakdown } : null,
    headers: summed.complete
      ? stateHeader("complete")
      : { ...stateHeader("partial"), [K8S_COSTS_MISSING_HEADER]: String(missing) },
  };
}

/** Nothing joined, and why. */
export function withoutK8sCosts(state: K8sCostsState): JoinedK8sCosts {
  return { body: null, headers: stateHeader(state) };
}

function stateHeader(state: K8sCostsState): Record<string, string> {
  return { [K8S_COSTS_HEADER]: state };
}
