import type { ClickHouse } from "../stores/clickhouse.js";
import type { EpochSeconds } from "../time.js";
import { boundedMemorySql, ofOneBucketSql } from "./bounded-memory.js";
import { expenseFacts, replaceFacts } from "./replace-facts.js";
import { bucketsFor, type ResourceBucket } from "./resource-buckets.js";
import { createStaging, stagingName, stagingTable } from "./staging.js";

/**
 * What an import of charges covers: all charges of its accounts that begin between its first and its last day, and
 * what earlier imports of the same files brought in these days, whatever its account. So a corrected file also
 * takes away what it no longer has; files of other days, or of other accounts, never touch each other.
 */
export interface ChargeCoverage {
  /** The accounts that have charges in the import. */
  readonly accountIds: readonly string[];
  /** Midnight UTC of the first day. */
  readonly start: EpochSeconds;
  /** Midnight UTC after the last day. */
  readonly end: EpochSeconds;
  /** Earlier imports of the same files into the same organization. */
  readonly earlierImportIds: readonly string[];
}

export interface ChargeReplacement extends ChargeCoverage {
  /** Accounts that have charges in the import, or lose some through it. */
  readonly touchedAccountIds: readonly string[];
  /** For the rows of resources. */
  readonly version: number;
}

const inDays = "start_date >= toDateTime({start:UInt32}, 'UTC') AND start_date < toDateTime({end:UInt32}, 'UTC')";
const covered = `${inDays}
  AND (cloud_account_id IN {accountIds:Array(String)} OR import_id IN {earlierImportIds:Array(String)})`;
/** For the rows of one bucket, of which no two have the same key, so that there is nothing to replace among them yet. */
const ofOneBucket = `${ofOneBucketSql}, output_format_json_escape_forward_slashes = 0, optimize_on_insert = 0`;

/**
 * Remembers which resources lose charges, as long as that can be told.
 * @returns the accounts that have or lose charges
 */
export async function stageLosses(
  clickHouse: ClickHouse,
  importId: string,
  { accountIds, start, end, earlierImportIds }: ChargeCoverage,
): Promise<readonly string[]> {
  const losing = stagingName(importId, "losing");
  await clickHouse.command(
    `CREATE TABLE ${losing} (cloud_account_id String, resource_id String) ENGINE = MergeTree ORDER BY resource_id`,
  );
  await clickHouse.command(
    `INSERT INTO ${losing} SELECT cloud_account_id, resource_id FROM raw_expenses WHERE ${covered}
     GROUP BY cloud_account_id, resource_id ${boundedMemorySql}`,
    { accountIds, start, end, earlierImportIds },
  );
  await createStaging(clickHouse, importId, "expenses");
  const accounts = await clickHouse.query<{ id: string }>(`SELECT DISTINCT cloud_account_id AS id FROM ${losing}`);
  return [...new Set([...accountIds, ...accounts.map(({ id }) => id)])];
}

/**
 * Puts the staged charges in the place of what they cover. Doing it again changes nothing. What is made of them is made
 * of one bucket of resources after the other, so that memory does not grow with the import.
 */
export async function replaceCharges(
  clickHouse: ClickHouse,
  importId: string,
  replacement: ChargeReplacement,
): Promise<void> {
  await replaceRawExpenses(clickHouse, importId, replacement);
  const buckets = await bucketsFor(clickHouse, [stagingName(importId, "charges"), stagingName(importId, "losing")]);
  await replaceExpenses(clickHouse, importId, replacement, buckets);
  await replaceResourcesOfCharges(clickHouse, importId, replacement, buckets);
}

async function replaceRawExpenses(
  clickHouse: ClickHouse,
  importId: string,
  { accountIds, start, end, earlierImportIds }: ChargeReplacement,
): Promise<void> {
  const parameters = { accountIds, start, end, earlierImportIds, importId };
  // Its own rows are there when an earlier attempt was cut off; not all of them, perhaps.
  const stale = `(import_id = {importId:String} OR (${covered}))`;
  const [row] = await clickHouse.query(`SELECT 1 FROM raw_expenses WHERE ${stale} LIMIT 1`, parameters);
  if (row !== undefined)
    await clickHouse.command(`DELETE FROM raw_expenses WHERE ${stale} ${boundedMemorySql}`, parameters);
  // Links the staged parts instead of writing their rows again.
  await clickHouse.command(
    `ALTER TABLE raw_expenses ATTACH PARTITION ALL FROM ${stagingTable(importId, "raw_expenses")}`,
  );
}

async function replaceExpenses(
  clickHouse: ClickHouse,
  importId: string,
  { accountIds, touchedAccountIds, start, end }: ChargeReplacement,
  buckets: readonly ResourceBucket[],
): Promise<void> {
  const staging = stagingTable(importId, "expenses");
  const parameters = { touchedAccountIds, start, end };
  const ofAccounts = "cloud_account_id IN {touchedAccountIds:Array(String)}";
  const inFacts = `${ofAccounts} AND ${inDays.replaceAll("start_date", "date")}`;
  // Accounts that have charges in the import have no others in its days.
  const source =
    touchedAccountIds.length === accountIds.length
      ? `${stagingName(importId, "charges")} AS charge WHERE kept`
      : `raw_expenses AS charge WHERE ${ofAccounts} AND ${inDays}`;
  const fill = (table: string, bucket: ResourceBucket) =>
    clickHouse.command(
      `INSERT INTO ${table} (cloud_account_id, resource_id, date, cost, sign)
       SELECT cloud_account_id, resource_id, toStartOfDay(start_date) AS date, sum(assumeNotNull(charge.cost)) AS cost, 1 AS sign
       FROM ${source} AND ${bucket.holds("resource_id")}
       GROUP BY cloud_account_id, resource_id, date
       ${ofOneBucket}`,
      parameters,
    );
  const [stored] = await clickHouse.query(`SELECT 1 FROM expenses WHERE ${inFacts} LIMIT 1`, parameters);
  for (const bucket of buckets) {
    if (stored === undefined) {
      // Nothing to compare with, as in the first import of a bill. Grouped by its key: one row a fact, of sign 1.
      await fill("expenses", bucket);
    } else {
      await clickHouse.command(`TRUNCATE TABLE ${staging}`);
      await fill(staging, bucket);
      const where = `${inFacts} AND ${bucket.holds("resource_id")}`;
      await replaceFacts(clickHouse, expenseFacts, staging, { where, parameters, part: `_${bucket.index}` });
    }
    await clickHouse.releaseMemory();
  }
}

/**
 * A resource is what its latest charges say of it, from its first charge to its last. Those that the import has
 * the latest charges of are written anew; those that it changes otherwise keep what is known of them, with other
 * bounds; those that have no charge left go away.
 */
async function replaceResourcesOfCharges(
  clickHouse: ClickHouse,
  importId: string,
  { touchedAccountIds, version }: ChargeReplacement,
  buckets: readonly ResourceBucket[],
): Promise<void> {
  const charges = stagingName(importId, "charges");
  const losing = stagingName(importId, "losing");
  const parameters = { touchedAccountIds, version, importId };
  const ofAccounts = "cloud_account_id IN {touchedAccountIds:Array(String)}";
  const [other] = await clickHouse.query(
    `SELECT 1 FROM raw_expenses WHERE ${ofAccounts} AND import_id != {importId:String} LIMIT 1`,
    parameters,
  );
  const bounds = other === undefined ? undefined : await createBounds(clickHouse, importId);
  // A first import takes nothing away: then there is nothing to look for in each bucket.
  const takesAway = (await clickHouse.query(`SELECT 1 FROM ${losing} LIMIT 1`)).length > 0;
  for (const bucket of buckets) {
    const run = (sql: string) => clickHouse.command(`${sql} ${ofOneBucket}`, parameters);
    const inBucket = bucket.holds("resource_id");
    const own = `SELECT cloud_account_id, resource_id FROM ${charges} WHERE kept AND ${inBucket}`;
    const lost = `SELECT cloud_account_id, resource_id FROM ${losing} WHERE ${inBucket}`;
    if (bounds === undefined) {
      // All charges of these accounts are in the import.
      await run(insertLatestSql(latestSql(charges, bucket)));
      if (takesAway) await run(insertRemovedSql(`${lost} AND (cloud_account_id, resource_id) NOT IN (${own})`));
    } else {
      await run(`
INSERT INTO ${bounds}
SELECT cloud_account_id, resource_id, min(toUnixTimestamp(start_date)), max(${lastSecond}), sum(cost)
FROM raw_expenses
WHERE ${ofAccounts} AND ${inBucket} AND (cloud_account_id, resource_id) IN (${own} UNION DISTINCT ${lost})
GROUP BY cloud_account_id, resource_id`);
      const inBounds = `SELECT * FROM ${bounds} WHERE ${inBucket}`;
      const stored = `SELECT * FROM resources FINAL WHERE ${ofAccounts} AND ${bucket.holds("id")}`;
      await run(
        insertLatestSql(`
  SELECT latest.* REPLACE (
    bounds.first_seen AS first_seen, bounds.last_seen AS last_seen, bounds.total_cost AS total_cost)
  FROM (${latestSql(charges, bucket)}) AS latest
  INNER JOIN (${inBounds}) AS bounds USING (cloud_account_id, resource_id)
  WHERE latest.last_seen >= bounds.last_seen
    OR (cloud_account_id, resource_id) NOT IN (SELECT cloud_account_id, id FROM (${stored}))`),
      );
      await run(`
INSERT INTO resources
SELECT stored.* REPLACE (
  bounds.first_seen AS first_seen, bounds.last_seen AS last_seen, {version:UInt64} AS version,
  JSONMergePatch(stored.document, ${objectSql(boundsFields("bounds."))}) AS document)
FROM (${stored}) AS stored
INNER JOIN (${inBounds}) AS bounds
  ON stored.cloud_account_id = bounds.cloud_account_id AND stored.id = bounds.resource_id
WHERE stored.version < {version:UInt64}`);
      if (takesAway)
        await run(
          insertRemovedSql(`${lost} AND (cloud_account_id, resource_id) NOT IN (
          SELECT cloud_account_id, resource_id FROM (${inBounds}))`),
        );
    }
    await clickHouse.releaseMemory();
  }
}

/** Makes an empty table for the first and the last second and the cost of resources, over all their charges. */
async function createBounds(clickHouse: ClickHouse, importId: string): Promise<string> {
  const bounds = stagingName(importId, "bounds");
  await clickHouse.command(`DROP TABLE IF EXISTS ${bounds} SYNC`);
  await clickHouse.command(
    `CREATE TABLE ${bounds} (cloud_account_id String, resource_id String, first_seen Int64, last_seen Int64, total_cost Float64)
     ENGINE = MergeTree ORDER BY resource_id`,
  );
  return bounds;
}

/** A charged period ends before its end; a charge of an instant lasts for that second. */
const lastSecond = "greatest(toInt64(toUnixTimestamp(start_date)), toInt64(toUnixTimestamp(end_date)) - 1)";

const resourceColumns = [
  "cloud_account_id",
  "id",
  "cloud_resource_id",
  "name",
  "resource_type",
  "region",
  "service_name",
  "tag_keys",
  "first_seen",
  "last_seen",
  "deleted_at",
  "document",
  "version",
];

/** @param latest as {@link latestSql} */
function insertLatestSql(latest: string): string {
  return `
INSERT INTO resources (${resourceColumns.join(", ")})
SELECT ${resourceColumns.map((column) => (column === "version" ? "{version:UInt64}" : column)).join(", ")}
FROM (
  SELECT *, resource_id AS id, toInt64(0) AS deleted_at, if(tag_text = '', [], JSONExtractKeys(tag_text)) AS tag_keys,
    ${documentSql} AS document
  FROM (${latest}))`;
}

/** @param removed a SELECT of cloud_account_id and resource_id */
function insertRemovedSql(removed: string): string {
  return `
INSERT INTO resources (cloud_account_id, id, version, removed)
SELECT cloud_account_id, resource_id, {version:UInt64}, 1 FROM (${removed})`;
}

/**
 * What the latest charge of each resource that says it says; among equally late ones the choice is the same each time.
 * The greatest text that begins with the charge's time is found several times faster than the value of the greatest
 * pair. Eleven digits, always.
 */
function latestSql(charges: string, bucket: ResourceBucket): string {
  const latest = (column: string) => `substring(max(concat(charged_at, charge.${column})), 12) AS ${column}`;
  return `
    SELECT cloud_account_id, resource_id, min(toInt64(toUnixTimestamp(charge.start_date))) AS first_seen,
      max(${lastSecond}) AS last_seen, sum(assumeNotNull(charge.cost)) AS total_cost,
      any(charge.cloud_resource_id) AS cloud_resource_id,
      ${latest("name")},
      ${latest("resource_type")},
      ${latest("region")},
      ${latest("service_name")},
      ${latest("meta")},
      ifNull(substring(max(concat(charged_at, nullIf(charge.tags, ''))), 12), '') AS tag_text
    FROM (
      SELECT *, toString(10000000000 + toUnixTimestamp(start_date)) AS charged_at
      FROM ${charges} WHERE kept AND ${bucket.holds("resource_id")}) AS charge
    GROUP BY cloud_account_id, resource_id`;
}

/** Values of these SQL expressions are JSON already. */
type JsonFields = readonly (readonly [name: string, json: string])[];

const boundsFields = (of: string): JsonFields => [
  ["first_seen", `toString(${of}first_seen)`],
  ["last_seen", `toString(${of}last_seen)`],
  ["created_at", `toString(${of}first_seen)`],
  ["total_cost", `toString(${of}total_cost)`],
];

const documentSql = objectSql([
  ["id", "toJSONString(resource_id)"],
  ["cloud_account_id", "toJSONString(cloud_account_id)"],
  ["cloud_resource_id", "ifNull(toJSONString(cloud_resource_id), 'null')"],
  ["name", "ifNull(toJSONString(name), 'null')"],
  ["resource_type", "ifNull(toJSONString(resource_type), 'null')"],
  ["region", "ifNull(toJSONString(region), 'null')"],
  ["service_name", "ifNull(toJSONString(service_name), 'null')"],
  ["deleted_at", "'0'"],
  ["tags", "if(tag_text = '', '{}', tag_text)"],
  ["meta", "meta"],
  ...boundsFields(""),
]);

/** A JSON object in SQL; its names are constants of the code. */
function objectSql(fields: JsonFields): string {
  const parts = fields.map(([name, json], index) => `'${index === 0 ? "{" : ","}"${name}":', ${json}`);
  return `concat(${parts.join(", ")}, '}')`;
}
