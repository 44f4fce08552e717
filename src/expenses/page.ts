import type { ClickHouse } from "../stores/clickhouse.js";
import { decodeCursor, encodeCursor } from "./cursor.js";
import { type PageRow, pageRanking } from "./ranking.js";
import { READ_SETTINGS } from "./read-settings.js";
import type { ExpensePage, ExpenseRow, ExpenseScope, ExpenseTotals, PageRequest, ReadOptions } from "./source.js";
import { storedRows } from "./stored-rows.js";

/** See ExpenseSource.page. */
export async function readPage(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  { first, after, order }: PageRequest,
  options: ReadOptions = {},
): Promise<ExpensePage> {
  const position = after === undefined ? undefined : decodeCursor(order, after);
  // One row more than asked for tells whether there is a next page.
  const { sql, parameters } = pageRanking(scope, order, position, first + 1);
  const ranked = await clickHouse.query<PageRow>(sql, parameters, {
    signal: options.signal,
    settings: READ_SETTINGS,
  });
  const rows: ExpenseRow[] = [];
  const cursors: string[] = [];
  for await (const batch of storedRows(clickHouse, scope, ranked.slice(0, first), options)) {
    for (const stored of batch) {
      rows.push(stored.row);
      cursors.push(encodeCursor(order, { value: stored.ranked.value, id: stored.ranked.rowId }));
    }
  }
  return {
    rows,
    cursors,
    hasNextPage: ranked.length > first,
    hasPreviousPage: position !== undefined,
    ...(position === undefined && { totals: totalsOf(ranked[0]) }),
  };
}

function totalsOf(row: PageRow | undefined): ExpenseTotals {
  return { count: row?.rows ?? 0, cost: row?.totalCost ?? 0, saving: row?.totalSaving ?? 0 };
}
