/**
 * What a request asks to see of an organization's expenses: the one filter language of GraphQL and REST.
 * Values of one list are OR-ed, different fields AND-ed. A null in a list means "the attribute is null or
 * absent" (v2's nil UUID). An absent field does not filter; an empty list does not filter either.
 */
export interface ExpenseFilter {
  /** Null selects cluster records, which belong to no account. Naming any account hides members of clusters. */
  readonly cloudAccountIds?: readonly (string | null)[];
  readonly pools?: readonly PoolSelector[];
  readonly ownerIds?: readonly (string | null)[];
  readonly regions?: readonly (string | null)[];
  readonly serviceNames?: readonly (string | null)[];
  readonly resourceTypes?: readonly ResourceTypeSelector[];
  readonly createdByKinds?: readonly (string | null)[];
  readonly createdByNames?: readonly (string | null)[];
  readonly k8sNamespaces?: readonly (string | null)[];
  readonly k8sNodes?: readonly (string | null)[];
  readonly k8sServices?: readonly (string | null)[];
  /** Resources with any of these tag keys; null = with no tag at all. */
  readonly tags?: readonly (string | null)[];
  /** Resources that lack at least one of these keys; null = with some tag. */
  readonly withoutTags?: readonly (string | null)[];
  readonly trafficFrom?: readonly TrafficSelector[];
  readonly trafficTo?: readonly TrafficSelector[];
  readonly resourceIds?: readonly string[];
  readonly active?: boolean;
  readonly recommendations?: boolean;
  readonly constraintViolated?: boolean;
  /** Unanchored, case-insensitive; `*` any run of characters, `?` zero or one, all else literal. */
  readonly nameLike?: string;
  readonly cloudResourceIdLike?: string;
}

/** What v2 clients send in a list for "null or absent". */
export const NIL = "00000000-0000-0000-0000-000000000000";

export interface PoolSelector {
  /** Null = no pool. */
  readonly id: string | null;
  readonly withDescendants: boolean;
}

export type ResourceKind = "REGULAR" | "CLUSTER" | "ENVIRONMENT";

export interface ResourceTypeSelector {
  readonly name: string;
  readonly kind: ResourceKind;
}

/** One side of a traffic fact: a region of a kind of cloud, any place, or (null) resources without a cloud id. */
export type TrafficSelector = { readonly region: string; readonly cloudType: string } | "ANY" | null;

export type ExpenseFilterField = keyof ExpenseFilter;

/** The fields that really filter, in the order of the type. */
export function activeFields(filter: ExpenseFilter): ExpenseFilterField[] {
  return (Object.keys(filter) as ExpenseFilterField[]).filter((field) => {
    const value = filter[field];
    return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
  });
}
