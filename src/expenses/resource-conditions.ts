import { activeFields, type ExpenseFilter, type ResourceTypeSelector } from "./filter.js";
import { likeExpression } from "./like-pattern.js";
import type { QueryValues } from "./query-values.js";
import type { ExpenseScope } from "./source.js";
import { trafficCondition } from "./traffic-facts.js";

/** Which documents a kind of a resource type means (contract §10): members of clusters count as `cluster`. */
const kindConditions = {
  REGULAR: "cluster_type_id = '' AND cluster_id = '' AND NOT is_environment",
  CLUSTER: "(cluster_type_id != '' OR cluster_id != '')",
  ENVIRONMENT: "is_environment AND cluster_type_id = '' AND cluster_id = ''",
} as const;

/** The same rule as an expression that tells the kind. */
export const kindExpression =
  "multiIf(cluster_type_id != '' OR cluster_id != '', 'CLUSTER', is_environment, 'ENVIRONMENT', 'REGULAR')";

/** Filters that compare one column with a list of values, null meaning null or absent. */
const columnOfField = {
  ownerIds: "employee_id",
  regions: "region",
  serviceNames: "service_name",
  createdByKinds: "created_by_kind",
  createdByNames: "created_by_name",
  k8sNamespaces: "k8s_namespace",
  k8sNodes: "k8s_node",
  k8sServices: "k8s_service",
} as const satisfies Partial<Record<keyof ExpenseFilter, string>>;

/**
 * The one translation of the filter language: a SQL condition on a row of `resources`, which may come out as NULL
 * where a column is NULL; NULL means no match. Accounts are judged by the caller.
 */
export function resourceConditions(scope: ExpenseScope, values: QueryValues): string {
  const { filter, window } = scope;
  const conditions = [
    "deleted_at = 0",
    // The window test is on the resource's lifetime, not on its expenses (contract §6).
    `first_seen <= ${values.bind("windowEnd", "Int64", window.end)}`,
    `last_seen >= ${values.bind("windowStart", "Int64", window.start)}`,
  ];
  if (scope.poolIds !== undefined) conditions.push(anyOf("pool_id", "pools", scope.poolIds, values));
  for (const field of activeFields(filter)) {
    if (field in columnOfField) {
      const list = filter[field as keyof typeof columnOfField] ?? [];
      conditions.push(anyOf(columnOfField[field as keyof typeof columnOfField], field, list, values));
    }
  }
  if (filter.resourceTypes?.length) conditions.push(typeCondition(filter.resourceTypes, values));
  if (filter.resourceIds?.length) {
    conditions.push(`id IN ${values.bind("resourceIds", "Array(String)", filter.resourceIds)}`);
  }
  if (filter.tags?.length) conditions.push(tagCondition(filter.tags, values));
  if (filter.withoutTags?.length) conditions.push(withoutTagCondition(filter.withoutTags, values));
  for (const [flag, column] of [
    [filter.active, "active"],
    [filter.constraintViolated, "constraint_violated"],
    [filter.recommendations, recommendedExpression(scope, values)],
  ] as const) {
    if (flag !== undefined && flag !== null) conditions.push(flag ? column : `NOT ${column}`);
  }
  for (const [field, column] of [
    ["nameLike", "name"],
    ["cloudResourceIdLike", "cloud_resource_id"],
  ] as const) {
    const pattern = filter[field];
    if (pattern !== undefined && pattern !== null) {
      conditions.push(`match(${column}, ${values.bind(field, "String", likeExpression(pattern, field))})`);
    }
  }
  const traffic = trafficCondition(scope, values);
  if (traffic !== undefined) conditions.push(traffic);
  return conditions.join("\n      AND ");
}

/** Whether the recommendations of a resource are of the last completed checklist run or younger (contract §7.2). */
export function recommendedExpression({ lastCompletedChecklist }: ExpenseScope, values: QueryValues): string {
  return `ifNull(recommended_at >= ${values.bind("lastCompletedChecklist", "Int64", lastCompletedChecklist)}, false)`;
}

function anyOf(column: string, name: string, list: readonly (string | null)[], values: QueryValues): string {
  const present = list.filter((value) => value !== null);
  const conditions = [
    ...(present.length > 0 ? [`${column} IN ${values.bind(name, "Array(String)", present)}`] : []),
    ...(present.length < list.length ? [`${column} IS NULL`] : []),
  ];
  return `(${conditions.join(" OR ")})`;
}

function typeCondition(selectors: readonly ResourceTypeSelector[], values: QueryValues): string {
  const conditions = (Object.keys(kindConditions) as (keyof typeof kindConditions)[]).flatMap((kind) => {
    const names = selectors.filter((selector) => selector.kind === kind).map(({ name }) => name);
    if (names.length === 0) return [];
    const list = values.bind(`resourceTypes${kind}`, "Array(String)", names);
    return [`(resource_type IN ${list} AND ${kindConditions[kind]})`];
  });
  return `(${conditions.join(" OR ")})`;
}

function tagCondition(tags: readonly (string | null)[], values: QueryValues): string {
  const keys = tags.filter((tag) => tag !== null);
  const conditions = [
    ...(keys.length > 0 ? [`hasAny(tag_keys, ${values.bind("tags", "Array(String)", keys)})`] : []),
    ...(keys.length < tags.length ? ["empty(tag_keys)"] : []),
  ];
  return `(${conditions.join(" OR ")})`;
}

/** Several keys are OR-ed like all lists: a resource matches when it lacks at least one of them (contract §14.6). */
function withoutTagCondition(tags: readonly (string | null)[], values: QueryValues): string {
  const keys = tags.filter((tag) => tag !== null);
  const conditions = [
    ...(keys.length > 0 ? [`NOT hasAll(tag_keys, ${values.bind("withoutTags", "Array(String)", keys)})`] : []),
    ...(keys.length < tags.length ? ["notEmpty(tag_keys)"] : []),
  ];
  return `(${conditions.join(" OR ")})`;
}
