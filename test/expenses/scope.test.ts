import { afterAll, beforeAll, expect, test } from "vitest";
import { Accounts } from "../../src/accounts/accounts.js";
import type { ExpenseFilter } from "../../src/expenses/filter.js";
import { resolveScope } from "../../src/expenses/scope.js";
import { importSnapshot } from "../../src/imports/snapshot.js";
import type { Stores } from "../../src/stores/stores.js";
import { acme, T0 } from "./acme.js";
import { temporaryStores } from "./temporary-stores.js";

const window = { start: T0, end: T0 + 1 };
let stores: Stores;
let accounts: Accounts;
beforeAll(async () => {
  stores = await temporaryStores();
  accounts = new Accounts(stores);
  await importSnapshot(stores, {
    organizations: [
      { id: "acme", name: "Acme", pool_id: "root", currency: "USD", deleted_at: 0 },
      { id: "other", name: "Other", pool_id: null, currency: "USD", deleted_at: 0 },
      { id: "bare", name: "Bare", pool_id: null, currency: "USD", deleted_at: 0 },
    ],
    cloud_accounts: [
      { id: "a1", organization_id: "acme", name: "one", type: "aws_cnr", deleted_at: 0 },
      { id: "a2", organization_id: "acme", name: "two", type: "azure_cnr", deleted_at: 0 },
      { id: "gone", organization_id: "acme", name: "gone", type: "aws_cnr", deleted_at: T0 },
      { id: "x1", organization_id: "other", name: "theirs", type: "aws_cnr", deleted_at: 0 },
    ],
    pools: [
      { id: "root", organization_id: "acme", name: "Acme", parent_id: null, purpose: "business_unit", deleted_at: 0 },
      { id: "team", organization_id: "acme", name: "team", parent_id: "root", purpose: "team", deleted_at: 0 },
      { id: "dead", organization_id: "acme", name: "dead", parent_id: "root", purpose: "team", deleted_at: T0 },
      { id: "orphan", organization_id: "acme", name: "orphan", parent_id: "dead", purpose: "team", deleted_at: 0 },
      { id: "theirs", organization_id: "other", name: "Other", parent_id: "root", purpose: "team", deleted_at: 0 },
    ],
    employees: [
      { id: "o1", organization_id: "acme", name: "Ann", deleted_at: 0 },
      { id: "left", organization_id: "acme", name: "Bob", deleted_at: T0 },
      { id: "xo", organization_id: "other", name: "Eve", deleted_at: 0 },
    ],
    checklists: [{ organization_id: "acme", last_completed: 42 }],
  });
});
afterAll(async () => stores[Symbol.asyncDispose]());

const scopeFor = (filter: ExpenseFilter) => resolveScope(accounts, acme, window, filter);

test("without a filter all live accounts and the clusters are read", async () => {
  expect(await scopeFor({})).toMatchObject({
    selectedAccountIds: ["a1", "a2"],
    includesClusterRecords: true,
    namesAccounts: false,
    poolIds: undefined,
    lastCompletedChecklist: 42,
  });
});

test("empty lists do not filter", async () => {
  expect(await scopeFor({ cloudAccountIds: [], pools: [], ownerIds: [] })).toMatchObject({
    selectedAccountIds: ["a1", "a2"],
    includesClusterRecords: true,
    namesAccounts: false,
    poolIds: undefined,
  });
});

test("named accounts are read, clusters only when null is among them", async () => {
  expect(await scopeFor({ cloudAccountIds: ["a2", "a2"] })).toMatchObject({
    selectedAccountIds: ["a2"],
    includesClusterRecords: false,
    namesAccounts: true,
  });
  expect(await scopeFor({ cloudAccountIds: [null] })).toMatchObject({
    selectedAccountIds: [],
    includesClusterRecords: true,
    namesAccounts: true,
  });
});

test("a subtree holds the live descendants; a deleted pool cuts off what lies below it", async () => {
  const { poolIds } = await scopeFor({ pools: [{ id: "root", withDescendants: true }] });
  expect(poolIds?.toSorted()).toEqual(["root", "team"]);
});

test("pools without descendants and no pool at all stay as they are", async () => {
  const pools = [
    { id: "root", withDescendants: false },
    { id: null, withDescendants: true },
  ];
  expect((await scopeFor({ pools })).poolIds).toEqual(["root", null]);
});

test.each<[string, ExpenseFilter, string, string[]]>([
  [
    "pools",
    {
      pools: [
        { id: "dead", withDescendants: false },
        { id: "theirs", withDescendants: true },
      ],
    },
    "pools",
    ["theirs", "dead"],
  ],
  ["accounts", { cloudAccountIds: ["nope", null, "a1", "x1", "gone"] }, "cloudAccountIds", ["nope", "x1", "gone"]],
  ["owners", { ownerIds: ["left", "o1", "xo", ""] }, "ownerIds", ["left", "xo", ""]],
])("unknown, deleted and other organizations' %s are named and refused", async (_what, filter, field, values) => {
  await expect(scopeFor(filter)).rejects.toThrow(
    expect.objectContaining({ code: "FILTER_VALUE_UNKNOWN", details: { field, values } }),
  );
});

test("pools are judged before accounts, and accounts before owners", async () => {
  const unknown = { pools: [{ id: "?", withDescendants: false }], cloudAccountIds: ["?"], ownerIds: ["?"] };
  const field = (filter: ExpenseFilter) => scopeFor(filter).catch(({ details }) => details.field);
  expect(await field(unknown)).toBe("pools");
  expect(await field({ ...unknown, pools: [] })).toBe("cloudAccountIds");
  expect(await field({ ownerIds: unknown.ownerIds })).toBe("ownerIds");
});

test("an organization without accounts is told so, after its filter values were judged", async () => {
  const bare = { id: "bare", name: "Bare", currency: "USD", poolId: null };
  const code = (filter: ExpenseFilter) => resolveScope(accounts, bare, window, filter).catch((error) => error.code);
  expect(await code({})).toBe("NO_CLOUD_ACCOUNTS");
  expect(await code({ ownerIds: ["?"] })).toBe("FILTER_VALUE_UNKNOWN");
  expect(await code({ cloudAccountIds: ["a1"] })).toBe("FILTER_VALUE_UNKNOWN");
});
