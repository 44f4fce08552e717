import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Accounts } from "../../src/accounts/accounts.js";
import { withDescendants } from "../../src/accounts/pool-tree.js";
import { CLUSTERS, cloudResourceIdOf } from "../../src/demo/clusters.js";
import { demoLoadedUntil, loadDemo } from "../../src/demo/load.js";
import { measureDemo } from "../../src/demo/measure.js";
import { accountId, DEMO_ACCOUNTS, DEMO_ORGANIZATION } from "../../src/demo/organization.js";
import { openStores, type Stores } from "../../src/stores/stores.js";
import { SECONDS_PER_DAY } from "../../src/time.js";

const noon = Date.UTC(2026, 4, 20, 12) / 1000;
const today = noon - 12 * 3_600;
const since = today - 89 * SECONDS_PER_DAY;
/** A twentieth of the catalogue: the single resources and the clusters are all there. */
const scale = 0.05;

let directory: string;
let stores: Stores;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-demo-"));
  stores = await openStores({ DATA_DIR: directory, CLICKHOUSE_URL: undefined, DATABASE_URL: undefined });
  await loadDemo(stores, { now: noon, scale });
});
afterAll(async () => {
  await stores[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function rows<Row>(sql: string): Promise<Row[]> {
  return stores.clickHouse.query<Row>(sql, { accounts: DEMO_ACCOUNTS.map(({ key }) => accountId(key)) });
}

async function row<Row>(sql: string): Promise<Row> {
  const [found] = await rows<Row>(sql);
  return found as Row;
}

/** Everything that was loaded, in one number a table. */
const fingerprint = () =>
  row(`SELECT
    (SELECT sum(cityHash64(cloud_account_id, resource_id, date, cost)) FROM expenses) AS expenses,
    (SELECT sum(cityHash64(cloud_account_id, resource_id, date, from, to, usage, cost)) FROM traffic_expenses) AS traffic,
    (SELECT sum(cityHash64(cloud_account_id, id, document)) FROM resources FINAL) AS resources,
    (SELECT sum(cityHash64(cloud_account_id, metric, series, timestamp, value)) FROM k8s_samples FINAL) AS samples`);

test("loading again on the same day changes nothing, not even beside another organization's data", async () => {
  await stores.clickHouse.insert("expenses", [
    { cloud_account_id: "another", resource_id: "r", date: today, cost: 1, sign: 1 },
  ]);
  const before = { fingerprint: await fingerprint(), counts: await measureDemo(stores) };
  expect(await loadDemo(stores, { now: noon, scale })).toBe(true);
  expect({ fingerprint: await fingerprint(), counts: await measureDemo(stores) }).toEqual(before);
  await stores.clickHouse.command("DELETE FROM expenses WHERE cloud_account_id = 'another'");
});

test("a load that was stopped on the way does not count, and is made good by the next", async () => {
  const before = await fingerprint();
  const stop = new AbortController();
  const report = (step: string) => {
    if (step.startsWith("samples")) stop.abort();
  };
  expect(await loadDemo(stores, { now: noon, scale, signal: stop.signal, report })).toBe(false);
  expect(await demoLoadedUntil(stores)).toBeNull();
  expect(await stores.relational.organization.count()).toBe(0);
  await loadDemo(stores, { now: noon, scale });
  expect(await demoLoadedUntil(stores)).toBe(today);
  expect(await fingerprint()).toEqual(before);
});

describe("expenses", () => {
  test("cover the 90 days that end today, one row a resource and day, each of a known resource", async () => {
    expect(
      await row(`SELECT
        toUnixTimestamp(min(date)) AS first, toUnixTimestamp(max(date)) AS last, uniqExact(date) AS days,
        count() = uniqExact(cloud_account_id, resource_id, date) AS distinct, countIf(sign != 1) AS taken_back,
        countIf((cloud_account_id, resource_id) NOT IN (SELECT cloud_account_id, id FROM resources)) AS strays
        FROM expenses`),
    ).toEqual({ first: since, last: today, days: 90, distinct: 1, taken_back: 0, strays: 0 });
  });

  test("lie within the life of their resources", async () => {
    expect(
      await row(`SELECT countIf(e.date > toDateTime(r.last_seen) OR e.date < toStartOfDay(toDateTime(r.first_seen, 'UTC'))) AS outside
        FROM expenses AS e INNER JOIN resources AS r ON e.resource_id = r.id`),
    ).toEqual({ outside: 0 });
  });

  test("fall at weekends, grow over time, and hold one credit and one spike", async () => {
    const { weekend, workday, early, late } = await row<Record<"weekend" | "workday" | "early" | "late", number>>(`
      SELECT avgIf(cost, toDayOfWeek(date) >= 6) AS weekend, avgIf(cost, toDayOfWeek(date) < 6) AS workday,
        avgIf(cost, toDayOfWeek(date) < 6 AND date < toDateTime(${since} + 30 * 86400)) AS early,
        avgIf(cost, toDayOfWeek(date) < 6 AND date >= toDateTime(${since} + 60 * 86400)) AS late
      FROM expenses WHERE resource_id IN (SELECT id FROM resources WHERE resource_type = 'Dataset')`);
    expect(weekend).toBeLessThan(workday * 0.7);
    expect(late).toBeGreaterThan(early * 1.02);
    expect(await rows("SELECT count() AS days, sum(cost) AS credit FROM expenses WHERE cost < 0")).toEqual([
      { days: 1, credit: -2_400 },
    ]);
    const spike = await row<{ days: number; least: number }>(`SELECT count() AS days, min(cost) AS least FROM expenses
      WHERE resource_id IN (SELECT id FROM resources WHERE resource_type = 'Training Job')`);
    expect(spike.days).toBe(3);
    expect(spike.least).toBeGreaterThan(1_900);
  });
});

describe("resources", () => {
  test("name pools, owners and accounts of the organization, and some have none", async () => {
    const accounts = new Accounts(stores);
    const known = {
      pool_id: (await accounts.poolsOf(DEMO_ORGANIZATION.id)).map(({ id }) => id),
      employee_id: (await accounts.employeesOf(DEMO_ORGANIZATION.id)).map(({ id }) => id),
      cloud_account_id: (await accounts.cloudAccountsOf(DEMO_ORGANIZATION.id)).map(({ id }) => id),
    };
    for (const [column, ids] of Object.entries(known)) {
      const used = await rows<{ id: string | null }>(
        `SELECT DISTINCT ${column} AS id FROM resources WHERE cloud_account_id != ''`,
      );
      expect(ids).toEqual(expect.arrayContaining(used.map(({ id }) => id).filter((id) => id !== null)));
      if (column !== "cloud_account_id") expect(used).toContainEqual({ id: null });
    }
  });

  test("show savings of the last recommendation run, violated constraints, and untagged ones", async () => {
    const lastRun = await new Accounts(stores).lastCompletedChecklist(DEMO_ORGANIZATION.id);
    const found = await row<Record<string, number>>(`SELECT sumIf(saving, recommended_at >= ${lastRun}) AS saving,
      countIf(constraint_violated) AS violated, countIf(empty(tag_keys)) AS untagged, count() AS all FROM resources FINAL`);
    expect(found.saving).toBeGreaterThan(0);
    expect(found.violated).toBeGreaterThan(0);
    expect(found.untagged).toBeGreaterThan(0);
    expect(found.untagged).toBeLessThan((found.all as number) / 2);
  });

  test("include clusters with members, and environments", async () => {
    const clusters = await rows<{ organization_id: string; members: number }>(`
      SELECT c.organization_id AS organization_id, count() AS members FROM resources AS c
      INNER JOIN resources AS m ON m.cluster_id = c.id WHERE c.cluster_type_id != '' GROUP BY c.id, organization_id`);
    expect(clusters).toEqual([
      { organization_id: DEMO_ORGANIZATION.id, members: 6 },
      { organization_id: DEMO_ORGANIZATION.id, members: 6 },
    ]);
    expect(await row("SELECT count() AS count FROM resources WHERE is_environment")).toEqual({ count: 2 });
  });

  test("of the AWS account are the nodes, volumes and load balancers of two clusters", async () => {
    const onAws = new Set(
      (
        await rows<{ id: string }>(
          `SELECT cloud_resource_id AS id FROM resources WHERE cloud_account_id = '${accountId("aws")}'`,
        )
      ).map(({ id }) => id),
    );
    const shares = CLUSTERS.map(({ key, nodes, volumes, loadBalancers }) => {
      const ids = [
        ...nodes.map(({ providerId }) => cloudResourceIdOf(providerId)),
        ...volumes.map(({ providerId }) => providerId),
        ...loadBalancers.map(({ address }) => address),
      ];
      return [key, ids.filter((id) => onAws.has(id)).length / ids.length];
    });
    expect(Object.fromEntries(shares)).toEqual({
      "k8s-production": 1,
      "k8s-staging": 1,
      "k8s-analytics": 0,
      "k8s-edge": 0,
    });
  });

  test("carry traffic of machines that exist", async () => {
    const traffic = await row<{ facts: number; strays: number }>(`SELECT count() AS facts,
      countIf((cloud_account_id, resource_id) NOT IN (SELECT cloud_account_id, assumeNotNull(cloud_resource_id) FROM resources)) AS strays
      FROM traffic_expenses`);
    expect(traffic.facts).toBeGreaterThan(0);
    expect(traffic.strays).toBe(0);
  });
});

test("pools are a tree under the organization's own", async () => {
  const accounts = new Accounts(stores);
  const organization = await accounts.organization(DEMO_ORGANIZATION.id);
  const pools = await accounts.poolsOf(DEMO_ORGANIZATION.id);
  expect(withDescendants(pools, [organization?.poolId as string]).size).toBe(pools.length);
  expect(pools.filter(({ parentId }) => parentId === null)).toHaveLength(1);
  expect(pools.some(({ id, parentId }) => parentId !== organization?.poolId && id !== organization?.poolId)).toBe(true);
});

test("no sample lies in the future", async () => {
  expect(await row(`SELECT countIf(timestamp >= fromUnixTimestamp(${noon})) AS future FROM k8s_samples`)).toEqual({
    future: 0,
  });
});
