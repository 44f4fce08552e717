import { type ExpenseFilter, NIL, type TrafficSelector } from "../expenses/filter.js";
import type { ExpenseScope } from "../expenses/source.js";
import type { Window } from "../time.js";

const lists = {
  cloudAccountIds: "cloud_account_id",
  ownerIds: "owner_id",
  regions: "region",
  serviceNames: "service_name",
  createdByKinds: "created_by_kind",
  createdByNames: "created_by_name",
  k8sNamespaces: "k8s_namespace",
  k8sNodes: "k8s_node",
  k8sServices: "k8s_service",
  tags: "tag",
  withoutTags: "without_tag",
  resourceIds: "_id",
} as const satisfies Partial<Record<keyof ExpenseFilter, string>>;

const flags = {
  active: "active",
  recommendations: "recommendations",
  constraintViolated: "constraint_violated",
} as const satisfies Partial<Record<keyof ExpenseFilter, string>>;

const patterns = {
  nameLike: "name_like",
  cloudResourceIdLike: "cloud_resource_id_like",
} as const satisfies Partial<Record<keyof ExpenseFilter, string>>;

/** A window and a filter as the parameters of v2 (contract §5). */
export function filterQuery({ window, filter }: Pick<ExpenseScope, "window" | "filter">): URLSearchParams {
  const query = windowQuery(window);
  for (const [field, name] of entries(lists)) {
    for (const value of filter[field] ?? []) query.append(name, value ?? NIL);
  }
  for (const { id, withDescendants } of filter.pools ?? []) {
    query.append("pool_id", id === null ? NIL : `${id}${withDescendants ? "+" : ""}`);
  }
  for (const { name, kind } of filter.resourceTypes ?? []) {
    query.append("resource_type", `${name}:${kind.toLowerCase()}`);
  }
  for (const side of filter.trafficFrom ?? []) query.append("traffic_from", trafficValue(side));
  for (const side of filter.trafficTo ?? []) query.append("traffic_to", trafficValue(side));
  for (const [field, name] of entries(flags)) {
    const value = filter[field];
    if (value !== undefined && value !== null) query.append(name, String(value));
  }
  for (const [field, name] of entries(patterns)) {
    const value = filter[field];
    if (value !== undefined && value !== null) query.append(name, value);
  }
  return query;
}

function windowQuery({ start, end }: Window): URLSearchParams {
  return new URLSearchParams({ start_date: String(start), end_date: String(end) });
}

function trafficValue(side: TrafficSelector): string {
  if (side === null) return NIL;
  return side === "ANY" ? side : `${side.region}:${side.cloudType}`;
}

function entries<Names extends object>(names: Names): [keyof Names, Names[keyof Names]][] {
  return Object.entries(names) as [keyof Names, Names[keyof Names]][];
}
