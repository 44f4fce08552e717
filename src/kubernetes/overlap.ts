import type { CloudResourceCost, ExpenseScope, ExpenseSource } from "../expenses/source.js";
import { billedIds } from "./cloud-ids.js";
import type { ClusterCostService, ClusterInventory, LookUpOptions } from "./cluster-cost.js";

/** Cloud rows that are the clusters' own nodes, volumes and load balancers: money that a plain sum counts twice. */
export interface CloudOverlap {
  /** In the organization's currency; null when no cluster could be matched to cloud rows. */
  readonly cost: number | null;
  readonly matchedNodes: number;
  readonly matchedVolumes: number;
  readonly matchedLoadBalancers: number;
  /** Accounts of clusters of which nothing was found in the cloud bill: their overlap is unknown, not zero. */
  readonly unmatchedClusterIds: readonly string[];
  /** The matched rows; a row that two clusters share is there once. */
  readonly rows: readonly CloudResourceCost[];
}

export interface OverlapReaders {
  readonly clusterCosts: Pick<ClusterCostService, "inventory">;
  readonly expenses: Pick<ExpenseSource, "costOfCloudResources">;
}

/**
 * The overlap of the given clusters with the organization's cloud bill, whatever the scope's filter. A part of a
 * cluster is found in the bill when its provider id, or the last segment of it, is a row's `cloud_resource_id`, or what
 * that ends in where the bill names ARNs; rows of Kubernetes accounts are no cloud bill. Metroculus failing leaves its
 * clusters unmatched.
 * @throws GatewayError STORE_UNAVAILABLE
 */
export async function cloudOverlap(
  { accounts, window }: Pick<ExpenseScope, "accounts" | "window">,
  clusterIds: readonly string[],
  { clusterCosts, expenses }: OverlapReaders,
  options: LookUpOptions = {},
): Promise<CloudOverlap> {
  const inventories = await Promise.all(
    clusterIds.map((cloudAccountId) => clusterCosts.inventory({ cloudAccountId, window }, options)),
  );
  const ids = new Set(
    inventories.flatMap((inventory) => (inventory === null ? [] : kinds.flatMap((kind) => idsOf(inventory, kind)))),
  );
  const clouds = accounts.filter(({ type }) => type !== "KUBERNETES_CNR");
  const rows =
    ids.size === 0 || clouds.length === 0
      ? []
      : await expenses.costOfCloudResources({ accounts: clouds, window }, [...ids], options);
  const billed = new Set(rows.map(({ foundBy }) => foundBy));
  // Counted by row: one node may be named by its whole provider id in one series and by its end in another.
  const matchedBy = (inventory: ClusterInventory | null | undefined, kind: Kind) =>
    inventory ? idsOf(inventory, kind).filter((id) => billed.has(id)) : [];
  const matched = (kind: Kind) => new Set(inventories.flatMap((inventory) => matchedBy(inventory, kind))).size;
  const unmatchedClusterIds = clusterIds.filter((_, index) =>
    kinds.every((kind) => matchedBy(inventories[index], kind).length === 0),
  );
  return {
    cost: rows.length === 0 ? null : rows.reduce((sum, { cost }) => sum + cost, 0),
    matchedNodes: matched("nodes"),
    matchedVolumes: matched("volumes"),
    matchedLoadBalancers: matched("loadBalancers"),
    unmatchedClusterIds,
    rows,
  };
}

type Kind = keyof ClusterInventory;
const kinds: readonly Kind[] = ["nodes", "volumes", "loadBalancers"];

function idsOf(inventory: ClusterInventory, kind: Kind): string[] {
  return inventory[kind].flatMap(({ providerId }) => (providerId === null ? [] : billedIds(kind, providerId)));
}
