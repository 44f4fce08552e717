import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Label, seriesId } from "../../src/metroculus/series-id.js";
import { ClickHouse } from "../../src/stores/clickhouse.js";
import { seriesIdSql } from "../../src/stores/kubernetes-tables.js";

let directory: string;
let clickHouse: ClickHouse;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-series-"));
  clickHouse = await ClickHouse.open({ path: directory });
});
afterAll(async () => {
  await clickHouse.close();
  await rm(directory, { recursive: true, force: true });
});

const labelSets = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, unit: "binary" }), fc.string({ unit: "binary" })), {
  selector: ([name]) => name,
  maxLength: 8,
});

test("ClickHouse and the receiver give a series the same id, whatever the labels say", async () => {
  const sets = fc.sample(fc.tuple(fc.string({ minLength: 1 }), labelSets), 100);
  const rows = await clickHouse.query<{ id: string }>(
    `SELECT toString(${seriesIdSql}) AS id
     FROM (SELECT arrayJoin(arrayZip({metrics:Array(String)}, {labels:Array(Map(String, String))})) AS row,
             row.1 AS metric, row.2 AS labels)`,
    { metrics: sets.map(([metric]) => metric), labels: sets.map(([, labels]) => new Map(labels)) },
  );
  expect(rows.map(({ id }) => id)).toEqual(sets.map(([metric, labels]) => String(seriesId(metric, labels))));
});

test("the order in which labels come does not matter, and no two label sets run into each other", () => {
  const labels: Label[] = [
    ["a", "bc"],
    ["d", "e"],
  ];
  expect(seriesId("m", labels)).toBe(seriesId("m", [...labels].reverse()));
  expect(seriesId("m", [["a", "b"]])).not.toBe(seriesId("m", [["ab", ""]]));
  expect(seriesId("ma", [])).not.toBe(seriesId("m", [["a", ""]]));
});
