import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Charge, charge, charges, sumsOf, writeCsv } from "./focus-files.js";
import { expectSums, FocusImporter } from "./focus-importer.js";

let importer: FocusImporter;
beforeAll(async () => {
  importer = await FocusImporter.create();
});
afterAll(() => importer[Symbol.asyncDispose]());

describe("what an import replaces", () => {
  test("a corrected file takes the place of the first, also where it has less", async () => {
    const organization = importer.acme();
    const path = await importer.file(
      charges(
        { ResourceId: "a", EffectiveCost: 1 },
        {
          ResourceId: "b",
          EffectiveCost: 2,
          ChargePeriodStart: "2024-09-05T00:00:00Z",
          ChargePeriodEnd: "2024-09-06T00:00:00Z",
        },
        {
          ResourceId: "c",
          EffectiveCost: 4,
          ChargePeriodStart: "2024-09-09T00:00:00Z",
          ChargePeriodEnd: "2024-09-10T00:00:00Z",
        },
        { ResourceId: "d", EffectiveCost: 8, SubAccountId: "222" },
      ),
    );
    await importer.bring(organization, path);
    const corrected = charges(
      { ResourceId: "a", EffectiveCost: 1.5 },
      {
        ResourceId: "c",
        EffectiveCost: 4,
        ChargePeriodStart: "2024-09-09T00:00:00Z",
        ChargePeriodEnd: "2024-09-10T00:00:00Z",
      },
    );
    await writeCsv(path, corrected);
    const report = await importer.bring(organization, path);
    expectSums(await importer.storedSums(organization), sumsOf(corrected));
    expect((await importer.documentsOf(report)).map((document) => document.cloud_resource_id)).toEqual(["a", "c"]);
    const records = await importer.stores.clickHouse.query(
      "SELECT count() AS n FROM raw_expenses WHERE cloud_account_id IN {ids:Array(String)}",
      { ids: report.accounts.map(({ id }) => id) },
    );
    expect(records).toEqual([{ n: 2 }]);
  });

  test("files of other days and of other accounts leave each other alone", async () => {
    const organization = importer.acme();
    const day = (date: number, differences: Charge = {}) =>
      charge({
        ChargePeriodStart: `2024-09-0${date}T00:00:00Z`,
        ChargePeriodEnd: `2024-09-0${date + 1}T00:00:00Z`,
        EffectiveCost: date,
        ...differences,
      });
    const rows = [day(1), day(2), day(3, { SubAccountId: "222" }), day(3)];
    for (const row of rows) await importer.bring(organization, await importer.file([row]));
    expectSums(await importer.storedSums(organization), sumsOf(rows));
    await importer.bring(organization, await importer.file([day(2, { EffectiveCost: 20 })]));
    expectSums(
      await importer.storedSums(organization),
      sumsOf([day(1), day(2, { EffectiveCost: 20 }), ...rows.slice(2)]),
    );
  });

  test("an older file widens a resource's life and does not overwrite what newer charges say of it", async () => {
    const organization = importer.acme();
    await importer.bring(organization, await importer.file(charges({ ResourceName: "now", EffectiveCost: 2 })));
    const report = await importer.bring(
      organization,
      await importer.file(
        charges({
          ResourceName: "then",
          EffectiveCost: 1,
          ChargePeriodStart: "2024-08-01T00:00:00Z",
          ChargePeriodEnd: "2024-08-02T00:00:00Z",
        }),
      ),
    );
    expect(await importer.documentsOf(report)).toMatchObject([
      {
        name: "now",
        first_seen: Date.UTC(2024, 7, 1) / 1000,
        last_seen: Date.UTC(2024, 8, 3) / 1000 - 1,
        total_cost: 3,
      },
    ]);
  });

  test("a resource that loses its last days lives shorter", async () => {
    const organization = importer.acme();
    await importer.bring(
      organization,
      await importer.file(
        charges({
          ResourceId: "a",
          ChargePeriodStart: "2024-08-31T00:00:00Z",
          ChargePeriodEnd: "2024-09-01T00:00:00Z",
        }),
      ),
    );
    const path = await importer.file(charges({ ResourceId: "a" }, { ResourceId: "b" }));
    await importer.bring(organization, path);
    await writeCsv(path, charges({ ResourceId: "b" }));
    const report = await importer.bring(organization, path);
    expect(await importer.documentsOf(report)).toMatchObject([
      { cloud_resource_id: "a", last_seen: Date.UTC(2024, 8, 1) / 1000 - 1, total_cost: 1 },
      { cloud_resource_id: "b" },
    ]);
  });

  test("another organization's import of the same file is another import", async () => {
    const [one, two] = [importer.acme(), importer.acme()];
    const path = await importer.file(charges({ EffectiveCost: 1 }, { SubAccountId: "222" }));
    await importer.bring(one, path);
    await writeCsv(path, charges({ EffectiveCost: 7 }));
    await importer.bring(two, path);
    expect(await importer.storedSums(one)).toEqual(
      new Map([
        ["111 2024-09-02", 1],
        ["222 2024-09-02", 1],
      ]),
    );
    expect(await importer.storedSums(two)).toEqual(new Map([["111 2024-09-02", 7]]));
  });

  test("whatever was imported before, the sums of the store are those of the file, per account and day", async () => {
    const organization = importer.acme();
    const path = await importer.file(charges({}));
    const row = fc.record({
      SubAccountId: fc.constantFrom("1", "2", null),
      ResourceId: fc.constantFrom("a", "b", null),
      ServiceName: fc.constantFrom("S1", "S2"),
      ChargeCategory: fc.constantFrom("Usage", "Credit"),
      hour: fc.integer({ min: 0, max: 24 * 5 - 1 }),
      EffectiveCost: fc.oneof(fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.constant(0), fc.constant(1e-9)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (generated) => {
        const rows = generated.map(({ hour, ...fields }) => {
          const start = Date.UTC(2024, 8, 1, hour);
          return charge({
            ...fields,
            ChargePeriodStart: new Date(start).toISOString(),
            ChargePeriodEnd: new Date(start + 3_600_000).toISOString(),
          });
        });
        // The first and the last day are always there, so that each file covers the one before.
        rows.push(
          charge({ ChargePeriodStart: "2024-09-01" }),
          charge({ ChargePeriodStart: "2024-09-05", ChargePeriodEnd: "2024-09-06" }),
        );
        await writeCsv(path, rows);
        await importer.bring(organization, path);
        expectSums(await importer.storedSums(organization), sumsOf(rows));
      }),
      { numRuns: 8, endOnFailure: true },
    );
  });
});
