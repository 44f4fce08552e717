import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Charge, charge, charges, csvOf } from "./focus-files.js";
import { FocusImporter } from "./focus-importer.js";

let importer: FocusImporter;
beforeAll(async () => {
  importer = await FocusImporter.create();
});
afterAll(() => importer[Symbol.asyncDispose]());

describe("files that are refused with one line and leave nothing behind", () => {
  const good = charges({ ResourceId: "a" }, { ResourceId: "b" }, { ResourceId: "c" });
  const lines = csvOf(good).split("\n");
  const changed = (differences: Charge) => csvOf([good[0] ?? {}, charge(differences), good[2] ?? {}]);
  const without = (...names: string[]) =>
    csvOf(
      good,
      Object.keys(good[0] ?? {}).filter((name) => !names.includes(name)),
    );
  const packed = gzipSync(
    Buffer.from(csvOf(Array.from({ length: 5_000 }, (_, index) => charge({ ResourceId: `r${index * 7919}` })))),
  );
  const cases: [string, string | Buffer, RegExp][] = [
    ["empty", "", /the file is empty/],
    ["a header alone", `${lines[0]}\n`, /holds no charges/],
    ["something else", "a,b\n1,2\n", /row 1: .*lacks the columns EffectiveCost, BillingCurrency, ChargePeriodStart/],
    ["a column short", without("EffectiveCost"), /lacks the column EffectiveCost\./],
    ["without any provider", without("ProviderName"), /lacks the column ProviderName or ServiceProviderName\./],
    [
      "a cost that is no number",
      changed({ EffectiveCost: "1,5" }),
      /row 2 \(line 3\), column EffectiveCost: expected a number, found "1,5"/,
    ],
    ["a cost that is not finite", changed({ EffectiveCost: "NaN" }), /row 2 \(line 3\), column EffectiveCost/],
    ["a cost beyond numbers", changed({ EffectiveCost: "1e999" }), /row 2 \(line 3\), column EffectiveCost/],
    [
      "a date that does not exist",
      changed({ ChargePeriodStart: "2024-09-31" }),
      /row 2 \(line 3\), column ChargePeriodStart: expected a date/,
    ],
    ["a date of another form", changed({ ChargePeriodEnd: "9/3/2024" }), /row 2 \(line 3\), column ChargePeriodEnd/],
    ["no date", changed({ ChargePeriodEnd: null }), /row 2 \(line 3\), column ChargePeriodEnd: .*found nothing/],
    [
      "an end before the start",
      changed({ ChargePeriodEnd: "2024-09-01" }),
      /row 2 \(line 3\), column ChargePeriodEnd: expected an end/,
    ],
    ["no currency", changed({ BillingCurrency: null }), /row 2 \(line 3\), column BillingCurrency/],
    [
      "a row too short",
      [...lines.slice(0, 2), lines[2]?.split(",").slice(0, -4).join(","), lines[3], ""].join("\n"),
      /row 2 \(line 3\), column ServiceName: expected 22 fields, found 18/,
    ],
    [
      "a row too long",
      [...lines.slice(0, 2), `${lines[2]},1`, lines[3], ""].join("\n"),
      /row 2 \(line 3\), .*found 23/,
    ],
    [
      "a comma too much before an empty last field, which moves money into other columns",
      [
        ...lines.slice(0, 2),
        `${lines[2]?.replace(/"[^"]*",1,/, (cost) => `${cost}5,`).slice(0, -4)}`,
        lines[3],
        "",
      ].join("\n"),
      /row 2 \(line 3\), .*expected 22 fields, found 23/,
    ],
    [
      "a day before all days",
      changed({ ChargePeriodStart: "1969-12-31" }),
      /row 2 \(line 3\), column ChargePeriodStart: expected a date/,
    ],
    [
      "a day after all days",
      csvOf([charge({ ChargePeriodStart: "2150-01-01", ChargePeriodEnd: "2150-01-02" })]),
      /row 1 \(line 2\), column ChargePeriodStart: expected a date/,
    ],
    ["UTF-16", Buffer.from(`\ufeff${csvOf(good)}`, "utf16le"), /it is UTF-16 text: save it as UTF-8/],
    [
      "Latin-1",
      Buffer.from(csvOf(charges({}, { ServiceName: "Virtual Machines" }, { ServiceName: "Stra\u00dfe" })), "latin1"),
      /: line 4: not UTF-8 text, .*save it as UTF-8/,
    ],
    [
      "Latin-1 in its header",
      Buffer.from(csvOf(good).replace("Tags", "x_Stra\u00dfe"), "latin1"),
      /: line 1: not UTF-8 text/,
    ],
    [
      "Latin-1 gzip",
      gzipSync(Buffer.from(csvOf([charge({ RegionName: "S\u00e3o Paulo" })]), "latin1")),
      /: line 2: not UTF-8 text/,
    ],
    [
      "lines that end with carriage returns",
      csvOf(good).replaceAll("\n", "\r"),
      /its lines end with a carriage return alone: save it with line feeds/,
    ],
    [
      "two columns of one name",
      csvOf(good).replace("ListCost", "effectivecost "),
      /row 1: two columns are named EffectiveCost: remove or rename/,
    ],
    [
      "costs whose sum no number holds",
      csvOf(charges({ EffectiveCost: 1e308 }, { EffectiveCost: 1e308 })),
      /its costs add up to more than a number can hold/,
    ],
    [
      "costs that not every order adds up",
      csvOf(charges({ EffectiveCost: 1e308 }, { EffectiveCost: 1e308 }, { EffectiveCost: -1.5e308 })),
      /its costs add up to more than a number can hold/,
    ],
    ["a ZIP archive", Buffer.from("PK\u0003\u0004 and so on"), /it is a ZIP archive or a workbook/],
    [
      "cut off amid a row",
      csvOf(good).slice(0, -120),
      /row 3 \(line 4\), column \w+: a quote is never closed: the file is cut off/,
    ],
    [
      "cut off amid its last field",
      csvOf([...good.slice(0, 2), charge({ Tags: '{"team": "web"}' })]).slice(0, -4),
      /row 3 \(line 4\), column Tags: the file is cut off here/,
    ],
    ["cut off gzip", packed.subarray(0, packed.length - 30), /row \d+: the gzip file is cut off/],
    [
      "damaged gzip",
      Buffer.concat([packed.subarray(0, 2_000), Buffer.alloc(500), packed.subarray(2_500)]),
      /row \d+ .*damaged/,
    ],
    ["a Parquet file without its end", Buffer.from("PAR1 and no more"), /not a whole Parquet file/],
  ];

  test.each(cases)("%s", async (name, contents, sentence) => {
    const path = importer.path(`bad-${name.replaceAll(" ", "-")}`);
    await writeFile(path, contents);
    const organization = importer.acme();
    const refusal = (await importer.bring(organization, path).catch((error: unknown) => error)) as Error;
    expect(refusal).toMatchObject({ code: "BAD_IMPORT_FILE", message: expect.stringMatching(sentence) });
    expect(refusal.message.startsWith(`${path}: `)).toBe(true);
    expect(refusal.message).not.toContain("\n");
    await importer.expectNothing(organization);
  });

  test("a file that was cut off anywhere in its last row", async () => {
    const text = csvOf(good);
    const lastRow = text.trimEnd().length - text.trimEnd().lastIndexOf("\n");
    for (let missing = 2; missing < lastRow - 1; missing += 41) {
      const path = importer.path("cut.csv");
      await writeFile(path, text.slice(0, -missing));
      const refusal = importer.bring(importer.acme(), path);
      await expect(refusal, `${missing} bytes`).rejects.toMatchObject({
        code: "BAD_IMPORT_FILE",
        message: expect.stringMatching(/row 3 \(line 4\), column \w+: .*cut off/),
      });
    }
  });

  test("a good file beside a bad one", async () => {
    const path = importer.path("half.csv");
    await writeFile(path, changed({ EffectiveCost: "x" }));
    const organization = importer.acme();
    await expect(importer.bring(organization, [await importer.file(good), path])).rejects.toMatchObject({
      details: { file: path, row: 2, column: "EffectiveCost" },
    });
    await importer.expectNothing(organization);
  });

  test("a Parquet file with a cost that is no number", async () => {
    const path = importer.path("text-cost.parquet");
    await importer.stores.clickHouse.command(
      `INSERT INTO FUNCTION file({path:String}, 'Parquet') SELECT * FROM file({csv:String}, 'CSVWithNames')`,
      { path, csv: await importer.file([...good, charge({ EffectiveCost: "free" })]) },
    );
    await expect(importer.bring(importer.acme(), path)).rejects.toMatchObject({
      message: expect.stringContaining('row 4, column EffectiveCost: expected a number, found "free"'),
    });
  });

  test("a Parquet file that was cut off", async () => {
    const whole = importer.path("whole.parquet");
    await importer.stores.clickHouse.command(
      `INSERT INTO FUNCTION file({path:String}, 'Parquet') SELECT * FROM file({csv:String}, 'CSVWithNames')`,
      { path: whole, csv: await importer.file(good) },
    );
    const bytes = await readFile(whole);
    for (const length of [bytes.length - 4, bytes.length - 40, bytes.length >> 1]) {
      const path = importer.path(`cut-${length}.parquet`);
      await writeFile(path, bytes.subarray(0, length));
      const organization = importer.acme();
      await expect(importer.bring(organization, path)).rejects.toMatchObject({
        code: "BAD_IMPORT_FILE",
        message: expect.stringContaining("not a whole Parquet file"),
      });
      await importer.expectNothing(organization);
    }
  });

  test("no file, a directory, no organization", async () => {
    await expect(importer.bring(importer.acme(), importer.path("none.csv"))).rejects.toMatchObject({
      code: "BAD_IMPORT_FILE",
      message: expect.stringContaining("there is no such file"),
    });
    await expect(importer.bring(importer.acme(), importer.path(""))).rejects.toMatchObject({
      message: expect.stringContaining("it is a directory"),
    });
    await expect(importer.bring(" ", await importer.file(good))).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });
});
