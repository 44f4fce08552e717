import { createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import { importFocus } from "../../src/imports/focus.js";
import type { Stores } from "../../src/stores/stores.js";
import { charge, csvOf } from "../imports/focus-files.js";
import { temporaryStores } from "../imports/stores.js";
import { growthDuring } from "../rest/many-resources.js";
import { report } from "./report.js";
import { inTurns } from "./store/rounds.js";

const ROWS = 1_000_000;
const RESOURCES = 300_000;
const ROUNDS = 3;

test("FOCUS import of 1 M charges, against ClickHouse reading the same file", async () => {
  await using temporary = await temporaryStores();
  const { stores } = temporary;
  const file = join(temporary.directory, "bill.csv");
  await pipeline(Readable.from(bill()), createWriteStream(file));
  const { clickHouse } = stores;
  await clickHouse.command(
    `CREATE TABLE bill ENGINE = MergeTree ORDER BY (SubAccountId, ResourceId, ChargePeriodStart)
     SETTINGS allow_nullable_key = 1 EMPTY AS SELECT * FROM file({file:String}, 'CSVWithNames')`,
    { file },
  );
  let organizations = 0;
  let mostGrowth = 0;
  const imported = async () => {
    await forget(stores);
    organizations += 1;
    const { growth } = await growthDuring(async () => {
      const done = await importFocus(stores, { files: [file], organization: `Acme ${organizations}` });
      expect(done).toMatchObject({ charges: ROWS, resources: RESOURCES });
    });
    mostGrowth = Math.max(mostGrowth, growth);
  };
  const read = async () => {
    await clickHouse.command("TRUNCATE TABLE bill");
    await clickHouse.command(
      "INSERT INTO bill SELECT * FROM file({file:String}, 'CSVWithNames') SETTINGS max_execution_time = 0",
      { file },
    );
  };
  const { gateway, engine } = await inTurns({ gateway: imported, engine: read }, { warmups: 0, rounds: ROUNDS });
  expect(await clickHouse.query("SELECT count() AS rows FROM bill")).toEqual([{ rows: ROWS }]);

  const ratio = gateway.milliseconds / engine.milliseconds;
  const megabytes = (await stat(file)).size / 1e6;
  const seconds = ({ milliseconds, cpuMilliseconds }: typeof gateway) =>
    `${(milliseconds / 1_000).toFixed(1)} s (${(cpuMilliseconds / 1_000).toFixed(1)} s of processor time)`;
  report({
    id: "H",
    measure: `FOCUS import of 1 M charges of ${RESOURCES.toLocaleString("en")} resources, ${megabytes.toFixed(0)} MB of CSV`,
    against: "ClickHouse reading the same file into a MergeTree table",
    ours: `${seconds(gateway)}, process grew by ${(mostGrowth / 1e6).toFixed(0)} MB`,
    theirs: seconds(engine),
    ratio,
    goal: "at most 3",
    reached: ratio <= 3,
  });
});

/** What was imported before, so that each round begins alike. */
async function forget({ clickHouse }: Stores): Promise<void> {
  for (const table of ["expenses", "resources", "raw_expenses"]) await clickHouse.command(`TRUNCATE TABLE ${table}`);
}

/** A made-up bill in some thousand pieces: each resource is charged on a few days of a month. */
function* bill(): Generator<string> {
  const pad = (value: number, width: number) => String(value).padStart(width, "0");
  const rows = (from: number) =>
    Array.from({ length: 1_000 }, (_, offset) => {
      const row = from + offset;
      const resource = row % RESOURCES;
      const day = pad(1 + ((row * 7 + Math.floor(row / RESOURCES)) % 30), 2);
      const cost = ((row * 7_919) % 100_000) / 1_000;
      return charge({
        BilledCost: cost,
        EffectiveCost: cost,
        ListCost: cost,
        ContractedCost: cost,
        ChargePeriodStart: `2024-09-${day}T00:00:00Z`,
        ChargePeriodEnd: `2024-09-${day}T23:59:59Z`,
        ChargeDescription: `$0.0${resource % 97} per unit, on demand`,
        ResourceId: `arn:aws:ec2:us-east-1:${100 + (resource % 20)}:instance/i-${pad(resource, 17)}`,
        ResourceName: `web-${resource}`,
        SkuId: `SKU${resource % 300}`,
        SubAccountId: String(100 + (resource % 20)),
        SubAccountName: `Acme ${resource % 20}`,
        Tags: JSON.stringify({
          team: `team-${resource % 40}`,
          env: resource % 2 ? "prod" : "dev",
          app: `a${resource % 500}`,
        }),
      });
    });
  for (let from = 0; from < ROWS; from += 1_000) {
    const text = csvOf(rows(from));
    yield from === 0 ? text : text.slice(text.indexOf("\n") + 1);
  }
}
