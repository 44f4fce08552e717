import type { BreakdownDimension, ExpenseOrder } from "../../generated/graphql";
import { type ColumnId, defaultColumns, isColumnId } from "./columns";
import { customPeriod, type Period } from "./period";

/** The filters that are lists of values; null = the attribute is absent. */
export const filterFields = ["account", "service", "region", "pool", "owner", "tag", "type"] as const;
export type FilterField = (typeof filterFields)[number];
export type FilterValue = string | null;

export type Filters = Readonly<Record<FilterField, readonly FilterValue[]>> & {
  readonly text: string;
  /** Whether a pool stands for the pools below it too. */
  readonly subpools: boolean;
};

/** How the cloud bill and the Kubernetes costs are put together; the names are the schema's. */
export type CombinePolicy = "ADDITIVE" | "REPLACE_OVERLAP" | "CLOUD_ONLY";

export type Order = Required<ExpenseOrder>;

/** All that makes one view of the dashboard: what the address says, and nothing else. */
export interface View {
  /** Null = the first one that the reader may see. */
  readonly organizationId: string | null;
  readonly period: Period;
  readonly filters: Filters;
  readonly by: BreakdownDimension;
  readonly policy: CombinePolicy;
  readonly order: Order;
  readonly columns: readonly ColumnId[];
  /** The resource whose details are open. */
  readonly resourceId: string | null;
}

const dimensions = {
  account: "CLOUD_ACCOUNT",
  service: "SERVICE_NAME",
  region: "REGION",
  pool: "POOL",
  owner: "OWNER",
  type: "RESOURCE_TYPE",
  node: "K8S_NODE",
  namespace: "K8S_NAMESPACE",
  "k8s-service": "K8S_SERVICE",
} as const satisfies Record<string, BreakdownDimension>;

const policies = { add: "ADDITIVE", replace: "REPLACE_OVERLAP", cloud: "CLOUD_ONLY" } as const satisfies Record<
  string,
  CombinePolicy
>;

const orderFields = {
  cost: "COST",
  name: "NAME",
  region: "REGION",
  service: "SERVICE_NAME",
  type: "RESOURCE_TYPE",
  "first-seen": "FIRST_SEEN",
  "last-seen": "LAST_SEEN",
} as const;

export const noFilters: Filters = {
  account: [],
  service: [],
  region: [],
  pool: [],
  owner: [],
  tag: [],
  type: [],
  text: "",
  subpools: false,
};

export const defaultView: View = {
  organizationId: null,
  period: { kind: "30d" },
  filters: noFilters,
  by: "SERVICE_NAME",
  policy: "ADDITIVE",
  order: { field: "COST", direction: "DESC" },
  columns: defaultColumns,
  resourceId: null,
};

/** Reads a view from an address's query; what is missing or makes no sense is the default. */
export function readView(search: string): View {
  const query = new URLSearchParams(search);
  const lists = Object.fromEntries(
    filterFields.map((field) => [
      field,
      [...new Set(query.getAll(field))].map((value) => (value === "" ? null : value)),
    ]),
  ) as Record<FilterField, FilterValue[]>;
  const columns = [...new Set(query.get("columns")?.split(",").filter(isColumnId))];
  return {
    organizationId: query.get("org") || null,
    period: readPeriod(query),
    filters: { ...lists, text: query.get("q") ?? "", subpools: query.get("subpools") === "1" },
    by: named(dimensions, query.get("by")) ?? defaultView.by,
    policy: named(policies, query.get("policy")) ?? defaultView.policy,
    order: readOrder(query.get("sort")),
    // Without its name a row could not be told, nor opened.
    columns: columns.length === 0 ? defaultColumns : columns.includes("name") ? columns : ["name", ...columns],
    resourceId: query.get("resource") || null,
  };
}

/** The address's query for a view, without `?`; defaults are left out, so that addresses stay short. */
export function writeView(view: View): string {
  const query = new URLSearchParams();
  if (view.organizationId !== null) query.set("org", view.organizationId);
  if (view.period.kind !== defaultView.period.kind) query.set("period", view.period.kind);
  if (view.period.kind === "custom") {
    query.set("from", view.period.from);
    query.set("to", view.period.to);
  }
  for (const field of filterFields) for (const value of view.filters[field]) query.append(field, value ?? "");
  if (view.filters.text !== "") query.set("q", view.filters.text);
  if (view.filters.subpools) query.set("subpools", "1");
  if (view.by !== defaultView.by) query.set("by", keyOf(dimensions, view.by));
  if (view.policy !== defaultView.policy) query.set("policy", keyOf(policies, view.policy));
  const { field, direction } = view.order;
  if (field !== defaultView.order.field || direction !== defaultView.order.direction) {
    query.set("sort", `${keyOf(orderFields, field)}.${direction.toLowerCase()}`);
  }
  if (view.columns.join() !== defaultColumns.join()) query.set("columns", view.columns.join(","));
  if (view.resourceId !== null) query.set("resource", view.resourceId);
  return query.toString();
}

export function isFiltered(filters: Filters): boolean {
  return filters.text.trim() !== "" || filterFields.some((field) => filters[field].length > 0);
}

function readPeriod(query: URLSearchParams): Period {
  const kind = query.get("period");
  if (kind === "7d" || kind === "30d" || kind === "90d" || kind === "month" || kind === "last-month") return { kind };
  if (kind === "custom") {
    return customPeriod(query.get("from") ?? "", query.get("to") ?? "") ?? defaultView.period;
  }
  return defaultView.period;
}

function readOrder(text: string | null): Order {
  const [name, direction] = (text ?? "").split(".");
  const field = named(orderFields, name ?? null);
  if (field === undefined || (direction !== "asc" && direction !== "desc")) return defaultView.order;
  return { field, direction: direction === "asc" ? "ASC" : "DESC" };
}

function named<Value>(names: Readonly<Record<string, Value>>, name: string | null): Value | undefined {
  return name !== null && Object.hasOwn(names, name) ? names[name] : undefined;
}

function keyOf<Value>(names: Readonly<Record<string, Value>>, value: Value): string {
  return Object.entries(names).find((entry) => entry[1] === value)?.[0] ?? "";
}
