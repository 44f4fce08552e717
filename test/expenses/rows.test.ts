import { afterAll, beforeAll, expect, test } from "vitest";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { ExpenseRow, ExpenseSource } from "../../src/expenses/source.js";
import type { Stores } from "../../src/stores/stores.js";
import { account, collected, DAY, keep, scopeOf, T0 } from "./acme.js";
import { temporaryStores } from "./temporary-stores.js";

const window = { start: T0, end: T0 + DAY };
const scope = scopeOf([account("a1")], window);
const seen = { first_seen: T0, last_seen: T0, deleted_at: 0 };

let stores: Stores;
let expenses: ExpenseSource;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = clickHouseExpenses(stores.clickHouse);
});
afterAll(async () => stores[Symbol.asyncDispose]());

test("a row is its document, told in the domain's words", async () => {
  const document = {
    id: "r",
    cloud_account_id: "a1",
    cloud_resource_id: "i-1",
    name: "web",
    resource_type: "Instance",
    region: "eu-west-1",
    service_name: null,
    employee_id: "o1",
    active: true,
    tags: { "aws:createdBy": "x", "a.b": "c" },
    meta: { flavor: "t2.large", nested: { list: [1, null] } },
    applied_rules: [{ id: "rule" }],
    ...seen,
  };
  await keep(stores.clickHouse, {
    documents: [document],
    charges: [{ cloud_account_id: "a1", resource_id: "r", date: T0, cost: 10.5 }],
  });
  expect(await collected(expenses.rows(scope, undefined))).toEqual([
    {
      id: "r",
      organizationId: scope.organization.id,
      kind: "REGULAR",
      cost: 10.5,
      saving: 0,
      cloudAccountId: "a1",
      cloudResourceId: "i-1",
      resourceName: "web",
      resourceType: "Instance",
      region: "eu-west-1",
      serviceName: null,
      ownerId: "o1",
      poolId: null,
      active: true,
      constraintViolated: false,
      firstSeen: T0,
      lastSeen: T0,
      tags: document.tags,
      meta: document.meta,
      document,
    } satisfies ExpenseRow,
  ]);
});

test("clusters and environments are told apart", async () => {
  await keep(stores.clickHouse, {
    documents: [
      { id: "c", organization_id: "acme", cluster_type_id: "t", resource_type: "awesome", ...seen },
      { id: "m", cloud_account_id: "a1", cluster_id: "c", ...seen },
      { id: "e", cloud_account_id: "a1", is_environment: true, ...seen },
    ],
    charges: [{ cloud_account_id: "a1", resource_id: "m", date: T0, cost: 1 }],
  });
  expect(await collected(expenses.rows(scope, undefined))).toMatchObject([
    {
      id: "c",
      kind: "CLUSTER",
      cost: 1,
      cloudAccountId: null,
      region: null,
      resourceName: null,
      resourceType: "awesome",
    },
    { id: "e", kind: "ENVIRONMENT", cost: 0, cloudAccountId: "a1" },
  ]);
});

test("a limit takes the dearest rows with charges, then fills up with others", async () => {
  await keep(stores.clickHouse, {
    documents: ["free1", "free2", "credit", "cheap", "dear"].map((id) => ({ id, cloud_account_id: "a1", ...seen })),
    charges: Object.entries({ credit: -5, cheap: 1, dear: 9 }).map(([resource_id, cost]) => ({
      cloud_account_id: "a1",
      resource_id,
      date: T0,
      cost,
    })),
  });
  const ids = async (limit: number) => (await collected(expenses.rows(scope, limit))).map(({ id }) => id);
  expect(await ids(1)).toEqual(["dear"]);
  expect(await ids(3)).toEqual(["dear", "cheap", "credit"]);
  expect(await ids(4)).toEqual(["dear", "cheap", "free1", "credit"]);
  expect(await ids(2_147_483_647)).toEqual(["dear", "cheap", "free1", "free2", "credit"]);
});

test("a cluster saves what its members save; as in v2, members that a limit leaves no room for are lost", async () => {
  const recommendations = { run_timestamp: T0, modules: [{ saving: 5 }] };
  await keep(stores.clickHouse, {
    documents: [
      { id: "c", organization_id: "acme", cluster_type_id: "t", ...seen },
      ...["m1", "m2"].map((id) => ({ id, cloud_account_id: "a1", cluster_id: "c", recommendations, ...seen })),
      { id: "r", cloud_account_id: "a1", recommendations, ...seen },
    ],
    charges: [],
  });
  const savings = async (limit: number | undefined, clusterSaving: "members" | "v2") =>
    Object.fromEntries(
      (await collected(expenses.rows(scope, limit, { clusterSaving }))).map(({ id, saving }) => [id, saving]),
    );
  expect(await savings(undefined, "members")).toEqual({ c: 10, r: 5 });
  expect(await savings(undefined, "v2")).toEqual({ c: 10, r: 5 });
  expect(await savings(2, "members")).toEqual({ c: 10, r: 5 });
  expect(await savings(2, "v2")).toEqual({ c: 0, r: 5 });
  expect(await savings(4, "v2")).toEqual({ c: 10, r: 5 });
});

test("tens of thousands of rows come in order, each once, in small batches", async () => {
  const count = 60_000;
  await keep(stores.clickHouse, { documents: [], charges: [] });
  await stores.clickHouse.command(
    `INSERT INTO resources (cloud_account_id, id, first_seen, last_seen, deleted_at, saving, document, version)
     SELECT 'a1', concat('r', toString(number)), {at:Int64}, {at:Int64}, 0, 0, '{}', 1 FROM numbers({count:UInt32})`,
    { at: T0, count },
  );
  await stores.clickHouse.command(
    `INSERT INTO expenses SELECT cloud_account_id, id, toDateTime({at:UInt32}, 'UTC'), cityHash64(id) % 1000 / 8, 1
     FROM resources WHERE cityHash64(id, 1) % 10 != 0`,
    { at: T0 },
  );
  let total = 0;
  let before: ExpenseRow | undefined;
  const found = new Set<string>();
  for await (const batch of expenses.rows(scope, undefined)) {
    expect(batch.length).toBeLessThanOrEqual(1_000);
    for (const row of batch) {
      if (before && !(before.cost > row.cost || (before.cost === row.cost && before.id < row.id))) {
        expect.fail(`${row.id} (${row.cost}) comes behind ${before.id} (${before.cost})`);
      }
      before = row;
      total += row.cost;
      found.add(row.id);
    }
  }
  expect(found.size).toBe(count);
  expect(total).toBeCloseTo((await expenses.totals(scope)).cost, 4);
});

test("an aborted reader gets no more rows", async () => {
  const abort = new AbortController();
  const reading = (async () => {
    for await (const _batch of expenses.rows(scope, undefined, { signal: abort.signal })) abort.abort();
  })();
  await expect(reading).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
});

test("an aborted question rejects at once", async () => {
  const signal = AbortSignal.abort();
  await expect(expenses.totals(scope, { signal })).rejects.toThrow();
  await expect(
    expenses.page(scope, { first: 1, order: { field: "NAME", direction: "ASC" } }, { signal }),
  ).rejects.toThrow();
});
