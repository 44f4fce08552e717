import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importFocus } from "../../src/imports/focus.js";
import { recoverImports } from "../../src/imports/recovery.js";
import { importSnapshot } from "../../src/imports/snapshot.js";
import type { Stores } from "../../src/stores/stores.js";
import { charges, sumsOf, writeCsv } from "./focus-files.js";
import { expectSums, FocusImporter } from "./focus-importer.js";

let importer: FocusImporter;
beforeAll(async () => {
  importer = await FocusImporter.create();
});
afterAll(() => importer[Symbol.asyncDispose]());

const T0 = 1_578_960_000;

/**
 * The stores as a process sees them that is killed at a statement: from then on nothing it does has an effect, not
 * even its clearing up.
 */
function dyingStores(stores: Stores, survivedStatements: number): { stores: Stores; died: () => boolean } {
  let statements = 0;
  const dead = () => statements > survivedStatements;
  const dying = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(_, name) {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value === "object" && value !== null && name !== "relational") return dying(value);
        if (typeof value !== "function") return value;
        return (...parameters: unknown[]) => {
          statements += 1;
          if (dead()) throw new Error("killed");
          return (value as (...parameters: unknown[]) => unknown).apply(target, parameters);
        };
      },
    });
  const relational = new Proxy(stores.relational, {
    get(target, name) {
      if (name === "$transaction" || name === "import") {
        return name === "import"
          ? dying(target.import)
          : (...parameters: [never]) => {
              statements += 1;
              if (dead()) throw new Error("killed");
              return target.$transaction(...parameters);
            };
      }
      return Reflect.get(target, name) as unknown;
    },
  });
  return { stores: { ...stores, clickHouse: dying(stores.clickHouse), relational }, died: dead };
}

async function leftovers(): Promise<unknown> {
  const { clickHouse, relational } = importer.stores;
  return {
    tables: await clickHouse.query(
      "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'import_')",
    ),
    unfinished: await relational.import.count({ where: { finishedAt: null } }),
  };
}

const nothing = { tables: [], unfinished: 0 };

describe("an import that is killed at any statement is there as a whole or not at all", () => {
  test("of bills", async () => {
    const first = charges(
      { ResourceId: "a", EffectiveCost: 1 },
      { ResourceId: "b", EffectiveCost: 2, ChargePeriodStart: "2024-09-03", ChargePeriodEnd: "2024-09-04" },
    );
    const second = charges(
      { ResourceId: "a", EffectiveCost: 10 },
      { ResourceId: "c", EffectiveCost: 20, ChargePeriodStart: "2024-09-03", ChargePeriodEnd: "2024-09-04" },
    );
    const outcomes = new Set<string>();
    for (let survived = 4; ; survived += 4) {
      const organization = importer.acme();
      const path = await importer.file(first);
      await importer.bring(organization, path);
      await writeCsv(path, second);
      const before = await importer.stores.relational.import.count();
      const { stores, died } = dyingStores(importer.stores, survived);
      const ended = await importFocus(stores, { files: [path], organization }).then(
        () => "finished",
        () => "killed",
      );
      await recoverImports(importer.stores);
      const committed = (await importer.stores.relational.import.count()) > before;
      const outcome = ended === "finished" ? ended : committed ? "recovered" : "undone";
      outcomes.add(outcome);
      const rows = outcome === "undone" ? first : second;
      expectSums(await importer.storedSums(organization), sumsOf(rows));
      const { relational, clickHouse } = importer.stores;
      const accounts = await relational.cloudAccount.findMany({
        where: {
          organizationId: (await relational.organization.findFirstOrThrow({ where: { name: organization } })).id,
        },
      });
      const ids = accounts.map(({ id }) => id);
      expect(
        await clickHouse.query(
          `SELECT cloud_resource_id AS id FROM resources FINAL WHERE cloud_account_id IN {ids:Array(String)} ORDER BY id`,
          { ids },
        ),
      ).toEqual(rows.map((row) => ({ id: row.ResourceId })));
      expect(
        await clickHouse.query(
          "SELECT cost FROM raw_expenses WHERE cloud_account_id IN {ids:Array(String)} ORDER BY cost",
          { ids },
        ),
      ).toEqual(rows.map((row) => ({ cost: row.EffectiveCost })));
      expect(await leftovers(), outcome).toEqual(nothing);
      if (!died()) break;
    }
    expect(outcomes).toEqual(new Set(["undone", "recovered", "finished"]));
  }, 120_000);

  test("of snapshots", async () => {
    const outcomes = new Set<string>();
    for (let survived = 1; ; survived += 3) {
      const o = importer.acme();
      const given = (cost: number) => ({
        organizations: [{ id: o, name: `${o} at ${cost}` }],
        cloud_accounts: [{ id: `${o}-a`, organization_id: o, name: "aws", type: "aws_cnr" }],
        resources: [{ id: `r${cost}`, cloud_account_id: `${o}-a` }],
        expenses: [{ cloud_account_id: `${o}-a`, resource_id: `r${cost}`, date: T0, cost, sign: 1 }],
      });
      await importSnapshot(importer.stores, given(1));
      const before = await importer.stores.relational.import.count();
      const { stores, died } = dyingStores(importer.stores, survived);
      const ended = await importSnapshot(stores, given(2)).then(
        () => "finished",
        () => "killed",
      );
      await recoverImports(importer.stores);
      const committed = (await importer.stores.relational.import.count()) > before;
      const outcome = ended === "finished" ? ended : committed ? "recovered" : "undone";
      outcomes.add(outcome);
      const cost = outcome === "undone" ? 1 : 2;
      const { clickHouse, relational } = importer.stores;
      expect(await relational.organization.findUnique({ where: { id: o } })).toMatchObject({ name: `${o} at ${cost}` });
      expect(
        await clickHouse.query(
          `SELECT e.resource_id AS id, sum(e.cost * e.sign) AS cost FROM expenses AS e
           WHERE cloud_account_id = {a:String} GROUP BY id HAVING sum(e.sign) > 0`,
          { a: `${o}-a` },
        ),
      ).toEqual([{ id: `r${cost}`, cost }]);
      expect(
        await clickHouse.query("SELECT id FROM resources FINAL WHERE cloud_account_id = {a:String}", { a: `${o}-a` }),
      ).toEqual([{ id: `r${cost}` }]);
      expect(await leftovers(), outcome).toEqual(nothing);
      if (!died()) break;
    }
    expect(outcomes).toEqual(new Set(["undone", "recovered", "finished"]));
  }, 120_000);
});

test("recovering when there is nothing to recover changes nothing", async () => {
  expect(await recoverImports(importer.stores)).toEqual({ finished: 0 });
  expect(await leftovers()).toEqual(nothing);
});
