import { afterAll, beforeAll, expect, test } from "vitest";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { ExpenseFilter } from "../../src/expenses/filter.js";
import type { ExpenseSource } from "../../src/expenses/source.js";
import type { Stores } from "../../src/stores/stores.js";
import { account, type Charge, collected, DAY, keep, scopeOf, T0 } from "./acme.js";
import { temporaryStores } from "./temporary-stores.js";

const accounts = [account("a1"), account("a2")];
const window = { start: T0, end: T0 + 2 * DAY };
const document = (id: string, rest: object = {}) => ({
  id,
  cloud_account_id: "a1",
  first_seen: T0,
  last_seen: T0 + DAY,
  deleted_at: 0,
  ...rest,
});

let stores: Stores;
let expenses: ExpenseSource;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = clickHouseExpenses(stores.clickHouse);
});
afterAll(async () => stores[Symbol.asyncDispose]());

const charge = (resource_id: string, cost: number, rest: Partial<Charge> = {}): Charge => ({
  cloud_account_id: "a1",
  resource_id,
  date: T0,
  cost,
  ...rest,
});
const costs = async (filter: ExpenseFilter = {}) =>
  Object.fromEntries(
    (await collected(expenses.rows(scopeOf(accounts, window, filter), undefined))).map(({ id, cost }) => [id, cost]),
  );

test("both bounds of the window are inclusive, for charges to the second", async () => {
  const days = [-1, 0, 1, 2, 3].map((day, index) => charge("r", 2 ** index, { date: T0 + day * DAY }));
  await keep(stores.clickHouse, { documents: [document("r")], charges: days });
  expect(await costs()).toEqual({ r: 2 + 4 + 8 });
  const short = await expenses.totals(scopeOf(accounts, { start: T0 + 1, end: T0 + 2 * DAY - 1 }));
  expect(short.cost).toBe(4);
});

test("what was taken back as a whole does not count, even where the amounts differ", async () => {
  await keep(stores.clickHouse, {
    documents: [document("r"), document("s")],
    charges: [
      charge("r", 10),
      charge("r", 12, { date: T0 + DAY, sign: -1 }),
      charge("r", 5, { cloud_account_id: "a2" }),
      charge("s", 10),
      charge("s", 4, { date: T0 + DAY, sign: -1 }),
      charge("s", 1, { date: T0 + 2 * DAY }),
    ],
  });
  expect(await costs()).toEqual({ r: 5, s: 7 });
  expect((await expenses.totals(scopeOf(accounts, window))).cost).toBe(12);
  expect((await expenses.breakdown(scopeOf(accounts, window), null)).total).toBe(12);
});

test("a resource charged under two accounts costs the sum, in its row as in the total", async () => {
  await keep(stores.clickHouse, {
    documents: [document("r")],
    charges: [charge("r", 3), charge("r", 4, { cloud_account_id: "a2" })],
  });
  expect(await costs()).toEqual({ r: 7 });
  expect((await expenses.totals(scopeOf(accounts, window))).cost).toBe(7);
});

test("with accounts named, other accounts' charges count for clusters shown whole and for summaries only", async () => {
  await keep(stores.clickHouse, {
    documents: [
      document("r"),
      document("c", { cloud_account_id: undefined, organization_id: "acme", cluster_type_id: "t" }),
      document("m", { cluster_id: "c" }),
    ],
    charges: [charge("r", 1), ...["r", "m"].map((id) => charge(id, 10, { cloud_account_id: "a2" }))],
  });
  const filter = { cloudAccountIds: ["a1", null] };
  expect(await costs(filter)).toEqual({ r: 1, c: 10 });
  const scope = scopeOf(accounts, window, filter);
  expect((await expenses.totals(scope)).cost).toBe(11);
  expect((await expenses.totals(scope, { as: "summary" })).cost).toBe(21);
  expect((await expenses.breakdown(scope, "CLOUD_ACCOUNT")).total).toBe(11);
  expect(await costs({ cloudAccountIds: ["a1"] })).toEqual({ r: 1 });
  expect(await costs()).toEqual({ r: 11, c: 10 });
});

test("a summary counts a cluster that is found with all its live members, and one without any", async () => {
  const cluster = { cloud_account_id: undefined, organization_id: "acme", cluster_type_id: "t", tags: { team: "a" } };
  const saving = (amount: number) => ({ recommendations: { run_timestamp: T0, modules: [{ saving: amount }] } });
  await keep(stores.clickHouse, {
    documents: [
      document("c", cluster),
      document("empty", cluster),
      document("tagged", { cluster_id: "c", tags: { team: "a" }, ...saving(1) }),
      document("plain", { cluster_id: "c", ...saving(2) }),
      document("deleted", { cluster_id: "c", deleted_at: T0, ...saving(4) }),
    ],
    charges: [charge("tagged", 10), charge("plain", 20), charge("deleted", 40)],
  });
  const scope = scopeOf(accounts, window, { tags: ["team"] });
  expect(await expenses.totals(scope)).toEqual({ count: 1, cost: 10, saving: 1 });
  expect(await expenses.totals(scope, { as: "summary" })).toEqual({ count: 2, cost: 30, saving: 3 });
  const untagged = scopeOf(accounts, window, { withoutTags: ["team"] });
  expect(await expenses.totals(untagged, { as: "summary" })).toEqual({ count: 1, cost: 20, saving: 2 });
});

test("one charge is shown to the last bit, and many add up the same in whatever order they are stored", async () => {
  const odd = [372.29, 1e-9, 0.1 + 0.2, 1e15, 123456789.123, 5e-324];
  const sums = Array.from({ length: 200 }, (_, day) => (day % 7) / 10 + 1e-7 / (day + 1));
  await keep(stores.clickHouse, {
    documents: [...odd.map((_, index) => document(`r${index}`)), document("up"), document("down")],
    charges: odd.map((cost, index) => charge(`r${index}`, cost)),
  });
  const wide = { start: T0 - 400 * DAY, end: T0 };
  for (const [id, series] of [
    ["up", sums],
    ["down", sums.toReversed()],
  ] as const) {
    await stores.clickHouse.insert(
      "expenses",
      series.map((cost, day) => ({ sign: 1, ...charge(id, cost, { date: T0 - day * DAY }) })),
    );
  }
  const found = await costs();
  for (const [index, cost] of odd.entries()) {
    if (cost > 1e-300) expect(found[`r${index}`]).toBe(cost);
  }
  const rows = await collected(expenses.rows(scopeOf(accounts, wide, { resourceIds: ["up", "down"] }), undefined));
  expect(rows[0]?.cost).toBe(rows[1]?.cost);
  expect(rows.map(({ id }) => id)).toEqual(["down", "up"]);
});
