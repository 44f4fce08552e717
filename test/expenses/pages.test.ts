import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayError } from "../../src/errors.js";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { ExpenseOrder, ExpenseOrderField, ExpenseRow, ExpenseSource } from "../../src/expenses/source.js";
import type { Stores } from "../../src/stores/stores.js";
import { collected, DAY, keep, scopeOf, T0 } from "./acme.js";
import { accounts, books } from "./books.js";
import { temporaryStores } from "./temporary-stores.js";

const [set] = fc.sample(books(150, 400), { seed: 11, numRuns: 1 });
const scope = scopeOf(accounts, { start: T0 - 5 * DAY, end: T0 + 10 * DAY });

const fields: Record<ExpenseOrderField, (row: ExpenseRow) => string | number | null> = {
  COST: ({ cost }) => cost,
  NAME: ({ resourceName }) => resourceName,
  REGION: ({ region }) => region,
  SERVICE_NAME: ({ serviceName }) => serviceName,
  RESOURCE_TYPE: ({ resourceType }) => resourceType,
  FIRST_SEEN: ({ firstSeen }) => firstSeen,
  LAST_SEEN: ({ lastSeen }) => lastSeen,
};
const orders = (Object.keys(fields) as ExpenseOrderField[]).flatMap((field): ExpenseOrder[] => [
  { field, direction: "ASC" },
  { field, direction: "DESC" },
]);

let stores: Stores;
let expenses: ExpenseSource;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = clickHouseExpenses(stores.clickHouse);
  if (set) await keep(stores.clickHouse, set);
});
afterAll(async () => stores[Symbol.asyncDispose]());

/** By value, absent ones last in both directions, ties by id. */
function inOrder({ field, direction }: ExpenseOrder) {
  return (a: ExpenseRow, b: ExpenseRow): number => {
    const [left, right] = [fields[field](a), fields[field](b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || compare(a.id, b.id);
    return (direction === "ASC" ? compare(left, right) : compare(right, left)) || compare(a.id, b.id);
  };
}

/** Text as ClickHouse compares it: by its UTF-8 bytes. */
function compare(a: string | number, b: string | number): number {
  return typeof a === "string" && typeof b === "string"
    ? Buffer.compare(Buffer.from(a), Buffer.from(b))
    : Number(a) - Number(b);
}

test.each(orders)(
  "pages by $field $direction, put together, are all rows in that order, whatever the page size",
  async (order) => {
    const all = await collected(expenses.rows(scope, undefined));
    expect(all.length).toBeGreaterThan(20);
    const first = 1 + (all.length % 13) + orders.indexOf(order);
    const found: ExpenseRow[] = [];
    let after: string | undefined;
    do {
      const page = await expenses.page(scope, { first, after, order });
      expect(page.rows).toHaveLength(Math.min(first, all.length - found.length));
      expect(page.cursors).toHaveLength(page.rows.length);
      expect(page.hasPreviousPage).toBe(after !== undefined);
      found.push(...page.rows);
      expect(page.hasNextPage).toBe(found.length < all.length);
      after = page.hasNextPage ? page.cursors.at(-1) : undefined;
    } while (after !== undefined);
    expect(found.map(({ id }) => id)).toEqual(all.toSorted(inOrder(order)).map(({ id }) => id));
  },
);

test("a page may start behind any row of another one", async () => {
  const order = { field: "COST", direction: "DESC" } as const;
  const { rows, cursors } = await expenses.page(scope, { first: 12, order });
  for (const [index, after] of cursors.entries()) {
    const rest = await expenses.page(scope, { first: 12 - index, after, order });
    expect(rest.rows.slice(0, 11 - index).map(({ id }) => id)).toEqual(rows.slice(index + 1).map(({ id }) => id));
  }
});

test("a cursor of another order is refused", async () => {
  const { cursors } = await expenses.page(scope, { first: 1, order: { field: "COST", direction: "DESC" } });
  for (const order of orders) {
    const asked = expenses.page(scope, { first: 1, after: cursors[0], order });
    if (order.field === "COST" && order.direction === "DESC") await expect(asked).resolves.toBeDefined();
    else await expect(asked).rejects.toThrow(expect.objectContaining({ code: "BAD_USER_INPUT" }));
  }
});

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("whatever is passed as a cursor is a position or a refusal, never a failure of the store", async () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.jsonValue().map(encoded),
    fc
      .tuple(
        fc.constantFrom(...Object.keys(fields)),
        fc.constantFrom("ASC", "DESC"),
        fc.oneof(
          fc.string(),
          fc.bigInt().map(String),
          fc.constant(null),
          fc.constantFrom("9223372036854775808", "-0", "1e9", ""),
        ),
        fc.oneof(fc.string(), fc.constant(null)),
      )
      .map(encoded),
  );
  await fc.assert(
    fc.asyncProperty(hostile, fc.constantFrom(...orders), async (after, order) => {
      await expenses.page(scope, { first: 1, after, order }).catch((error: unknown) => {
        expect(error).toBeInstanceOf(GatewayError);
        expect((error as GatewayError).code).toBe("BAD_USER_INPUT");
      });
    }),
    { numRuns: 150 },
  );
});
