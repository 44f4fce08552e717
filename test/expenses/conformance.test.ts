import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Accounts } from "../../src/accounts/accounts.js";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import { resolveScope } from "../../src/expenses/scope.js";
import type { ExpenseRow, ExpenseScope, ExpenseSource } from "../../src/expenses/source.js";
import { importSnapshot } from "../../src/imports/snapshot.js";
import type { Stores } from "../../src/stores/stores.js";
import { windowOf } from "../../src/time.js";
import { type ConformanceCase, conformanceCases, dimensions, filterOf, lastNumber } from "./conformance-cases.js";
import { temporaryStores } from "./temporary-stores.js";

const ORGANIZATION = "10000000-0000-4000-8000-000000000001";
/** All cases are run over HTTP; here, those on which the domain decides alone. */
const DECIDED_HERE = /^(bd|cluster|ident|limit|pool|sum|traffic)-/;
const { givens, cases } = await conformanceCases(
  ["clean_expenses", "summary_expenses", "breakdown_expenses"],
  DECIDED_HERE,
);

let stores: Stores;
let expenses: ExpenseSource;
let loaded: string | undefined;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = clickHouseExpenses(stores.clickHouse);
});
afterAll(async () => stores[Symbol.asyncDispose]());

async function scopeOf({ given, query }: ConformanceCase): Promise<ExpenseScope> {
  if (loaded !== given) await importSnapshot(stores, { ...emptied, ...givens[given] });
  loaded = given;
  const accounts = new Accounts(stores);
  const organization = await accounts.organization(ORGANIZATION);
  if (organization === null) throw new Error("The given has no organization.");
  const window = windowOf(lastNumber(query, "start_date") ?? 0, lastNumber(query, "end_date") ?? 0);
  return resolveScope(accounts, organization, window, filterOf(query));
}

/** Every key, so that a given replaces all of the one before it. */
const emptied = { resources: [], expenses: [], traffic_expenses: [], checklists: [] };

/** How REST shows what the domain reads, for the keys that the domain knows. */
const shown: Record<string, (row: ExpenseRow) => unknown> = {
  id: ({ id }) => id,
  resource_id: ({ id }) => id,
  resource_name: ({ resourceName }) => resourceName,
  resource_type: ({ resourceType }) => resourceType,
  cloud_resource_id: ({ cloudResourceId }) => cloudResourceId,
  cloud_account_id: ({ cloudAccountId }) => cloudAccountId,
  employee_id: ({ ownerId }) => ownerId,
  pool_id: ({ poolId }) => poolId,
  region: ({ region }) => region,
  service_name: ({ serviceName }) => serviceName,
  active: ({ active }) => active,
  is_environment: ({ kind }) => kind === "ENVIRONMENT",
  constraint_violated: ({ constraintViolated }) => constraintViolated,
  saving: ({ saving }) => saving,
  cost: ({ cost }) => cost,
  first_seen: ({ firstSeen }) => firstSeen,
  last_seen: ({ lastSeen }) => lastSeen,
  tags: ({ tags }) => tags,
  total_cost: ({ document }) => document.total_cost,
  cluster_type_id: ({ document }) => document.cluster_type_id,
};

describe.each(cases.filter(({ endpoint }) => endpoint === "clean_expenses"))("$id: $title", (one) => {
  test("rows, count and cost are the original's", async () => {
    const scope = await scopeOf(one);
    const { expect: expected } = one;
    const [totals, rows] = await Promise.all([
      expenses.totals(scope),
      collect(expenses.rows(scope, lastNumber(one.query, "limit"), { clusterSaving: "v2" })),
    ]);
    const ids = rows.map(({ id }) => id);
    if (expected.body && "total_count" in expected.body) expect(totals.count).toBe(expected.body.total_count);
    if (expected.total_cost) expect(totals.cost).toBeCloseTo(expected.total_cost.value, 12);
    if (expected.count !== undefined) expect(rows).toHaveLength(expected.count);
    if (expected.order) expect(ids).toEqual(expected.order);
    if (expected.order_prefix) expect(ids.slice(0, expected.order_prefix.length)).toEqual(expected.order_prefix);
    if (expected.ids) expect(ids.toSorted()).toEqual(expected.ids.toSorted());
    const traffic = await expenses.traffic(
      scope,
      rows.flatMap(({ cloudResourceId }) => cloudResourceId ?? []),
    );
    for (const expectedRow of expected.rows ?? []) {
      const row = rows.find(({ id }) => id === expectedRow.id) as ExpenseRow;
      for (const [key, value] of Object.entries(expectedRow)) {
        if (shown[key]) expect({ [key]: shown[key](row) }).toEqual({ [key]: value });
        if (key === "traffic_expenses") expect(traffic.get(row.cloudResourceId as string)).toEqual(value);
      }
    }
  });
});

describe.each(cases.filter(({ endpoint }) => endpoint === "summary_expenses"))("$id: $title", (one) => {
  test("the totals are the original's", async () => {
    const totals = await expenses.totals(await scopeOf(one), { as: "summary" });
    expect(totals).toEqual({
      count: one.expect.body?.total_count,
      cost: expect.closeTo(one.expect.total_cost?.value as number, 9),
      saving: one.expect.body?.total_saving ?? expect.any(Number),
    });
  });
});

describe.each(cases.filter(({ endpoint }) => endpoint === "breakdown_expenses"))("$id: $title", (one) => {
  test("totals, days and groups are the original's", async () => {
    const scope = await scopeOf(one);
    const by = one.query.find(([name]) => name === "breakdown_by")?.[1];
    const found = await expenses.breakdown(scope, by === undefined ? null : (dimensions[by] ?? null));
    const { body = {} } = one.expect;
    expect(found).toMatchObject({
      total: body.total,
      previousTotal: body.previous_total,
      previous: { start: body.previous_range_start },
    });
    const counts = body.counts as Record<string, { total: number; previous_total: number }>;
    expect(
      Object.fromEntries(
        found.groups.map(({ key, total, previousTotal }) => [`${key}`, { total, previous_total: previousTotal }]),
      ),
    ).toEqual(
      Object.fromEntries(
        Object.entries(counts).map(([key, { total, previous_total }]) => [key, { total, previous_total }]),
      ),
    );
    const days: Record<string, Record<string, { cost: number }>> = {};
    for (const { key, daily } of found.groups) {
      for (const { date, cost } of daily) days[date] = { ...days[date], [`${key}`]: { cost } };
    }
    for (const [day, groups] of Object.entries(body.breakdown as typeof days)) {
      expect(days[day] ?? {}).toEqual(
        Object.fromEntries(Object.entries(groups).map(([key, { cost }]) => [key, { cost }])),
      );
    }
  });
});

async function collect(batches: AsyncIterable<readonly ExpenseRow[]>): Promise<ExpenseRow[]> {
  const rows: ExpenseRow[] = [];
  for await (const batch of batches) rows.push(...batch);
  return rows;
}
