import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayError } from "../../src/errors.js";
import { type Charge, charges, csvOf } from "../imports/focus-files.js";
import { FocusImporter } from "../imports/focus-importer.js";
import { cases, expectNothingRevealed, mutated, Tally, timeout } from "./judge.js";

/** Bills come from elsewhere: what is in a file is imported to the last digit, or refused in one line with nothing stored. */
const tally = new Tally("FOCUS files");
let importer: FocusImporter;
beforeAll(async () => {
  importer = await FocusImporter.create();
});
afterAll(async () => {
  tally.tell();
  await importer[Symbol.asyncDispose]();
});

const good = charges(
  { ResourceId: "i-0acme", Tags: '{"team":"web"}' },
  { ResourceId: "i-1acme", EffectiveCost: -0.125, ChargePeriodStart: "2024-09-05", ChargePeriodEnd: "2024-09-06" },
  { ResourceId: null, ChargeCategory: "Tax", SubAccountId: null, SubAccountName: null },
  { ResourceId: "i-2acme", SubAccountId: "222", EffectiveCost: "1e3", ResourceName: 'with "quotes", and\nlines' },
);
const csv = Buffer.from(csvOf(good));

const cell = fc.oneof(
  fc.string({ unit: "binary", maxLength: 16 }),
  fc.constantFrom<string | number | null>(
    null,
    "",
    "NaN",
    "-inf",
    "1e308",
    "1e-308",
    "0x10",
    "9".repeat(400),
    "'; DROP TABLE expenses; --",
    "{secret:String}",
    "file('/etc/passwd')",
    "=cmd|' /C calc'!A0",
    '{"a":{"b":[1,2,{}]}}',
    '{"__proto__":{"x":1}}',
    "[".repeat(2_000),
    "1970-01-01",
    "2105-12-31",
    "2299-12-31T23:59:59.999999999Z",
    "-0001-01-01",
    "2024-09-02T00:00:00+23:59",
    "\u0000",
    "\ufeff",
    "\u202e",
    "\\N",
    "USD",
    "EUR",
    "usd",
  ),
);
const columns = Object.keys(good[0] ?? {});
const changedCells = fc
  .array(fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...columns), cell), { minLength: 1, maxLength: 3 })
  .map((changes) => {
    const rows: Charge[] = good.map((row) => ({ ...row }));
    for (const [row, column, value] of changes) rows[row] = { ...rows[row], [column]: value };
    return Buffer.from(csvOf(rows, columns));
  });
const changedHeader = fc
  .tuple(
    fc.subarray(columns, { minLength: 1 }),
    fc.array(
      fc.string({ maxLength: 8 }).filter((name) => !(name in {})),
      { maxLength: 2 },
    ),
    fc.boolean(),
  )
  .map(([kept, more, twice]) => Buffer.from(csvOf(good, [...kept, ...more, ...(twice ? kept.slice(0, 1) : [])])));

const file = fc.oneof(
  { weight: 3, arbitrary: changedCells },
  { weight: 3, arbitrary: mutated(csv) },
  { weight: 1, arbitrary: changedHeader },
  { weight: 1, arbitrary: mutated(gzipSync(csv)) },
  { weight: 1, arbitrary: mutated(csv).map((bytes) => gzipSync(bytes)) },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.concat([Buffer.from("PAR1"), bytes])),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)) },
);

test(
  "whatever the file: imported with its sums, or refused in one line that names it, and nothing of it is kept",
  async () => {
    const path = importer.path("bill.csv");
    await fc.assert(
      fc.asyncProperty(file, async (bytes) => {
        const organization = importer.acme();
        await writeFile(path, bytes);
        try {
          const report = await importer.bring(organization, path);
          tally.count("imported");
          expect(Number.isFinite(report.cost)).toBe(true);
          expect(report.charges).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error;
          tally.count(error.code);
          expect(["BAD_IMPORT_FILE", "BAD_USER_INPUT"]).toContain(error.code);
          expect(error.message).toMatch(/^[^\n\r]+$/);
          if (error.code === "BAD_IMPORT_FILE") expect(error.message).toContain(path);
          expect(error.message.length).toBeLessThan(1_000);
          expectNothingRevealed(error.message.replaceAll(path, ""), bytes.toString("latin1"));
          await importer.expectNothing(organization);
        }
      }),
      cases(150),
    );
    expect(tally.of("imported")).toBeGreaterThan(0);
    expect(tally.of("BAD_IMPORT_FILE")).toBeGreaterThan(0);
  },
  timeout,
);

const MB = 1 << 20;
test.each([
  ["in a row", 100, csv.subarray(0, -40)],
  ["in quotes that are never closed", 40, Buffer.concat([csv.subarray(0, -1), Buffer.from('"')])],
])(
  "a gzip bomb of one endless cell %s is refused for its size, and no memory is kept of it",
  async (_where, size, start) => {
    const path = importer.path("bomb.csv.gz");
    await writeFile(path, gzipSync(Buffer.concat([start, Buffer.alloc(size * MB, "x")])));
    const organization = importer.acme();
    const before = process.memoryUsage.rss();
    await expect(importer.bring(organization, path)).rejects.toMatchObject({
      code: "BAD_IMPORT_FILE",
      message: expect.stringMatching(
        /a row has more than 16777216 bytes, or a quote in it is never closed: the file is damaged\.$/,
      ),
    });
    // What the engine has read it would hold for some seconds more.
    await importer.stores.clickHouse.releaseMemory();
    expect(process.memoryUsage.rss() - before).toBeLessThan(256 * MB);
    await importer.expectNothing(organization);
  },
);
