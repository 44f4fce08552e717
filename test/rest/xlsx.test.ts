import fc from "fast-check";
import { readSheet } from "read-excel-file/node";
import { expect, test } from "vitest";
import { Columns } from "../../src/rest/formats/columns.js";
import type { Row } from "../../src/rest/formats/row-batches.js";
import { xlsx } from "../../src/rest/formats/xlsx.js";

async function* batches(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  for (let from = 0; from < rows.length; from += 2) yield rows.slice(from, from + 2);
}

async function written(rows: readonly Row[]): Promise<{ paths: string[]; sheet: unknown[][] }> {
  const columns = await Columns.of(batches(rows));
  const chunks: Buffer[] = [];
  for await (const chunk of await xlsx(columns, batches(rows), rows.length)) chunks.push(chunk as Buffer);
  return { paths: columns.paths, sheet: (await readSheet(Buffer.concat(chunks), { trim: false })) as unknown[][] };
}

test("text comes back as it went in, whatever it contains", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "binary", minLength: 1 }), { minLength: 1 }), async (texts) => {
      const writable = texts.map((text) => `a${text.replace(/[^\P{C}\t\n]|_x[0-9a-f]{4}_/giu, "?")}z`);
      const { sheet } = await written(writable.map((text) => ({ text, more: 1 })));
      expect(sheet.slice(1).map((row) => row[0])).toEqual(writable);
    }),
    { numRuns: 50 },
  );
});

test("what XML cannot hold does not break the workbook", async () => {
  const { sheet } = await written([{ text: "a\u0000\u001f\ud800_x0041_&<>\ufffe z", cost: 1 }]);
  expect(sheet).toHaveLength(2);
});

test("numbers stay numbers, to the last digit", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      async (numbers) => {
        const { sheet } = await written(numbers.map((cost) => ({ cost })));
        expect(sheet.slice(1)).toEqual(numbers.map((cost) => [cost + 0]));
      },
    ),
    { numRuns: 50 },
  );
});

test("a key that holds an object here and a value there has a column for each", async () => {
  const { paths, sheet } = await written([{ a: 1 }, { a: { b: 2, c: { d: 3 } } }, { a: null, e: [1, { f: 2 }] }]);
  expect(paths).toEqual(["a", "a.b", "a.c.d", "e"]);
  expect(sheet).toEqual([
    ["a", null, null, "e"],
    [null, "b", "c", null],
    [null, null, "d", null],
    [1, null, null, null],
    [null, 2, 3, null],
    [null, null, null, '[1,{"f":2}]'],
  ]);
});

test("more keys than a spreadsheet has columns are folded into one, the rest stays apart", async () => {
  const tags = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`tag${index}`, index]));
  const columns = await Columns.of(batches([{ cost: 1, tags }]));
  expect(columns.paths).toEqual(["cost", "tags"]);
  expect(columns.cells({ cost: 1, tags: { a: 1 } })).toEqual([1, '{"a":1}']);
});
