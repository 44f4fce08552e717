import type { ClickHouse } from "../stores/clickhouse.js";
import { type EpochSeconds, precedingWindow, type Window, wholeDays } from "../time.js";
import { refuseTooLongToBreakDown } from "./breakdown-limits.js";
import { chargeCte } from "./charges.js";
import { asksForFew, resourceCtes } from "./counted-resources.js";
import { columnOfDimension } from "./dimension-columns.js";
import type { ResourceKind } from "./filter.js";
import { QueryValues } from "./query-values.js";
import { READ_SETTINGS } from "./read-settings.js";
import { kindExpression } from "./resource-conditions.js";
import type { Breakdown, BreakdownDimension, BreakdownGroup, ExpenseScope, ReadOptions } from "./source.js";

interface Cell {
  readonly key: string | null;
  readonly kind: ResourceKind;
  readonly day: EpochSeconds;
  readonly cost: number;
}

/**
 * See ExpenseSource.breakdown. Each window is judged by itself, so that a total is what `totals` gives for that window.
 *
 * Members of a cluster count under their own attributes, not under their cluster's: a cluster has no region, account
 * or node, and the filter language judges members by their own documents too. So a group's total is what the
 * filter for its key finds, and the groups add up to the total.
 */
export async function readBreakdown(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  by: BreakdownDimension | null,
  options: ReadOptions = {},
): Promise<Breakdown> {
  refuseTooLongToBreakDown(scope.window);
  const window = wholeDays(scope.window);
  const previous = precedingWindow(window);
  const [cells, previousCells] = await Promise.all([
    readCells(clickHouse, { ...scope, window }, by, options),
    readCells(clickHouse, { ...scope, window: previous }, by, options),
  ]);
  const groups = groupsOf(cells, previousCells, by);
  return {
    window,
    previous,
    total: sum(groups, ({ total }) => total),
    previousTotal: sum(groups, ({ previousTotal }) => previousTotal),
    groups,
  };
}

/** One cell a group and day with a charge, in order of time. */
async function readCells(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  by: BreakdownDimension | null,
  { signal }: ReadOptions,
): Promise<Cell[]> {
  if (!isWindow(scope.window)) return [];
  const values = new QueryValues();
  const key = by === null ? "NULL" : `toNullable(${columnOfDimension[by]})`;
  const kind = by === "RESOURCE_TYPE" ? kindExpression : "'REGULAR'";
  return clickHouse.query<Cell>(
    `WITH ${resourceCtes(scope, values, [`CAST(${key} AS Nullable(String)) AS key`, `${kind} AS kind`])},
     ${chargeCte(scope, values, { ofCountedResources: asksForFew(scope) })}
     SELECT key, kind, toUnixTimestamp(toStartOfDay(charge.date, 'UTC')) AS day, sum(charge.amount) AS cost
     FROM charge
     ANY LEFT JOIN (SELECT id, key, kind, is_member, counts FROM resource WHERE counts) AS resource
       ON resource.id = charge.resource_id
     WHERE counts AND (charge.for_any OR is_member)
     GROUP BY key, kind, day
     ORDER BY day, key, kind`,
    values.bound,
    { signal, settings: READ_SETTINGS },
  );
}

/** Before 1970 there is nothing: a window that starts at 0 has no preceding one. */
function isWindow({ start, end }: Window): boolean {
  return end >= start;
}

function groupsOf(cells: readonly Cell[], previousCells: readonly Cell[], by: BreakdownDimension | null) {
  const groups = new Map<string, { key: string | null; kind: ResourceKind; days: Cell[]; previousTotal: number }>();
  const groupOf = ({ key, kind }: Cell) => {
    const name = JSON.stringify([key, kind]);
    const group = groups.get(name) ?? { key, kind, days: [], previousTotal: 0 };
    groups.set(name, group);
    return group;
  };
  for (const cell of cells) groupOf(cell).days.push(cell);
  for (const cell of previousCells) groupOf(cell).previousTotal += cell.cost;
  return [...groups.values()]
    .map(
      ({ key, kind, days, previousTotal }): BreakdownGroup => ({
        key,
        ...(by === "RESOURCE_TYPE" && { kind }),
        total: sum(days, ({ cost }) => cost),
        previousTotal,
        daily: days.map(({ day, cost }) => ({ date: day, cost })),
      }),
    )
    .sort((a, b) => b.total - a.total || compareKeys(a, b));
}

/** By key, absent last; one key of several kinds by kind. */
function compareKeys(a: BreakdownGroup, b: BreakdownGroup): number {
  if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return (a.kind ?? "") < (b.kind ?? "") ? -1 : 1;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
