import type { EpochSeconds, Window } from "../time.js";
import type { RequestBudget } from "./budget.js";

/** What a cluster cost in a window: how much, how well it is known, and what it is made of. */
export interface ClusterCost {
  readonly cloudAccountId: string;
  readonly window: Window;
  readonly status: ClusterCostStatus;
  /** Null whenever it is not known; zero only when it is known to be zero. */
  readonly cost: number | null;
  readonly currency: string | null;
  readonly components: CostComponents | null;
  readonly efficiency: Efficiency | null;
  readonly method: CostMethod | null;
  /** Share of the window, 0 to 1, for which samples exist; null when it cannot be told. */
  readonly coverage: number | null;
  /** When these figures were read from Metroculus. */
  readonly asOf: EpochSeconds | null;
  readonly warnings: readonly CostWarning[];
  /** Metroculus's own summary as it was given, for v2's `breakdown`; null when the cost is not known. */
  readonly summary: Readonly<Record<string, unknown>> | null;
}

export const clusterCostStatuses = [
  "OK",
  "ZERO",
  "PARTIAL",
  "STALE",
  "NO_DATA",
  "UNAUTHORIZED",
  "UNAVAILABLE",
  "MALFORMED",
  "CURRENCY_MISMATCH",
] as const;

export type ClusterCostStatus = (typeof clusterCostStatuses)[number];

export type CostMethod = "MANAGEMENT_ONLY" | "INFRASTRUCTURE_ONLY" | "ALLOCATION";

/** In the cluster's currency, over the window. Null means not known, zero means known to be nothing. */
export interface CostComponents {
  readonly management: number | null;
  readonly cpu: number | null;
  readonly ram: number | null;
  readonly pv: number | null;
  readonly network: number | null;
  readonly loadBalancer: number | null;
  /** Total less the sum of the known components, where that is more than rounding. */
  readonly unattributed: number | null;
}

/** Fractions: 0.42 is 42 %. */
export interface Efficiency {
  readonly cpu: number | null;
  readonly ram: number | null;
  readonly total: number | null;
}

export interface CostWarning {
  readonly code: string;
  readonly message: string;
}

export interface NamespaceCost {
  readonly name: string;
  readonly kind: "WORKLOAD" | "IDLE" | "UNALLOCATED";
  readonly cost: number;
  readonly components: CostComponents;
  readonly efficiency: Efficiency | null;
}

/** One cluster over one window, both bounds inclusive. */
export interface ClusterWindow {
  readonly cloudAccountId: string;
  readonly window: Window;
}

/** The same for the same cluster and window. */
export function clusterWindowKey({ cloudAccountId, window }: ClusterWindow): string {
  return `${window.start}:${window.end}:${cloudAccountId}`;
}

export interface ClusterCostRequest extends ClusterWindow {
  /** The organization's currency. */
  readonly currency: string;
}

/** What a cluster is built from, as its samples name it. */
export interface ClusterInventory {
  readonly nodes: readonly ClusterNode[];
  readonly volumes: readonly ClusterPart[];
  readonly loadBalancers: readonly ClusterPart[];
}

/** A machine of a cluster; what no sample says is null. */
export interface ClusterNode {
  readonly name: string;
  /** As Kubernetes writes it, e.g. `aws:///eu-west-1a/i-0abc`. */
  readonly providerId: string | null;
  /** The cloud's name for its size, e.g. `m5.large`. */
  readonly flavor: string | null;
  /** In the cluster's currency. */
  readonly hourlyPrice: number | null;
  /** When the last sample of it in the window was taken. */
  readonly lastSeen: EpochSeconds | null;
}

export interface ClusterPart {
  readonly name: string;
  /** The provider's id of a node or volume, the host name or address of a load balancer. */
  readonly providerId: string;
}

export interface LookUpOptions {
  /** Ends this caller's part in the look-up; the call itself ends when nobody else waits for it. */
  readonly signal?: AbortSignal | undefined;
  /** Shared by the look-ups of one request, so that one after the other takes no longer than one may. */
  readonly budget?: Pick<RequestBudget, "left"> | undefined;
}

/**
 * Looks clusters up in Metroculus. No method rejects for a cluster that failed, and each answers within
 * K8S_COSTS_BUDGET_MS, or what is left of it in the request's budget. The caller has checked the right to every account.
 */
export interface ClusterCostService {
  /** One answer a request, in the same order; a failure is the answer's status. */
  load(requests: readonly ClusterCostRequest[], options?: LookUpOptions): Promise<ClusterCost[]>;
  /** Dearest first; null when this Metroculus cannot tell, or cannot be reached. */
  namespaces(cluster: ClusterWindow, options?: LookUpOptions): Promise<NamespaceCost[] | null>;
  /** Null when this Metroculus cannot tell, or cannot be reached. */
  inventory(cluster: ClusterWindow, options?: LookUpOptions): Promise<ClusterInventory | null>;
  close(): Promise<void>;
}

/** How a face has costs looked up: its request's DataLoader, or the service itself. */
export type LoadClusterCosts = (requests: readonly ClusterCostRequest[]) => Promise<readonly ClusterCost[]>;
