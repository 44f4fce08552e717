import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterSettings } from "../../src/accounts/cluster-settings.js";
import { metricsCredentialsMatch } from "../../src/accounts/metrics-credentials.js";
import { Tokens } from "../../src/accounts/tokens.js";
import { importSnapshot, importSnapshotFile } from "../../src/imports/snapshot.js";
import { type TemporaryStores, temporaryStores } from "./stores.js";

let temporary: TemporaryStores;
beforeAll(async () => {
  temporary = await temporaryStores();
});
afterAll(() => temporary[Symbol.asyncDispose]());

const DAY = 86_400;
const T0 = 1_578_960_000;

/** An organization of its own for each test: they share one store. */
let organizations = 0;
function acme() {
  organizations += 1;
  const o = `org-${organizations}`;
  return {
    o,
    a: `${o}-account`,
    organizations: [{ id: o, name: `Acme ${organizations}`, currency: "USD", deleted_at: 0 }],
    cloud_accounts: [{ id: `${o}-account`, organization_id: o, name: "aws", type: "aws_cnr", deleted_at: 0 }],
    expense: (resource: string, day: number, cost: number, sign = 1) => ({
      cloud_account_id: `${o}-account`,
      resource_id: resource,
      date: T0 + day * DAY,
      cost,
      sign,
    }),
  };
}

interface Fact {
  resource: string;
  date: number;
  cost: number;
  sign: number;
}

async function factsOf(account: string): Promise<Fact[]> {
  return temporary.stores.clickHouse.query<Fact>(
    `SELECT resource_id AS resource, toUnixTimestamp(date) AS date, sum(e.cost * e.sign) AS cost, sum(e.sign) AS sign
     FROM expenses AS e WHERE cloud_account_id = {account:String}
     GROUP BY resource, date HAVING sign != 0 OR cost != 0 ORDER BY resource, date`,
    { account },
  );
}

async function resourcesOf(account: string): Promise<{ id: string; name: string | null }[]> {
  return temporary.stores.clickHouse.query(
    "SELECT id, name FROM resources FINAL WHERE cloud_account_id = {account:String} ORDER BY id",
    { account },
  );
}

describe("what a snapshot brings", () => {
  test("every given of the conformance cases ends up in the stores, row for row", async () => {
    const { givens } = JSON.parse(
      await readFile(new URL("../conformance/clean_expenses.json", import.meta.url), "utf8"),
    ) as { givens: Record<string, Record<string, { [key: string]: unknown }[]>> };
    for (const given of Object.values(givens)) {
      await importSnapshot(temporary.stores, given);
      const { clickHouse, relational } = temporary.stores;
      for (const row of given.organizations ?? []) {
        expect(await relational.organization.findUnique({ where: { id: row.id as string } })).toMatchObject({
          name: row.name,
          currency: row.currency,
          deletedAt: row.deleted_at,
        });
      }
      const ids = { in: (given.organizations ?? []).map((row) => row.id as string) };
      const accounts = await relational.cloudAccount.findMany({ where: { organizationId: ids } });
      expect(accounts.map(({ id, name, type }) => ({ id, name, type: type.toLowerCase() })).sort(byId)).toEqual(
        (given.cloud_accounts ?? []).map(({ id, name, type }) => ({ id, name, type })).sort(byId),
      );
      expect(await relational.pool.count({ where: { organizationId: ids } })).toBe(given.pools?.length);
      expect(await relational.employee.count({ where: { organizationId: ids } })).toBe(given.employees?.length);
      expect(await relational.checklist.count({ where: { organizationId: ids } })).toBe(given.checklists?.length);

      // What belongs to accounts of other organizations, or to nobody, is none of this snapshot's business.
      const known: unknown[] = [
        undefined,
        ...(given.cloud_accounts ?? []).map((row) => row.id),
        ...(given.resources ?? []).map((row) => row.cloud_account_id),
        ...(given.expenses ?? []).map((row) => row.cloud_account_id),
      ];
      const documents = await clickHouse.query<{ document: string }>(
        "SELECT document FROM resources FINAL ORDER BY id",
      );
      expect(
        documents
          .map(({ document }) => JSON.parse(document) as { cloud_account_id?: string })
          .filter((row) => known.includes(row.cloud_account_id)),
      ).toEqual([...(given.resources ?? [])].sort(byId));
      expect((await storedExpenses()).filter((row) => known.includes(row.cloud_account_id))).toEqual(
        expectedExpenses(given.expenses ?? []),
      );
      const traffic = await clickHouse.query(
        "SELECT sum(t.usage * t.sign) AS usage, sum(t.cost * t.sign) AS cost FROM traffic_expenses AS t",
      );
      const sum = (field: string) =>
        (given.traffic_expenses ?? []).reduce(
          (total, row) => total + (row[field] as number) * ((row.sign as number) ?? 1),
          0,
        );
      expect(traffic).toEqual([{ usage: sum("usage"), cost: sum("cost") }]);
    }
    for (const tables of ["expenses", "traffic_expenses", "resources"]) {
      await temporary.stores.clickHouse.command(`TRUNCATE TABLE ${tables}`);
    }

    async function storedExpenses() {
      return temporary.stores.clickHouse.query<{ cloud_account_id: string }>(
        `SELECT cloud_account_id, resource_id, sum(e.cost * e.sign) AS cost FROM expenses AS e
         GROUP BY cloud_account_id, resource_id HAVING sum(sign) > 0 ORDER BY cloud_account_id, resource_id`,
      );
    }
    function expectedExpenses(rows: { [key: string]: unknown }[]) {
      const groups = new Map<string, { cost: number; sign: number }>();
      for (const row of rows) {
        const key = `${row.cloud_account_id}|${row.resource_id}`;
        const group = groups.get(key) ?? { cost: 0, sign: 0 };
        groups.set(key, {
          cost: group.cost + (row.cost as number) * (row.sign as number),
          sign: group.sign + (row.sign as number),
        });
      }
      return [...groups]
        .filter(([, group]) => group.sign > 0)
        .map(([key, { cost }]) => ({
          cloud_account_id: key.split("|")[0],
          resource_id: key.split("|")[1],
          cost: expect.closeTo(cost, 9),
        }))
        .sort((a, b) =>
          `${a.cloud_account_id} ${a.resource_id}`.localeCompare(`${b.cloud_account_id} ${b.resource_id}`),
        );
    }
  });

  test("tokens open their organizations, expired ones open nothing, and only their digest is kept", async () => {
    const { o, organizations } = acme();
    await importSnapshot(temporary.stores, {
      organizations,
      tokens: [
        { token: `${o}-good`, organizations: [o] },
        { token: `${o}-late`, organizations: [o], expired: true },
      ],
    });
    const tokens = new Tokens(temporary.stores.own);
    expect(await tokens.organizationsOf(`${o}-good`)).toEqual(new Set([o]));
    expect(await tokens.organizationsOf(`${o}-late`)).toBeNull();
    expect(JSON.stringify(await temporary.stores.relational.apiToken.findMany())).not.toContain(`${o}-good`);
  });

  test("credentials for writing metrics work and are never kept in clear", async () => {
    const { a, organizations, cloud_accounts } = acme();
    const credentials = { username: "writer", password: "correct horse" };
    const given = { organizations, cloud_accounts: [{ ...cloud_accounts[0], metrics_credentials: credentials }] };
    await importSnapshot(temporary.stores, given);
    const settings = new ClusterSettings(temporary.stores.own);
    const first = await settings.metricsCredentials(a);
    expect(JSON.stringify(await temporary.stores.own.clusterSettings.findMany())).not.toContain("correct horse");
    expect(first && (await metricsCredentialsMatch(first, credentials))).toBe(true);
    await importSnapshot(temporary.stores, given);
    expect(await settings.metricsCredentials(a)).toEqual(first);
    await importSnapshot(temporary.stores, { organizations, cloud_accounts: [{ ...cloud_accounts[0] }] });
    expect(await settings.metricsCredentials(a)).toBeNull();
  });

  test("keys that mean nothing are named, the cluster secret is not among them", async () => {
    const report = await importSnapshot(temporary.stores, {
      organizations: acme().organizations,
      cluster_secret: "s3cret",
      expence: [{}],
      note: "x",
    });
    expect(report).toEqual({
      counts: { organizations: 1 },
      ignoredKeys: ["expence", "note"],
      missingOrganizations: [],
    });
  });

  test("an organization that rows belong to and that is nowhere is named", async () => {
    const { organizations, cloud_accounts, o } = acme();
    expect(await importSnapshot(temporary.stores, { cloud_accounts })).toMatchObject({ missingOrganizations: [o] });
    expect(await importSnapshot(temporary.stores, { organizations })).toMatchObject({ missingOrganizations: [] });
    expect(await importSnapshot(temporary.stores, { cloud_accounts })).toMatchObject({ missingOrganizations: [] });
  });
});

describe("what a snapshot replaces", () => {
  test("importing the same snapshot twice changes nothing", async () => {
    const { a, o, organizations, cloud_accounts, expense } = acme();
    const given = {
      organizations,
      cloud_accounts,
      pools: [{ id: `${o}-pool`, organization_id: o, name: "root" }],
      resources: [{ id: "r1", cloud_account_id: a, name: "one", first_seen: T0, last_seen: T0 }],
      expenses: [expense("r1", 0, 1.5), expense("r1", 1, 2.5)],
    };
    const state = async () => ({
      facts: await factsOf(a),
      resources: await resourcesOf(a),
      rows: await temporary.stores.clickHouse.query(
        "SELECT count() AS n FROM expenses WHERE cloud_account_id = {a:String}",
        { a },
      ),
      pools: await temporary.stores.relational.pool.findMany({ where: { organizationId: o } }),
      accounts: await temporary.stores.relational.cloudAccount.findMany({ where: { organizationId: o } }),
    });
    await importSnapshot(temporary.stores, given);
    const before = await state();
    await importSnapshot(temporary.stores, given);
    expect(await state()).toEqual(before);
    expect(before.facts).toHaveLength(2);
  });

  test("a corrected snapshot replaces what it has, a missing key leaves its kind alone", async () => {
    const { a, organizations, cloud_accounts, expense } = acme();
    await importSnapshot(temporary.stores, {
      organizations,
      cloud_accounts,
      resources: [
        { id: "r1", cloud_account_id: a, name: "one" },
        { id: "r2", cloud_account_id: a, name: "two" },
      ],
      expenses: [expense("r1", 0, 1), expense("r2", 0, 2), expense("r2", 1, 3)],
    });
    await importSnapshot(temporary.stores, { expenses: [expense("r1", 0, 7), expense("r3", 2, 4)] });
    expect(await factsOf(a)).toEqual([
      { resource: "r1", date: T0, cost: 7, sign: 1 },
      { resource: "r3", date: T0 + 2 * DAY, cost: 4, sign: 1 },
    ]);
    expect(await resourcesOf(a)).toHaveLength(2);
    await importSnapshot(temporary.stores, { resources: [{ id: "r2", cloud_account_id: a, name: "renamed" }] });
    expect(await resourcesOf(a)).toEqual([{ id: "r2", name: "renamed" }]);
    await importSnapshot(temporary.stores, { organizations, resources: [], expenses: [] });
    expect(await resourcesOf(a)).toEqual([]);
    expect(await factsOf(a)).toEqual([]);
  });

  test("what was taken out comes back when it is imported again, merged or not", async () => {
    const { a, organizations, cloud_accounts, expense } = acme();
    const full = {
      organizations,
      cloud_accounts,
      resources: [{ id: "r", cloud_account_id: a }],
      expenses: [expense("r", 0, 3)],
    };
    for (const given of [full, { organizations, resources: [], expenses: [] }, full]) {
      await importSnapshot(temporary.stores, given);
      await temporary.stores.clickHouse.command("OPTIMIZE TABLE expenses FINAL");
      await temporary.stores.clickHouse.command("OPTIMIZE TABLE resources FINAL");
    }
    expect(await factsOf(a)).toEqual([{ resource: "r", date: T0, cost: 3, sign: 1 }]);
    expect(await resourcesOf(a)).toEqual([{ id: "r", name: null }]);
  });

  test("other organizations are untouched", async () => {
    const other = acme();
    const otherData = {
      organizations: other.organizations,
      cloud_accounts: other.cloud_accounts,
      tokens: [{ token: `${other.o}-token`, organizations: [other.o] }],
      resources: [
        { id: "r1", cloud_account_id: other.a },
        { id: "cluster", organization_id: other.o, cluster_type_id: "t" },
      ],
      expenses: [other.expense("r1", 0, 5)],
    };
    await importSnapshot(temporary.stores, otherData);
    const mine = acme();
    await importSnapshot(temporary.stores, {
      tokens: [],
      organizations: mine.organizations,
      cloud_accounts: [],
      pools: [],
      employees: [],
      checklists: [],
      resources: [],
      expenses: [],
      traffic_expenses: [],
    });
    expect(await factsOf(other.a)).toHaveLength(1);
    expect(await resourcesOf(other.a)).toHaveLength(1);
    expect(
      await temporary.stores.clickHouse.query("SELECT id FROM resources FINAL WHERE organization_id = {o:String}", {
        o: other.o,
      }),
    ).toEqual([{ id: "cluster" }]);
    expect(await new Tokens(temporary.stores.own).organizationsOf(`${other.o}-token`)).toEqual(new Set([other.o]));
  });

  test("tokens made by hand survive, tokens of the snapshot before go", async () => {
    const { o, organizations } = acme();
    const tokens = new Tokens(temporary.stores.own);
    await importSnapshot(temporary.stores, { organizations, tokens: [{ token: `${o}-old`, organizations: [o] }] });
    const byHand = await tokens.create({ organizationIds: [o] });
    await importSnapshot(temporary.stores, { organizations, tokens: [{ token: `${o}-new`, organizations: [o] }] });
    expect(await tokens.organizationsOf(`${o}-old`)).toBeNull();
    expect(await tokens.organizationsOf(`${o}-new`)).toEqual(new Set([o]));
    expect(await tokens.organizationsOf(byHand)).toEqual(new Set([o]));
  });

  test("whatever the signs, sums per resource and day are those of the rows, before and after merges", async () => {
    const { a, organizations, cloud_accounts, expense } = acme();
    await importSnapshot(temporary.stores, { organizations, cloud_accounts });
    const row = fc.record({
      resource: fc.constantFrom("r1", "r2"),
      day: fc.integer({ min: 0, max: 2 }),
      cost: fc.integer({ min: -50, max: 50 }),
      sign: fc.constantFrom(1, 1, 1, -1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 12 }), fc.boolean(), async (rows, merge) => {
        await importSnapshot(temporary.stores, {
          organizations,
          expenses: rows.map(({ resource, day, cost, sign }) => expense(resource, day, cost, sign)),
        });
        const groups = new Map<string, Fact>();
        for (const { resource, day, cost, sign } of rows) {
          const key = `${resource} ${day}`;
          const fact = groups.get(key) ?? { resource, date: T0 + day * DAY, cost: 0, sign: 0 };
          groups.set(key, { ...fact, cost: fact.cost + cost * sign, sign: fact.sign + sign });
        }
        const expected = [...groups.values()]
          .map((fact) => ({ ...fact, sign: Math.sign(fact.sign) }))
          .filter((fact) => fact.sign > 0)
          .sort((x, y) => x.resource.localeCompare(y.resource) || x.date - y.date);
        const positive = (facts: Fact[]) => facts.filter((fact) => fact.sign > 0);
        expect(positive(await factsOf(a))).toEqual(expected);
        if (merge) await temporary.stores.clickHouse.command("OPTIMIZE TABLE expenses FINAL");
        expect(positive(await factsOf(a))).toEqual(expected);
      }),
      { numRuns: 40, endOnFailure: true },
    );
  });
});

describe("what is refused", () => {
  const cases: [string, unknown, string][] = [
    ["a list where an object belongs", [], "expected an object"],
    ["nothing known", { meta: {} }, "expected at least one of the lists"],
    ["an object where a list belongs", { pools: {} }, "pools: expected a list"],
    [
      "a cost that is text",
      { expenses: [{ cloud_account_id: "a", resource_id: "r", date: 1, cost: "1" }] },
      "expenses[0].cost: expected number, received string",
    ],
    [
      "a sign of 2",
      { expenses: [{ cloud_account_id: "a", resource_id: "r", date: 1, cost: 1, sign: 2 }] },
      "expenses[0].sign",
    ],
    [
      "a date as text",
      { expenses: [{ cloud_account_id: "a", resource_id: "r", date: "2020-01-01", cost: 1 }] },
      "expenses[0].date: expected number",
    ],
    [
      "an account of an unknown type",
      { cloud_accounts: [{ id: "a", organization_id: "o", name: "n", type: "ibm" }] },
      "cloud_accounts[0].type: expected one of",
    ],
    ["a resource without an id", { resources: [{ id: "r" }, { name: "x" }] }, "resources[1].id: expected string"],
    ["a resource twice", { resources: [{ id: "r" }, { id: "r" }] }, "r occurs twice"],
    [
      "a pool twice",
      {
        pools: [
          { id: "p", organization_id: "o", name: "n" },
          { id: "p", organization_id: "o", name: "m" },
        ],
      },
      "pools[1].id: expected a value that does not occur twice",
    ],
    [
      "credentials without a password",
      {
        cloud_accounts: [
          { id: "a", organization_id: "o", name: "n", type: "aws_cnr", metrics_credentials: { username: "u" } },
        ],
      },
      "cloud_accounts[0].metrics_credentials.password",
    ],
  ];
  test.each(cases)("%s, naming the place, and nothing of it is stored", async (_, wrongPart, sentence) => {
    const { o, a, organizations, cloud_accounts, expense } = acme();
    const given = Array.isArray(wrongPart)
      ? wrongPart
      : "meta" in (wrongPart as object)
        ? wrongPart
        : {
            organizations,
            tokens: [{ token: `${o}-t`, organizations: [o] }],
            resources: [{ id: "ok", cloud_account_id: a }],
            expenses: [expense("ok", 0, 1)],
            ...(wrongPart as object),
          };
    const refusal = await importSnapshot(temporary.stores, given).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "BAD_IMPORT_FILE", message: expect.stringContaining(sentence) });
    expect((refusal as Error).message).not.toContain("\n");
    expect(await temporary.stores.relational.organization.findUnique({ where: { id: o } })).toBeNull();
    expect(
      await temporary.stores.relational.cloudAccount.findUnique({ where: { id: cloud_accounts[0]?.id ?? "" } }),
    ).toBeNull();
    expect(await factsOf(a)).toEqual([]);
    expect(await resourcesOf(a)).toEqual([]);
    expect(await stagingTables()).toEqual([]);
  });

  test("an id that belongs to an organization which the snapshot does not list", async () => {
    const theirs = acme();
    await importSnapshot(temporary.stores, {
      organizations: theirs.organizations,
      cloud_accounts: theirs.cloud_accounts,
    });
    const mine = acme();
    await expect(
      importSnapshot(temporary.stores, {
        organizations: mine.organizations,
        cloud_accounts: [{ ...mine.cloud_accounts[0], id: theirs.a }],
      }),
    ).rejects.toMatchObject({ code: "BAD_IMPORT_FILE", message: expect.stringContaining("cloud_accounts[0].id") });
    expect(await temporary.stores.relational.cloudAccount.findUnique({ where: { id: theirs.a } })).toMatchObject({
      organizationId: theirs.o,
    });
    expect(await stagingTables()).toEqual([]);
  });

  test.each([
    ["cut off", '{"organizations": [{"id": "x", "name": "X"}], "expenses": [{"cost": 1', "cut off"],
    ["not JSON", "hello", "not valid JSON"],
    ["a list", "[1]", "expected a JSON object"],
    ["text", '"x"', "expected a JSON object"],
    ["empty", "", "expected a JSON object"],
  ])("a file that is %s", async (name, text, sentence) => {
    const path = join(temporary.directory, "bad.json");
    await writeFile(path, text);
    const refusal = await importSnapshotFile(temporary.stores, path).catch((error: unknown) => error);
    expect(refusal, name).toMatchObject({ code: "BAD_IMPORT_FILE", message: expect.stringContaining(sentence) });
    expect((refusal as Error).message).toMatch(/bad\.json: /);
  });

  test("a file that does not exist", async () => {
    await expect(importSnapshotFile(temporary.stores, join(temporary.directory, "none.json"))).rejects.toMatchObject({
      code: "BAD_IMPORT_FILE",
      message: expect.stringContaining("there is no such file"),
    });
  });
});

test("a file is read as a stream and brings what the object brings", async () => {
  const { a, o, organizations, cloud_accounts, expense } = acme();
  const path = join(temporary.directory, "given.json");
  const expenses = Array.from({ length: 25_000 }, (_, index) => expense(`r${index}`, index % 30, 1));
  await writeFile(path, JSON.stringify({ expenses, organizations, cloud_accounts, pools: [], cluster_secret: "s" }));
  const seen: number[] = [];
  const report = await importSnapshotFile(temporary.stores, path, { progress: ({ done }) => seen.push(done) });
  expect(report.counts).toEqual({ expenses: 25_000, organizations: 1, cloud_accounts: 1, pools: 0 });
  expect(seen.length).toBeGreaterThan(5);
  expect(
    await temporary.stores.clickHouse.query(
      "SELECT count() AS n, sum(e.cost * e.sign) AS cost FROM expenses AS e WHERE cloud_account_id = {a:String}",
      { a },
    ),
  ).toEqual([{ n: 25_000, cost: 25_000 }]);
  expect(await temporary.stores.relational.organization.findUnique({ where: { id: o } })).not.toBeNull();
});

async function stagingTables(): Promise<unknown[]> {
  return temporary.stores.clickHouse.query(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'import_')",
  );
}

function byId(left: { [key: string]: unknown }, right: { [key: string]: unknown }): number {
  return String(left.id).localeCompare(String(right.id));
}
