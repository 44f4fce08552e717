import { type CostPrecision, exactCost } from "./charges.js";
import { COST_OF_RESOURCE } from "./counted-resources.js";
import type { ExpenseScope } from "./source.js";

/**
 * An aggregate over those documents of a row that count, for the CTE `expense_row`. What `resource.counts` says of each
 * document is told here of the row as a whole, which spares reading all documents once more to find whole clusters.
 * @param aggregate of a condition on a document
 * @param withRecord whether a cluster's own document is among them
 */
export function ofCounted(
  { includesClusterRecords }: Pick<ExpenseScope, "includesClusterRecords">,
  aggregate: (condition: string) => string,
  { withRecord = false }: { readonly withRecord?: boolean } = {},
): string {
  const matching = aggregate(withRecord ? "matches OR is_record" : "matches AND NOT is_record");
  if (!includesClusterRecords) return matching;
  return `if(is_whole, ${aggregate(withRecord ? "is_member OR is_record" : "is_member")}, ${matching})`;
}

/**
 * The CTE `expense_row`, made of `candidate` and `spent`: one row an expense row: row_id, cost, row_saving and the given
 * aggregates, in which documents are those of `resource`.
 */
export function expenseRowCte(scope: ExpenseScope, precision: CostPrecision, ...aggregates: readonly string[]): string {
  const cost = ofCounted(scope, (condition) => `sumIf(${COST_OF_RESOURCE}, ${condition})`);
  return `expense_row AS (
    SELECT
      row_id,
      max(is_record AND matches) AND NOT max(is_member AND matches) AS is_whole,
      ${[
        `${precision === "exact" ? exactCost(cost) : cost} AS cost`,
        `${ofCounted(scope, (condition) => `sumIf(current_saving, ${condition})`)} AS row_saving`,
        ...aggregates,
      ].join(",\n      ")}
    FROM candidate AS resource
    LEFT JOIN spent ON spent.resource_id = resource.id
    WHERE matches OR is_member OR is_record
    GROUP BY row_id
    HAVING ${ofCounted(scope, (condition) => `max(${condition})`)})`;
}
