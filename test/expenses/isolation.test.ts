import { afterAll, beforeAll, expect, test } from "vitest";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { ExpenseFilter } from "../../src/expenses/filter.js";
import type { ExpenseSource } from "../../src/expenses/source.js";
import type { Stores } from "../../src/stores/stores.js";
import { account, collected, DAY, keep, scopeOf, T0 } from "./acme.js";
import { temporaryStores } from "./temporary-stores.js";

/*
 * Other Inc. shares the store with Acme, and its rows name Acme's ids wherever a row can name one: a member of Acme's
 * cluster, charges of Acme's resource, traffic of Acme's cloud id, a resource with the id of one of Acme's.
 */
const seen = { first_seen: T0, last_seen: T0 + DAY, deleted_at: 0 };
const theirs = {
  ...seen,
  cloud_account_id: "x1",
  region: "their-region",
  tags: { their: "tag" },
  pool_id: "their-pool",
};
const recommended = { recommendations: { run_timestamp: T0, modules: [{ saving: 1_000 }] } };
const set = {
  documents: [
    { id: "r1", cloud_account_id: "a1", cloud_resource_id: "i-1", ...seen },
    { id: "c1", organization_id: "acme", cluster_type_id: "t", ...seen },
    { id: "m1", cloud_account_id: "a1", cluster_id: "c1", ...seen },
    { id: "lost", cloud_account_id: "a1", cluster_id: "xc", ...seen },
    { id: "r1", cloud_resource_id: "i-1", ...theirs, ...recommended },
    { id: "xr", cloud_resource_id: "i-1", ...theirs, ...recommended },
    { id: "xm", cluster_id: "c1", ...theirs, ...recommended },
    { id: "xc", organization_id: "other", cluster_type_id: "t", resource_type: "theirs", ...seen },
    { id: "xr2", cluster_id: "xc", ...theirs },
  ],
  charges: [
    { cloud_account_id: "a1", resource_id: "r1", date: T0, cost: 1 },
    { cloud_account_id: "a1", resource_id: "m1", date: T0, cost: 2 },
    { cloud_account_id: "a1", resource_id: "lost", date: T0, cost: 4 },
    // Charged to an account of Acme, but of a resource that is not Acme's.
    { cloud_account_id: "a1", resource_id: "xr", date: T0, cost: 1_000 },
    { cloud_account_id: "x1", resource_id: "r1", date: T0, cost: 1_000 },
    { cloud_account_id: "x1", resource_id: "m1", date: T0, cost: 1_000 },
    { cloud_account_id: "x1", resource_id: "xr", date: T0, cost: 1_000 },
    { cloud_account_id: "x1", resource_id: "xm", date: T0, cost: 1_000 },
  ],
  traffic: [
    { cloud_account_id: "x1", resource_id: "i-1", date: T0, from: "their-from", to: "t", usage: 1, cost: 1_000 },
  ],
};
const window = { start: T0, end: T0 + DAY };
const all = (filter: ExpenseFilter = {}) => scopeOf([account("a1")], window, filter);

let stores: Stores;
let expenses: ExpenseSource;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = clickHouseExpenses(stores.clickHouse);
  await keep(stores.clickHouse, set);
});
afterAll(async () => stores[Symbol.asyncDispose]());

test("totals, rows and pages hold the organization's own rows and charges only", async () => {
  for (const as of ["rows", "summary"] as const) {
    expect(await expenses.totals(all(), { as })).toEqual({ count: 3, cost: 7, saving: 0 });
  }
  const rows = await collected(expenses.rows(all(), undefined));
  expect(rows.map(({ id, cost, saving }) => ({ id, cost, saving }))).toEqual([
    // A cluster of somebody else is no cluster: who names it stands for itself.
    { id: "lost", cost: 4, saving: 0 },
    { id: "c1", cost: 2, saving: 0 },
    { id: "r1", cost: 1, saving: 0 },
  ]);
  const page = await expenses.page(all(), { first: 10, order: { field: "COST", direction: "DESC" } });
  expect(page.rows).toEqual(rows);
  expect(JSON.stringify(rows)).not.toContain("their");
});

test.each<[string, ExpenseFilter]>([
  ["a resource's id", { resourceIds: ["xr", "xm", "xc", "xr2"] }],
  ["a region", { regions: ["their-region"] }],
  ["a tag", { tags: ["their"] }],
  ["a cluster's type", { resourceTypes: [{ name: "theirs", kind: "CLUSTER" }] }],
  ["traffic", { trafficFrom: [{ region: "their-from", cloudType: "aws_cnr" }] }],
  ["any traffic", { trafficFrom: ["ANY"] }],
])("asking by another organization's %s finds nothing", async (_what, filter) => {
  expect(await expenses.totals(all(filter))).toEqual({ count: 0, cost: 0, saving: 0 });
  expect(await collected(expenses.rows(all(filter), undefined))).toEqual([]);
  expect(await expenses.breakdown(all(filter), "REGION")).toMatchObject({ total: 0, groups: [] });
});

test("asking by a shared resource id finds the organization's own one", async () => {
  expect(await collected(expenses.rows(all({ resourceIds: ["r1"] }), undefined))).toMatchObject([
    { id: "r1", cost: 1 },
  ]);
});

test("breakdowns, available values, traffic and costs of cloud resources stay inside, too", async () => {
  expect((await expenses.breakdown(all(), "REGION")).groups).toMatchObject([{ key: null, total: 7 }]);
  expect(JSON.stringify(await expenses.availableValues(all()))).not.toContain("their");
  expect(await expenses.traffic(all(), ["i-1"])).toEqual(new Map());
  expect(await expenses.costByAccount(all())).toEqual(new Map([["a1", 7]]));
  expect(await expenses.costOfCloudResources(all(), ["i-1"])).toEqual([
    { cloudResourceId: "i-1", foundBy: "i-1", cloudAccountId: "a1", cost: 1 },
  ]);
});

test("clusters alone read the organization's own clusters", async () => {
  const scope = all({ cloudAccountIds: [null] });
  expect(await collected(expenses.rows(scope, undefined))).toMatchObject([{ id: "c1", cost: 2 }]);
  expect(await expenses.totals(scope)).toEqual({ count: 1, cost: 2, saving: 0 });
});

test("an organization without accounts reads nothing", async () => {
  const none = scopeOf([], window);
  expect(await expenses.totals(none)).toMatchObject({ cost: 0 });
  expect(await expenses.costOfCloudResources(none, ["i-1"])).toEqual([]);
  expect((await expenses.breakdown(none, null)).total).toBe(0);
});
