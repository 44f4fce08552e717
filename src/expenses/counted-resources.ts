import type { QueryValues } from "./query-values.js";
import { recommendedExpression, resourceConditions } from "./resource-conditions.js";
import type { ExpenseScope } from "./source.js";

/** What a counted resource cost: needs `spent` joined to `resource`. */
export const COST_OF_RESOURCE = "if(resource.is_member, spent.cost, spent.own_cost)";

/** Whether the filter lets only a handful of resources pass, so that looking for their charges beats summing all. */
export function asksForFew({ filter }: ExpenseScope): boolean {
  return (filter.resourceIds?.length ?? 0) > 0;
}

/** One of `of` parts into which the rows fall, about equally large; a cluster and its members are in one. */
export interface Slice {
  readonly index: number;
  readonly of: number;
}

export interface CountOptions {
  readonly slice?: Slice | undefined;
  /**
   * Which clusters' members count though they do not match. `unmatched` (default): of clusters that are found by their
   * document alone. `found`: of every cluster whose document matches, deleted members excepted, as v2's
   * summary_expenses has it.
   */
  readonly wholeClusters?: "unmatched" | "found" | undefined;
}

/**
 * The CTE `candidate` (and the one it is made of): every document that may matter, once, with
 *   row_id     the row that it belongs to: its cluster's id, or its own
 *   is_member  it is part of a cluster of this organization
 *   is_record  it is a cluster's own document
 *   matches    it passes the filter
 *   current_saving  what its recommendations would save, 0 unless they are of the last checklist run
 * and the given further columns.
 */
export function candidateCtes(
  scope: ExpenseScope,
  values: QueryValues,
  columns: readonly string[] = [],
  slice: Slice = { index: 0, of: 1 },
): string {
  const { accounts, selectedAccountIds, includesClusterRecords, namesAccounts } = scope;
  // A cluster that is shown whole shows members of any live account, also of one that is not selected.
  const read = includesClusterRecords ? ["", ...accounts.map(({ id }) => id)] : selectedAccountIds;
  const conditions = [resourceConditions(scope, values)];
  // Naming accounts hides the members of clusters, whatever the accounts (contract §10).
  if (namesAccounts) conditions.push("NOT is_member");
  if (namesAccounts && includesClusterRecords) {
    const chosen = values.bind("chosenAccounts", "Array(String)", ["", ...selectedAccountIds]);
    conditions.push(`cloud_account_id IN ${chosen}`);
  }
  const inSlice =
    slice.of === 1
      ? ""
      : `
      AND cityHash64(row_id) % ${values.bind("slices", "UInt32", slice.of)} = ${values.bind("slice", "UInt32", slice.index)}`;
  const organization = values.bind("organization", "String", scope.organization.id);
  return `
  cluster AS (
    SELECT id
    FROM resources FINAL
    WHERE cloud_account_id = '' AND organization_id = ${organization} AND cluster_type_id != ''),
  candidate AS (
    SELECT
      cloud_account_id, id, deleted_at, ${columns.map((column) => `${column}, `).join("")}
      -- A resource that names a cluster that is not there, or is another organization's, stands for itself.
      cloud_account_id != '' AND cluster_id IN (SELECT id FROM cluster) AS is_member,
      cloud_account_id = '' AND cluster_type_id != '' AS is_record,
      if(is_member, cluster_id, id) AS row_id,
      if(${recommendedExpression(scope, values)}, saving, 0) AS current_saving,
      ifNull(${conditions.join("\n      AND ")}, false) AS matches
    FROM resources FINAL
    WHERE cloud_account_id IN ${values.bind("readAccounts", "Array(String)", read)}
      AND (cloud_account_id != '' OR organization_id = ${organization})${inSlice})`;
}

/**
 * The CTE `resource` (and those it is made of, `candidate` among them): the documents of `candidate`, each with
 *   counts     its cost and saving belong into the answer
 */
export function resourceCtes(
  scope: ExpenseScope,
  values: QueryValues,
  columns: readonly string[] = [],
  { slice, wholeClusters = "unmatched" }: CountOptions = {},
): string {
  const [isWhole, ofWhole] =
    wholeClusters === "found"
      ? ["max(is_record AND matches)", "is_member AND deleted_at = 0"]
      : ["max(is_record AND matches) AND NOT max(is_member AND matches)", "is_member"];
  return `${candidateCtes(scope, values, columns, slice)},
  -- The filter applies to a cluster's document and to its members alike. Where members match, they alone count; where
  -- only the document matches, the cluster is meant as a whole: all members count, whatever their dates or deletion.
  whole_cluster AS (
    SELECT row_id
    FROM candidate
    WHERE is_member OR is_record
    GROUP BY row_id
    HAVING ${isWhole}),
  resource AS (
    SELECT *, (matches AND NOT is_record)${
      scope.includesClusterRecords ? ` OR (${ofWhole} AND row_id IN (SELECT row_id FROM whole_cluster))` : ""
    } AS counts
    FROM candidate)`;
}
