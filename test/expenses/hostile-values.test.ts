import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { ExpenseFilter } from "../../src/expenses/filter.js";
import type { ExpenseSource } from "../../src/expenses/source.js";
import type { Stores } from "../../src/stores/stores.js";
import { account, collected, keep, scopeOf, T0 } from "./acme.js";
import { temporaryStores } from "./temporary-stores.js";

const window = { start: T0, end: T0 + 1 };
const seen = { first_seen: T0, last_seen: T0, deleted_at: 0 };
const awkward = ["' OR 1=1 --", "\\", "\\N", "{a:String}", "\u0000", "\t\n\r", '"', "]", "NULL"];
const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }).filter((value) => !/\p{Surrogate}/u.test(value)),
  fc.constantFrom(...awkward),
);

let stores: Stores;
let expenses: ExpenseSource;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = clickHouseExpenses(stores.clickHouse);
});
afterAll(async () => stores[Symbol.asyncDispose]());

test("a value finds exactly the resources that have it, whatever characters it is made of", async () => {
  const values = [...awkward, ...fc.sample(text, { seed: 3, numRuns: 15 })];
  await keep(stores.clickHouse, {
    documents: values.map((value, index) => ({
      id: `r${index}`,
      cloud_account_id: "a1",
      region: value,
      name: value,
      tags: { [value]: "x" },
      ...seen,
    })),
    charges: [],
  });
  for (const value of new Set(values)) {
    const ids = values.flatMap((other, index) => (other === value ? [`r${index}`] : [])).toSorted();
    for (const filter of [{ regions: [value] }, { tags: [value] }]) {
      const rows = await collected(expenses.rows(scopeOf([account("a1")], window, filter), undefined));
      expect(rows.map(({ id }) => id).toSorted()).toEqual(ids);
      expect(rows.map(({ region }) => region)).toEqual(ids.map(() => value));
    }
  }
});

test("no value of any filter makes the store fail", async () => {
  const list = fc.array(fc.option(text, { nil: null }), { minLength: 1, maxLength: 3 });
  const traffic = fc.array(fc.record({ region: text, cloudType: text }), { minLength: 1, maxLength: 2 });
  const types = fc.array(fc.record({ name: text, kind: fc.constantFrom("REGULAR", "CLUSTER", "ENVIRONMENT") }), {
    minLength: 1,
    maxLength: 2,
  });
  const filters = fc.record(
    {
      ownerIds: list,
      regions: list,
      serviceNames: list,
      createdByNames: list,
      k8sServices: list,
      tags: list,
      withoutTags: list,
      trafficFrom: traffic,
      trafficTo: traffic,
      resourceTypes: types,
      resourceIds: fc.array(text, { minLength: 1 }),
      nameLike: text,
      cloudResourceIdLike: text,
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<ExpenseFilter>;
  await fc.assert(
    fc.asyncProperty(filters, async (filter) => {
      const scope = scopeOf([account("a1")], window, filter);
      await expenses.totals(scope);
      await expenses.traffic(scope, [filter.nameLike ?? ""]);
    }),
    { numRuns: 30 },
  );
});

test("a thousand accounts and as many values fit into one question", async () => {
  const accounts = Array.from({ length: 1_000 }, (_, index) => account(`a${index}`));
  const many = Array.from(
    { length: 5_000 },
    (_, index) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  );
  const filter = { resourceIds: many, regions: many };
  expect(await expenses.totals(scopeOf(accounts, window, filter))).toEqual({ count: 0, cost: 0, saving: 0 });
});
