import { expect, test } from "vitest";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { ExpenseScope } from "../../src/expenses/source.js";
import type { ClickHouse } from "../../src/stores/clickhouse.js";
import { temporaryStores } from "../expenses/temporary-stores.js";
import { report } from "./report.js";
import { type LargeOrganization, RESOURCES, WINDOW, writeOrganization } from "./store/large-store.js";
import { inTurns, type Measured } from "./store/rounds.js";

const PAGE = 100;
const FIRST = { first: PAGE, order: { field: "COST", direction: "DESC" } } as const;

/** What each resource of the window cost: everything that the questions below are made of, and no more. */
const SPENT = `
  SELECT cloud_account_id, id, saving, cost
  FROM (
    SELECT cloud_account_id, id, saving
    FROM resources FINAL
    WHERE cloud_account_id IN {accounts:Array(String)} AND deleted_at = 0
      AND first_seen <= {end:Int64} AND last_seen >= {start:Int64}) AS resource
  LEFT JOIN (
    SELECT resource_id, sum(cost * sign) AS cost
    FROM expenses
    WHERE cloud_account_id IN {accounts:Array(String)}
      AND date BETWEEN toDateTime({start:UInt32}, 'UTC') AND toDateTime({end:UInt32}, 'UTC')
    GROUP BY resource_id) AS spent ON spent.resource_id = resource.id`;

test("30-day totals and first page of a large store, against bare SQL and a small one", async () => {
  await using stores = await temporaryStores();
  const { clickHouse } = stores;
  const expenses = clickHouseExpenses(clickHouse);
  const large = await writeOrganization(clickHouse, "large", 300);
  const small = await writeOrganization(clickHouse, "small", 30);
  expect([large.expenseRows, small.expenseRows]).toEqual([10_000_000, 1_000_000]);

  const bare = await bareTotals(clickHouse, large.scope);
  const totals = await expenses.totals(large.scope);
  expect(totals.count).toBe(RESOURCES);
  expect(totals.cost).toBeCloseTo(bare.cost, 3);
  const barePage = await bareFirstPage(clickHouse, large.scope);
  expect((await expenses.page(large.scope, FIRST)).rows.map(({ id }) => id)).toEqual(barePage.map(({ id }) => id));

  const turns = { warmups: 2, rounds: 9 };
  const totalsMeasured = await inTurns(
    {
      large: () => expenses.totals(large.scope),
      sql: () => bareTotals(clickHouse, large.scope),
      small: () => expenses.totals(small.scope),
    },
    turns,
  );
  const pageMeasured = await inTurns(
    {
      large: () => expenses.page(large.scope, FIRST),
      sql: () => bareFirstPage(clickHouse, large.scope),
      small: () => expenses.page(small.scope, FIRST),
    },
    turns,
  );
  reportRows("F1", "30-day totals", large, totalsMeasured);
  reportRows("F2", "30-day first page", large, pageMeasured);
});

function reportRows(
  id: string,
  what: string,
  { expenseRows }: LargeOrganization,
  { large, sql, small }: Record<"large" | "sql" | "small", Measured>,
): void {
  const measure = `${what} at ${expenseRows / 1e6} M expense rows and ${RESOURCES / 1e3} k resources, on disk, processor time`;
  for (const [suffix, against, theirs, most] of [
    ["a", "bare SQL by hand", sql, 1.5],
    ["b", "the same window at 1 M rows", small, 2],
  ] as const) {
    const ratio = large.cpuMilliseconds / theirs.cpuMilliseconds;
    report({
      id: id + suffix,
      measure,
      against,
      ours: told(large),
      theirs: told(theirs),
      ratio,
      goal: `at most ${most}`,
      reached: ratio <= most,
    });
  }
}

function told({ cpuMilliseconds, milliseconds }: Measured): string {
  return `${cpuMilliseconds.toFixed(0)} ms (${milliseconds.toFixed(0)} ms on the clock)`;
}

function parametersOf({ selectedAccountIds }: ExpenseScope) {
  return { accounts: selectedAccountIds, start: WINDOW.start, end: WINDOW.end };
}

async function bareTotals(clickHouse: ClickHouse, scope: ExpenseScope): Promise<{ cost: number }> {
  const [totals] = await clickHouse.query<{ cost: number }>(
    `SELECT count() AS count, sum(cost) AS cost, sum(saving) AS saving FROM (${SPENT})`,
    parametersOf(scope),
  );
  return totals ?? { cost: Number.NaN };
}

/** With what the gateway's first page tells, too: what all rows add up to, and whether there are more. */
async function bareFirstPage(clickHouse: ClickHouse, scope: ExpenseScope): Promise<{ id: string }[]> {
  const dearest = await clickHouse.query<{ account: string; id: string; cost: number }>(
    `SELECT cloud_account_id AS account, id, cost, saving,
       count() OVER () AS rows, sum(cost) OVER () AS total_cost, sum(saving) OVER () AS total_saving
     FROM (${SPENT})
     ORDER BY cost DESC, id
     LIMIT ${PAGE + 1}`,
    parametersOf(scope),
  );
  const shown = dearest.slice(0, PAGE);
  const documents = await clickHouse.query<{ id: string; document: string }>(
    `SELECT id, document FROM resources FINAL
     WHERE (cloud_account_id, id) IN arrayZip({accounts:Array(String)}, {ids:Array(String)})`,
    { accounts: shown.map(({ account }) => account), ids: shown.map(({ id }) => id) },
  );
  const byId = new Map(documents.map(({ id, document }) => [id, JSON.parse(document) as object]));
  return shown.map(({ id, cost }) => ({ ...byId.get(id), id, cost }));
}
