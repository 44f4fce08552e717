import type { CloudAccount, Organization } from "../accounts/accounts.js";
import type { EpochSeconds, Window } from "../time.js";
import type { ExpenseFilter, ResourceKind } from "./filter.js";

/** A filter made concrete: whose expenses, of which accounts and pools, in which window. */
export interface ExpenseScope {
  readonly organization: Organization;
  /** Both bounds inclusive. */
  readonly window: Window;
  readonly filter: ExpenseFilter;
  /** All live accounts of the organization, whether selected or not. */
  readonly accounts: readonly CloudAccount[];
  /** The accounts whose resources are read. */
  readonly selectedAccountIds: readonly string[];
  /** Whether cluster records are read: null among the chosen accounts, or no account filter at all. */
  readonly includesClusterRecords: boolean;
  /** Whether the caller named accounts, which hides the members of clusters (contract §10). */
  readonly namesAccounts: boolean;
  /** Pools of the filter with their live descendants where asked for; null = no pool. Undefined = no pool filter. */
  readonly poolIds: readonly (string | null)[] | undefined;
  /** Savings and recommendations count when their run is not older than this. */
  readonly lastCompletedChecklist: EpochSeconds;
}

export interface ExpenseTotals {
  /** Unclustered resources plus distinct clusters. */
  readonly count: number;
  /** Sum of cost over all matches, in the organization's currency. */
  readonly cost: number;
  /** Null only when it was not asked for and would have cost another question. */
  readonly saving: number | null;
}

/** One resource, or one cluster with its members summed up, over the whole window. */
export interface ExpenseRow {
  readonly id: string;
  /** Whose it is, so that what it refers to can be held against that. */
  readonly organizationId: string;
  readonly kind: ResourceKind;
  readonly cost: number;
  readonly saving: number;
  /** Null on cluster rows. */
  readonly cloudAccountId: string | null;
  readonly cloudResourceId: string | null;
  readonly resourceName: string | null;
  readonly resourceType: string | null;
  readonly region: string | null;
  readonly serviceName: string | null;
  readonly ownerId: string | null;
  readonly poolId: string | null;
  readonly active: boolean;
  readonly constraintViolated: boolean;
  readonly firstSeen: EpochSeconds | null;
  readonly lastSeen: EpochSeconds | null;
  readonly tags: Readonly<Record<string, unknown>>;
  readonly meta: Readonly<Record<string, unknown>>;
  /** The whole resource document as it was stored, for faces that pass it through. */
  readonly document: Readonly<Record<string, unknown>>;
}

export type ExpenseOrderField =
  | "COST"
  | "NAME"
  | "REGION"
  | "SERVICE_NAME"
  | "RESOURCE_TYPE"
  | "FIRST_SEEN"
  | "LAST_SEEN";

export interface ExpenseOrder {
  readonly field: ExpenseOrderField;
  readonly direction: "ASC" | "DESC";
}

export interface PageRequest {
  /** A whole number from 1. How large a page may be is for the caller to judge: see `refusePageSize`. */
  readonly first: number;
  /** A cursor of an earlier page with the same order; the page starts behind it. */
  readonly after?: string | undefined;
  readonly order: ExpenseOrder;
}

export interface ExpensePage {
  readonly rows: readonly ExpenseRow[];
  /** One a row, in the same order. */
  readonly cursors: readonly string[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** What all rows of the scope add up to, as `totals` says it; only on a page without `after`, where it comes for free. */
  readonly totals?: ExpenseTotals;
}

export type BreakdownDimension =
  | "CLOUD_ACCOUNT"
  | "POOL"
  | "OWNER"
  | "SERVICE_NAME"
  | "REGION"
  | "RESOURCE_TYPE"
  | "K8S_NODE"
  | "K8S_NAMESPACE"
  | "K8S_SERVICE";

export interface BreakdownGroup {
  /** The attribute's value, an id where it refers to something; null = absent. */
  readonly key: string | null;
  /** Only for RESOURCE_TYPE: which kind of resource the group holds. */
  readonly kind?: ResourceKind;
  readonly total: number;
  readonly previousTotal: number;
  /** One entry a day of the window on which there is a cost, in order of time; date = midnight UTC. */
  readonly daily: readonly {
    readonly date: EpochSeconds;
    readonly cost: number;
  }[];
}

export interface Breakdown {
  /** The window widened to whole UTC days, both bounds inclusive. */
  readonly window: Window;
  /** The window of equal length before it. */
  readonly previous: Window;
  readonly total: number;
  readonly previousTotal: number;
  /** Dearest first, ties by key. */
  readonly groups: readonly BreakdownGroup[];
}

/** Distinct values among the matching resources; a null means that some resource lacks the attribute. */
export interface AvailableValues {
  readonly cloudAccountIds: readonly string[];
  readonly poolIds: readonly (string | null)[];
  readonly ownerIds: readonly (string | null)[];
  readonly regions: readonly ValueOfCloud[];
  readonly serviceNames: readonly ValueOfCloud[];
  readonly k8sNamespaces: readonly ValueOfCloud[];
  readonly k8sNodes: readonly ValueOfCloud[];
  readonly k8sServices: readonly ValueOfCloud[];
  readonly resourceTypes: readonly {
    readonly name: string;
    readonly kind: ResourceKind;
  }[];
  readonly tags: readonly string[];
  /** Which of true and false occur among the matches, each judged as the filter of the same name judges it. */
  readonly active: readonly boolean[];
  readonly recommendations: readonly boolean[];
  readonly constraintViolated: readonly boolean[];
  /** Ends of the traffic facts in the window that belong to cloud resource ids of the matches. */
  readonly trafficFrom: readonly TrafficEnd[];
  readonly trafficTo: readonly TrafficEnd[];
}

/** A region that traffic left or reached, with the account of such a fact (one of each type of account, if several). */
export interface TrafficEnd {
  readonly region: string;
  readonly cloudAccountId: string;
}

/** An attribute's value together with the account in which it occurs (one of each type of account, if several). */
export interface ValueOfCloud {
  readonly value: string | null;
  readonly cloudAccountId: string;
}

/** What a set of cloud resources cost in a window: the money that a cluster's nodes appear as in the bill. */
export interface CloudResourceCost {
  readonly cloudResourceId: string;
  /** The id that it was found by. */
  readonly foundBy: string;
  readonly cloudAccountId: string;
  readonly cost: number;
}

/** What moved between two places: one fact of a cloud resource in one account, summed over the window. */
export interface TrafficExpense {
  readonly from: string;
  readonly to: string;
  readonly usage: number;
  readonly cost: number;
}

export interface ReadOptions {
  /** Ends the query, not only the wait for it. */
  readonly signal?: AbortSignal | undefined;
}

export interface TotalsOptions extends ReadOptions {
  /**
   * `rows` (default): what the rows add up to. `summary`: what v2's summary_expenses says, which differs in three
   * things: a cluster whose document matches counts with all its live members even when some of them match by
   * themselves; it is counted even without any; and charges count under any live account of the organization, whether
   * selected or not.
   */
  readonly as?: "rows" | "summary";
  /** Whether the saving is needed, which it is unless told otherwise. */
  readonly withSaving?: boolean;
}

/**
 * The saving of a cluster's row. `members`: that of its counted members. `v2`: what the original shows, which loses the
 * members that it happens not to load: those of accounts that are not named, and all of them under a limit that does not
 * reach every matching document.
 */
export type ClusterSaving = "members" | "v2";

export interface RowsOptions extends ReadOptions {
  /** Default: `members`. */
  readonly clusterSaving?: ClusterSaving;
}

/**
 * Where expenses are read from. All methods reject with GatewayError STORE_UNAVAILABLE when the store fails; with
 * UPSTREAM_UNAVAILABLE when it is another service that fails.
 */
export interface ExpenseSource {
  totals(scope: ExpenseScope, options?: TotalsOptions): Promise<ExpenseTotals>;
  /** @throws GatewayError BAD_USER_INPUT for a cursor that this order did not give, or `first` out of range. */
  page(scope: ExpenseScope, request: PageRequest, options?: ReadOptions): Promise<ExpensePage>;
  /** All rows, or the `limit` dearest, dearest first, ties by id; in batches, so that memory stays bounded. */
  rows(scope: ExpenseScope, limit: number | undefined, options?: RowsOptions): AsyncIterable<readonly ExpenseRow[]>;
  /**
   * Traffic of these cloud resources in the window, of the selected accounts, by cloud resource id; where traffic is
   * filtered, only the facts that pass. Resources without traffic are left out.
   */
  traffic(
    scope: ExpenseScope,
    cloudResourceIds: readonly string[],
    options?: ReadOptions,
  ): Promise<ReadonlyMap<string, readonly TrafficExpense[]>>;
  /**
   * Without a dimension everything is one group with key null.
   * @throws GatewayError BAD_USER_INPUT, `details.reason` "window_too_long", beyond 365 whole days.
   */
  breakdown(scope: ExpenseScope, by: BreakdownDimension | null, options?: ReadOptions): Promise<Breakdown>;
  availableValues(scope: ExpenseScope, options?: ReadOptions): Promise<AvailableValues>;
  /** Cost of the scope's matches by account; used to tell the rows of Kubernetes accounts from the cloud bill. */
  costByAccount(scope: ExpenseScope, options?: ReadOptions): Promise<ReadonlyMap<string, number>>;
  /**
   * Cost in the window of the organization's resources with these cloud ids, whatever the scope's filter. Case does not
   * matter. Bills that name ARNs are found by what follows the account in them (`instance/i-0abc`), and AWS's load
   * balancers, which have a hash in theirs, by `loadbalancer/<name>`.
   */
  costOfCloudResources(
    scope: Pick<ExpenseScope, "accounts" | "window">,
    cloudResourceIds: readonly string[],
    options?: ReadOptions,
  ): Promise<readonly CloudResourceCost[]>;
}
