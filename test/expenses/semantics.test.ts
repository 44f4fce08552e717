import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { BreakdownDimension, ExpenseScope, ExpenseSource } from "../../src/expenses/source.js";
import type { Stores } from "../../src/stores/stores.js";
import { wholeDays } from "../../src/time.js";
import { collected, keep, scopeOf, T0 } from "./acme.js";
import { accounts, books, filters, windows } from "./books.js";
import { countedDocuments, referenceRows } from "./reference.js";
import { temporaryStores } from "./temporary-stores.js";

/** Two sets of books, the same in every run. */
const sets = fc.sample(books(40, 150), { seed: 7, numRuns: 2 });
const RUNS = { numRuns: 15 };

let stores: Stores;
let expenses: ExpenseSource;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = clickHouseExpenses(stores.clickHouse);
});
afterAll(async () => stores[Symbol.asyncDispose]());

const questions = fc.tuple(windows, filters, fc.constantFrom(0, T0));

describe.each(sets.map((set, index) => ({ set, index })))(
  "with books $index, whatever the filter and the window",
  ({ set }) => {
    beforeEach(() => keep(stores.clickHouse, set));

    /** The question put to both: what the naive reading of the contract counts, and the scope for the store. */
    const both = (asked: (scope: ExpenseScope, counted: ReturnType<typeof countedDocuments>) => Promise<void>) =>
      fc.assert(
        fc.asyncProperty(questions, async ([window, filter, lastRun]) => {
          const scope = scopeOf(accounts, window, filter, lastRun);
          await asked(scope, countedDocuments(scope, set));
        }),
        RUNS,
      );

    test("rows and totals are those of the contract", () =>
      both(async (scope, counted) => {
        const [rows, totals] = await Promise.all([collected(expenses.rows(scope, undefined)), expenses.totals(scope)]);
        const expected = referenceRows(counted);
        expect(rows.map(({ id, saving }) => ({ id, saving })).toSorted(byId)).toEqual(
          expected.map(({ id, saving }) => ({ id, saving })).toSorted(byId),
        );
        for (const { id, cost } of expected) expect(rows.find((row) => row.id === id)?.cost).toBeCloseTo(cost, 6);
        expect(totals.count).toBe(expected.length);
        expect(totals.cost).toBeCloseTo(sum(expected.map(({ cost }) => cost)), 5);
        expect(totals.saving).toBeCloseTo(sum(expected.map(({ saving }) => saving)), 6);
      }));

    test("a first page knows the totals, a later one does not", () =>
      both(async (scope) => {
        const order = { field: "REGION", direction: "ASC" } as const;
        const [page, totals] = await Promise.all([expenses.page(scope, { first: 1, order }), expenses.totals(scope)]);
        expect(page.totals).toEqual({
          count: totals.count,
          cost: expect.closeTo(totals.cost, 5),
          saving: expect.closeTo(totals.saving ?? Number.NaN, 6),
        });
        const [after] = page.cursors;
        if (after !== undefined) {
          expect(await expenses.page(scope, { first: 1, after, order })).not.toHaveProperty("totals");
        }
      }));

    test("rows come dearest first, ties by id", () =>
      both(async (scope) => {
        const rows = await collected(expenses.rows(scope, undefined));
        expect(rows.map(({ id }) => id)).toEqual(
          rows.toSorted((a, b) => b.cost - a.cost || byId(a, b)).map(({ id }) => id),
        );
      }));

    test("costs by account add up to the total, each document under its own account", () =>
      both(async (scope, counted) => {
        const costs = await expenses.costByAccount(scope);
        for (const { id } of accounts) {
          const ofAccount = counted.filter(({ document }) => document.cloud_account_id === id);
          expect(costs.get(id) ?? 0).toBeCloseTo(sum(ofAccount.map(({ cost }) => cost)), 5);
        }
        expect([...costs.keys()].filter((id) => !accounts.some((account) => account.id === id))).toEqual([]);
      }));

    test("the groups of a breakdown add up to the total of its whole days", () =>
      fc.assert(
        fc.asyncProperty(questions, dimensions, async ([window, filter, lastRun], by) => {
          const scope = scopeOf(accounts, window, filter, lastRun);
          const widened = { ...scope, window: wholeDays(window) };
          const [found, totals] = await Promise.all([expenses.breakdown(scope, by), expenses.totals(widened)]);
          expect(found.window).toEqual(widened.window);
          expect(found.total).toBeCloseTo(totals.cost, 5);
          expect(sum(found.groups.map(({ total }) => total))).toBeCloseTo(found.total, 5);
          for (const { total, daily } of found.groups) {
            expect(sum(daily.map(({ cost }) => cost))).toBeCloseTo(total, 5);
          }
          const previous = await expenses.totals({ ...scope, window: found.previous });
          expect(found.previousTotal).toBeCloseTo(previous.cost, 5);
        }),
        RUNS,
      ));
  },
);

const dimensions = fc.constantFrom<BreakdownDimension | null>(
  null,
  "CLOUD_ACCOUNT",
  "POOL",
  "OWNER",
  "SERVICE_NAME",
  "REGION",
  "RESOURCE_TYPE",
  "K8S_NODE",
  "K8S_NAMESPACE",
  "K8S_SERVICE",
);

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : Number(a.id > b.id);
}
