import type { BreakdownDimension } from "../../generated/graphql";
import { typeKey } from "../view/expense-filter";
import type { FilterField, Filters, FilterValue } from "../view/view";
import type { Group } from "./series";

export const dimensionNames: Record<BreakdownDimension, string> = {
  CLOUD_ACCOUNT: "account",
  SERVICE_NAME: "service",
  RESOURCE_TYPE: "type",
  REGION: "region",
  POOL: "pool",
  OWNER: "owner",
  K8S_NAMESPACE: "Kubernetes namespace",
  K8S_NODE: "Kubernetes node",
  K8S_SERVICE: "Kubernetes service",
};

/** The filter that keeps one group of a dimension; those of Kubernetes have none here. */
const fieldOf: Partial<Record<BreakdownDimension, FilterField>> = {
  CLOUD_ACCOUNT: "account",
  SERVICE_NAME: "service",
  RESOURCE_TYPE: "type",
  REGION: "region",
  POOL: "pool",
  OWNER: "owner",
};

/** From coarse to fine: what to look at next, once one dimension is narrowed down to one value. */
const path: readonly BreakdownDimension[] = ["CLOUD_ACCOUNT", "SERVICE_NAME", "RESOURCE_TYPE", "REGION", "OWNER"];

export interface DrillIn {
  readonly filters: Filters;
  readonly by: BreakdownDimension;
}

/** The view that shows one group alone, by the next dimension that still tells something; null when it cannot be filtered. */
export function drillInto(group: Group, by: BreakdownDimension, filters: Filters): DrillIn | null {
  const field = fieldOf[by];
  if (field === undefined) return null;
  const value: FilterValue =
    by === "RESOURCE_TYPE" && group.key !== null
      ? typeKey({ name: group.key, kind: group.kind ?? "REGULAR" })
      : group.key;
  // A type that is absent cannot be asked for.
  if (field === "type" && value === null) return null;
  const narrowed: Filters = { ...filters, [field]: [value], ...(field === "pool" && { subpools: false }) };
  const next = path.find((dimension) => {
    const other = fieldOf[dimension];
    return other !== undefined && path.indexOf(dimension) > path.indexOf(by) && narrowed[other].length !== 1;
  });
  return { filters: narrowed, by: next ?? by };
}
