import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ROWS_PER_BUCKET, resourceBuckets } from "../../src/imports/resource-buckets.js";
import { charge, sumsOf, writeCsv } from "./focus-files.js";
import { expectSums, FocusImporter } from "./focus-importer.js";

let importer: FocusImporter;
beforeAll(async () => {
  importer = await FocusImporter.create();
});
afterAll(() => importer[Symbol.asyncDispose]());

test("each id is in exactly one of the buckets, however many there are", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 100 }), fc.array(fc.oneof(fc.uuid(), fc.string())), async (n, ids) => {
      const times = resourceBuckets(n).map(({ holds }) => `toUInt32(${holds("id")})`);
      const rows = await importer.stores.clickHouse.query<{ times: number }>(
        `SELECT ${times.join(" + ")} AS times FROM (SELECT arrayJoin({ids:Array(String)}) AS id)`,
        { ids },
      );
      expect(rows).toEqual(ids.map(() => ({ times: 1 })));
    }),
    { numRuns: 5 },
  );
});

test("a bill of several buckets continues another and is corrected as one of a single bucket is", async () => {
  const bill = (resources: number, cost: number, month: string) =>
    Array.from({ length: resources }, (_, index) =>
      charge({
        ResourceId: `r-${index}`,
        EffectiveCost: cost,
        ChargePeriodStart: `2024-${month}-02T00:00:00Z`,
        ChargePeriodEnd: `2024-${month}-03T00:00:00Z`,
      }),
    );
  const organization = importer.acme();
  const rows = async () =>
    importer.stores.clickHouse.query(
      `SELECT count() AS resources, uniqExact(id) AS ids, min(first_seen) AS first, max(last_seen) AS last,
         sum(JSONExtractFloat(document, 'total_cost')) AS cost
       FROM resources FINAL WHERE NOT removed`,
    );
  const [september, november] = [Date.UTC(2024, 8, 2) / 1_000, Date.UTC(2024, 10, 2) / 1_000];

  const before = bill(300, 2, "09");
  await importer.bring(organization, await importer.file(before));
  const path = await importer.file(bill(ROWS_PER_BUCKET + 1, 1, "11"));
  await importer.bring(organization, path);
  expect(await rows()).toEqual([
    {
      resources: ROWS_PER_BUCKET + 1,
      ids: ROWS_PER_BUCKET + 1,
      first: september,
      last: november + 86_399,
      cost: ROWS_PER_BUCKET + 601,
    },
  ]);

  const corrected = bill(10, 4, "11");
  await writeCsv(path, corrected);
  await importer.bring(organization, path);
  expectSums(await importer.storedSums(organization), sumsOf([...before, ...corrected]));
  expect(await rows()).toEqual([{ resources: 300, ids: 300, first: september, last: november + 86_399, cost: 640 }]);
});
