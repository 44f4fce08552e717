import type { ClickHouse } from "../stores/clickhouse.js";
import { spentCtes } from "./charges.js";
import { asksForFew, COST_OF_RESOURCE, candidateCtes, resourceCtes } from "./counted-resources.js";
import { expenseRowCte } from "./expense-rows.js";
import { QueryValues } from "./query-values.js";
import type { Statement } from "./ranking.js";
import { READ_SETTINGS } from "./read-settings.js";
import type { ExpenseScope, ExpenseTotals, ReadOptions, TotalsOptions } from "./source.js";

/** See ExpenseSource.totals. */
export async function readTotals(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  { signal, as = "rows" }: TotalsOptions = {},
): Promise<ExpenseTotals> {
  const { sql, parameters } = as === "summary" ? summaryTotals(scope) : rowTotals(scope);
  const [totals] = await clickHouse.query<ExpenseTotals>(sql, parameters, { signal, settings: READ_SETTINGS });
  return totals ?? { count: 0, cost: 0, saving: 0 };
}

function rowTotals(scope: ExpenseScope): Statement {
  const values = new QueryValues();
  const few = asksForFew(scope);
  const documents = few ? resourceCtes : candidateCtes;
  return {
    sql: `WITH ${documents(scope, values)},
     ${spentCtes(scope, values, { ofCountedResources: few })},
     ${expenseRowCte(scope, "fast")}
     SELECT count() AS count, sum(cost) AS cost, sum(row_saving) AS saving
     FROM expense_row`,
    parameters: values.bound,
  };
}

function summaryTotals(scope: ExpenseScope): Statement {
  const values = new QueryValues();
  return {
    // A summary counts every cluster that is found, those without members, too.
    sql: `WITH ${resourceCtes(scope, values, [], { wholeClusters: "found" })},
     ${spentCtes(scope, values, { chargedTo: "live", ofCountedResources: asksForFew(scope) })}
     SELECT uniqExact(row_id) AS count, sumIf(${COST_OF_RESOURCE}, counts) AS cost, sumIf(current_saving, counts) AS saving
     FROM resource
     LEFT JOIN spent ON spent.resource_id = resource.id
     WHERE counts OR (is_record AND matches)`,
    parameters: values.bound,
  };
}

/** See ExpenseSource.costByAccount. */
export async function readCostByAccount(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  { signal }: ReadOptions = {},
): Promise<ReadonlyMap<string, number>> {
  const values = new QueryValues();
  const rows = await clickHouse.query<{ account: string; total: number }>(
    `WITH ${resourceCtes(scope, values)},
     ${spentCtes(scope, values, { ofCountedResources: asksForFew(scope) })}
     SELECT resource.cloud_account_id AS account, sum(${COST_OF_RESOURCE}) AS total
     FROM resource
     LEFT JOIN spent ON spent.resource_id = resource.id
     WHERE counts
     GROUP BY account`,
    values.bound,
    { signal, settings: READ_SETTINGS },
  );
  return new Map(rows.map(({ account, total }) => [account, total]));
}
