import type { CloudAccount } from "../accounts/accounts.js";
import { activeFields, type ExpenseFilter } from "../expenses/filter.js";
import type { ExpenseScope } from "../expenses/source.js";
import type { ClusterCostRequest } from "./cluster-cost.js";

/**
 * The one rule of when Kubernetes costs join a filtered answer: a cluster's cost can be selected by account and by
 * nothing else, so any other active filter leaves Kubernetes out.
 * @returns the reason, to be shown to the reader, or null when Kubernetes costs join.
 */
export function excludedBecause(filter: ExpenseFilter): string | null {
  const others = activeFields(filter).filter((field) => field !== "cloudAccountIds");
  if (others.length === 0) return null;
  return `Cluster costs cannot be selected by ${others.join(", ")}: only cloudAccountIds selects clusters.`;
}

/** The Kubernetes accounts among the selected ones, in the order of the scope's accounts. */
export function selectedClusters(scope: Pick<ExpenseScope, "accounts" | "selectedAccountIds">): CloudAccount[] {
  const selected = new Set(scope.selectedAccountIds);
  return scope.accounts.filter(({ id, type }) => type === "KUBERNETES_CNR" && selected.has(id));
}

/** What to ask the service for a scope: each selected cluster over the scope's window. */
export function clusterCostRequests(
  scope: Pick<ExpenseScope, "accounts" | "selectedAccountIds" | "window" | "organization">,
): ClusterCostRequest[] {
  return selectedClusters(scope).map(({ id }) => ({
    cloudAccountId: id,
    window: scope.window,
    currency: scope.organization.currency,
  }));
}
