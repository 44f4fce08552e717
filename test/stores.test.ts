import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccountRecords } from "../src/accounts/account-records.js";
import { Accounts } from "../src/accounts/accounts.js";
import { openStores, type Stores } from "../src/stores/stores.js";

let directory: string;
let stores: Stores;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-stores-"));
  stores = await openStores({
    DATA_DIR: directory,
    CLICKHOUSE_URL: undefined,
    DATABASE_URL: undefined,
  });
});
afterAll(async () => {
  await stores[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test("values reach ClickHouse as parameters, whatever they contain", async () => {
  const hostile = "x' OR 1=1 -- \\ \n {a:String}";
  expect(
    await stores.clickHouse.query("SELECT {v:String} AS v, {list:Array(Nullable(String))} AS list", {
      v: hostile,
      list: [hostile, null],
    }),
  ).toEqual([{ v: hostile, list: [hostile, null] }]);
});

test("rows written are the rows read", async () => {
  await stores.clickHouse.insert("expenses", [
    {
      cloud_account_id: "a",
      resource_id: "r",
      date: 1578960000,
      cost: 10.5,
      sign: 1,
    },
  ]);
  expect(
    await stores.clickHouse.query("SELECT sum(cost * sign) AS cost, toUnixTimestamp(any(date)) AS date FROM expenses"),
  ).toEqual([{ cost: 10.5, date: 1578960000 }]);
});

test("the relational store keeps an organization", async () => {
  await stores.relational.organization.create({
    data: { id: "o", name: "Acme", createdAt: 1 },
  });
  expect(await stores.relational.organization.findUnique({ where: { id: "o" } })).toMatchObject({
    name: "Acme",
    currency: "USD",
    deletedAt: 0,
  });
});

test("times that OptScale leaves null until they come are read as such", async () => {
  const { relational } = stores;
  await relational.cloudAccount.create({
    data: {
      id: "never-imported",
      name: "Acme's new account",
      type: "AWS_CNR",
      config: "{}",
      organizationId: "o",
      createdAt: 1,
      lastImportAt: null,
      lastImportModifiedAt: null,
      lastImportAttemptAt: null,
      lastGettingMetricsAt: null,
      lastGettingMetricAttemptAt: null,
      cleanedAt: null,
    },
  });
  await relational.checklist.create({
    data: { id: "never-run", organizationId: "o", createdAt: 1, lastRun: null, nextRun: null, lastCompleted: null },
  });
  expect(await new AccountRecords(relational).cloudAccount("never-imported")).toMatchObject({ lastImportAt: null });
  expect(await new Accounts(stores).lastCompletedChecklist("o")).toBe(0);
});
