import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { ExpenseFilter } from "../../src/expenses/filter.js";
import type { ExpenseSource } from "../../src/expenses/source.js";
import type { Stores } from "../../src/stores/stores.js";
import { account, DAY, keep, scopeOf, T0 } from "./acme.js";
import { temporaryStores } from "./temporary-stores.js";

const accounts = [account("a1"), account("a2"), account("z1", "AZURE_CNR")];
const window = { start: T0, end: T0 + DAY };
const seen = { first_seen: T0, last_seen: T0, deleted_at: 0 };
const scope = (filter: ExpenseFilter = {}) => scopeOf(accounts, window, filter, T0);

let stores: Stores;
let expenses: ExpenseSource;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = clickHouseExpenses(stores.clickHouse);
});
afterAll(async () => stores[Symbol.asyncDispose]());

describe("available values", () => {
  beforeAll(() =>
    keep(stores.clickHouse, {
      documents: [
        {
          id: "r1",
          cloud_account_id: "a1",
          cloud_resource_id: "i-1",
          region: "one",
          resource_type: "Instance",
          ...seen,
          tags: { env: "x" },
          active: true,
        },
        {
          id: "r2",
          cloud_account_id: "a2",
          region: "one",
          pool_id: "p",
          employee_id: "o",
          ...seen,
          tags: { team: "y" },
        },
        {
          id: "r3",
          cloud_account_id: "z1",
          region: "one",
          resource_type: "Instance",
          is_environment: true,
          ...seen,
          recommendations: { run_timestamp: T0, modules: [] },
        },
        { id: "old", cloud_account_id: "a1", region: "past", ...seen, last_seen: T0 - 1, tags: { past: "x" } },
        { id: "c", organization_id: "acme", cluster_type_id: "t", resource_type: "awesome", ...seen },
        { id: "m", cloud_account_id: "a1", cluster_id: "c", region: "hidden", ...seen, tags: { hidden: "x" } },
      ],
      charges: [],
      traffic: [
        { cloud_account_id: "a1", resource_id: "i-1", date: T0, from: "f1", to: "t1", usage: 2, cost: 3 },
        { cloud_account_id: "a1", resource_id: "i-1", date: T0 + DAY, from: "f1", to: "t1", usage: 4, cost: 5 },
        { cloud_account_id: "z1", resource_id: "i-1", date: T0, from: "f1", to: "t2", usage: 1, cost: 1 },
        { cloud_account_id: "a1", resource_id: "i-1", date: T0 - 1, from: "early", to: "t1", usage: 1, cost: 1 },
        { cloud_account_id: "a1", resource_id: "i-unknown", date: T0, from: "stray", to: "t1", usage: 1, cost: 1 },
      ],
    }),
  );

  test("are those of the matches, once for each kind of cloud, members of clusters left out", async () => {
    expect(await expenses.availableValues(scope())).toEqual({
      cloudAccountIds: ["a1", "a2", "z1"],
      poolIds: ["p", null],
      ownerIds: ["o", null],
      regions: [
        { value: "one", cloudAccountId: "a1" },
        { value: "one", cloudAccountId: "z1" },
        { value: null, cloudAccountId: "" },
      ],
      serviceNames: [{ value: null, cloudAccountId: "" }],
      k8sNamespaces: [{ value: null, cloudAccountId: "" }],
      k8sNodes: [{ value: null, cloudAccountId: "" }],
      k8sServices: [{ value: null, cloudAccountId: "" }],
      resourceTypes: [
        { name: "Instance", kind: "ENVIRONMENT" },
        { name: "Instance", kind: "REGULAR" },
        { name: "awesome", kind: "CLUSTER" },
      ],
      tags: ["env", "team"],
      active: [false, true],
      recommendations: [false, true],
      constraintViolated: [false],
      trafficFrom: [
        { region: "f1", cloudAccountId: "a1" },
        { region: "f1", cloudAccountId: "z1" },
      ],
      trafficTo: [
        { region: "t1", cloudAccountId: "a1" },
        { region: "t2", cloudAccountId: "z1" },
      ],
    });
  });

  test("follow the filter", async () => {
    expect(await expenses.availableValues(scope({ active: true }))).toMatchObject({
      cloudAccountIds: ["a1"],
      tags: ["env"],
      poolIds: [null],
      active: [true],
    });
  });

  test("of nothing are empty", async () => {
    const found = await expenses.availableValues(scope({ regions: ["nowhere"] }));
    expect(Object.values(found).flat()).toEqual([]);
  });

  test("traffic is summed over the window for each account and pair of places, as far as the filter lets it pass", async () => {
    const facts = [
      { from: "f1", to: "t1", usage: 6, cost: 8 },
      { from: "f1", to: "t2", usage: 1, cost: 1 },
    ];
    expect(await expenses.traffic(scope(), ["i-1", "i-2"])).toEqual(new Map([["i-1", facts]]));
    const azure = { trafficFrom: [{ region: "f1", cloudType: "Azure_CNR" }] };
    expect(await expenses.traffic(scope(azure), ["i-1"])).toEqual(new Map([["i-1", facts.slice(1)]]));
    expect(await expenses.traffic(scope({ cloudAccountIds: ["a1"] }), ["i-1"])).toEqual(
      new Map([["i-1", facts.slice(0, 1)]]),
    );
    expect(await expenses.traffic(scope({ trafficTo: [null] }), ["i-1"])).toEqual(new Map());
    expect(await expenses.traffic(scope(), [])).toEqual(new Map());
  });
});

describe("breakdown", () => {
  beforeAll(() =>
    keep(stores.clickHouse, {
      documents: [
        {
          id: "r1",
          cloud_account_id: "a1",
          region: "one",
          resource_type: "Instance",
          first_seen: 0,
          last_seen: T0 + DAY,
          deleted_at: 0,
        },
        { id: "r2", cloud_account_id: "a1", resource_type: "Instance", is_environment: true, ...seen },
        { id: "c", organization_id: "acme", cluster_type_id: "t", resource_type: "awesome", ...seen },
        { id: "m", cloud_account_id: "a2", cluster_id: "c", region: "one", resource_type: "Instance", ...seen },
      ],
      charges: [
        { cloud_account_id: "a1", resource_id: "r1", date: T0, cost: 1 },
        { cloud_account_id: "a1", resource_id: "r1", date: T0 + DAY, cost: 2 },
        { cloud_account_id: "a1", resource_id: "r1", date: T0 - DAY, cost: 4 },
        { cloud_account_id: "a1", resource_id: "r2", date: T0, cost: 100 },
        { cloud_account_id: "a2", resource_id: "m", date: T0, cost: 8 },
      ],
    }),
  );

  test("has groups dearest first, with their days, and the window before", async () => {
    const noon = scopeOf(accounts, { start: T0 + DAY / 2, end: T0 + DAY });
    expect(await expenses.breakdown({ ...noon, window: { start: T0, end: T0 + DAY + 7 } }, "REGION")).toEqual({
      window: { start: T0, end: T0 + 2 * DAY - 1 },
      previous: { start: T0 - 2 * DAY, end: T0 - 1 },
      total: 111,
      previousTotal: 4,
      groups: [
        { key: null, total: 100, previousTotal: 0, daily: [{ date: T0, cost: 100 }] },
        {
          key: "one",
          total: 11,
          previousTotal: 4,
          daily: [
            { date: T0, cost: 9 },
            { date: T0 + DAY, cost: 2 },
          ],
        },
      ],
    });
  });

  test("by type tells the kinds apart; a member of a cluster counts as its own type", async () => {
    const { groups } = await expenses.breakdown(scope(), "RESOURCE_TYPE");
    expect(groups.map(({ key, kind, total }) => ({ key, kind, total }))).toEqual([
      { key: "Instance", kind: "ENVIRONMENT", total: 100 },
      { key: "Instance", kind: "CLUSTER", total: 8 },
      { key: "Instance", kind: "REGULAR", total: 3 },
    ]);
  });

  test("a group's total is what its key finds as a filter", async () => {
    const { groups } = await expenses.breakdown(scope(), "RESOURCE_TYPE");
    for (const { key, kind, total } of groups) {
      const found = await expenses.totals(scope({ resourceTypes: [{ name: key as string, kind: kind ?? "REGULAR" }] }));
      expect(found.cost).toBe(total);
    }
  });

  test("of a window that starts in 1970 compares with nothing", async () => {
    const first = scopeOf(accounts, { start: 0, end: 100 * DAY });
    expect(await expenses.breakdown(first, null)).toMatchObject({ previous: { start: 0 }, previousTotal: 0 });
    const early = scopeOf(accounts, { start: 5 * DAY, end: 100 * DAY });
    expect(await expenses.breakdown(early, null)).toMatchObject({ previous: { start: 0, end: 5 * DAY - 1 } });
  });

  test("spans at most 365 days", async () => {
    const days = (count: number) => scopeOf(accounts, { start: T0 + 5, end: T0 + count * DAY - 5 });
    await expect(expenses.breakdown(days(365), null)).resolves.toBeDefined();
    await expect(expenses.breakdown(days(366), null)).rejects.toThrow(
      expect.objectContaining({ code: "BAD_USER_INPUT", details: { argument: "endDate", reason: "window_too_long" } }),
    );
  });
});

test("cloud resources cost what they add to the cloud bill; unknown ones are left out", async () => {
  const node = (id: string, rest: object) => ({
    id,
    cloud_account_id: "a1",
    cloud_resource_id: "i-1",
    ...seen,
    ...rest,
  });
  await keep(stores.clickHouse, {
    documents: [
      node("r1", {}),
      node("r2", { cloud_resource_id: "i-2", cloud_account_id: "a2", pool_id: "p" }),
      node("idle", { cloud_resource_id: "i-3" }),
      node("dead", { deleted_at: T0 }),
      node("past", { last_seen: T0 - 1 }),
    ],
    charges: ["r1", "r2", "dead", "past"].map((resource_id, index) => ({
      cloud_account_id: "a1",
      resource_id,
      date: T0,
      cost: 10 ** index,
    })),
  });
  expect(await expenses.costOfCloudResources(scope({ pools: [] }), ["i-1", "i-2", "i-3", "i-4"])).toEqual([
    { cloudResourceId: "i-2", foundBy: "i-2", cloudAccountId: "a2", cost: 10 },
    { cloudResourceId: "i-1", foundBy: "i-1", cloudAccountId: "a1", cost: 1 },
    { cloudResourceId: "i-3", foundBy: "i-3", cloudAccountId: "a1", cost: 0 },
  ]);
  expect(await expenses.costOfCloudResources(scope(), [])).toEqual([]);
});
