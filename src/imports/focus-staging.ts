import { stat } from "node:fs/promises";
import { GatewayError } from "../errors.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import { boundedMemory } from "./bounded-memory.js";
import {
  type ChargeParameters,
  chargeColumns,
  chargesSql,
  columnNames,
  csvSettings,
  recordColumns,
  structureOf,
} from "./focus-charges.js";
import { type FocusColumns, type FocusCostColumn, findColumns } from "./focus-columns.js";
import { bad, contentsOf, type FocusFile, readingError } from "./focus-file.js";
import { locateMistake, refuseCutOff } from "./focus-mistakes.js";
import type { ImportOptions } from "./progress.js";
import { watchReading } from "./read-progress.js";
import { createStaging, stagingName, UNMERGED } from "./staging.js";

/** The staging tables of one import of charges. */
export interface ChargeStaging {
  /** One row a charge without its record; see chargeColumns. */
  readonly charges: string;
  /** The charges that are kept, as rows of raw_expenses. */
  readonly rawExpenses: string;
}

/**
 * Makes the staging tables and what fills them: charges go into a table that keeps nothing, from which each row
 * flows to both, so that a file is read once.
 */
async function createChargeStaging(clickHouse: ClickHouse, importId: string): Promise<ChargeStaging> {
  const input = stagingName(importId, "input");
  const charges = stagingName(importId, "charges");
  const rawExpenses = await createStaging(clickHouse, importId, "raw_expenses");
  const columns = columnNames(chargeColumns);
  await clickHouse.command(`CREATE TABLE ${input} (${chargeColumns}, ${recordColumns}) ENGINE = Null`);
  await clickHouse.command(
    `CREATE TABLE ${charges} (${chargeColumns}) ENGINE = MergeTree ORDER BY resource_id ${UNMERGED}, index_granularity = 1024`,
  );
  await clickHouse.command(
    `CREATE MATERIALIZED VIEW ${stagingName(importId, "to_charges")} TO ${charges} AS SELECT ${columns} FROM ${input}`,
  );
  await clickHouse.command(
    `CREATE MATERIALIZED VIEW ${stagingName(importId, "to_raw_expenses")} TO ${rawExpenses} AS
     SELECT cloud_account_id, resource_id, start_date, end_date, assumeNotNull(cost) AS cost, header, fields, '${importId}' AS import_id
     FROM ${input} WHERE kept`,
  );
  return { charges, rawExpenses };
}

/**
 * Reads files into staging tables.
 * @throws GatewayError BAD_IMPORT_FILE for the first mistake in the first file that has one.
 */
export async function stageCharges(
  clickHouse: ClickHouse,
  importId: string,
  files: readonly FocusFile[],
  costColumn: FocusCostColumn,
  parameters: ChargeParameters,
  { progress }: ImportOptions,
): Promise<ChargeStaging> {
  // Of all files before the first is read: a mistake in a header shows at once.
  const readable = files.map((file) => ({ file, columns: findColumns(file, costColumn) }));
  const staging = await createChargeStaging(clickHouse, importId);
  let total = 0;
  for (const { path } of files) total += (await stat(path)).size;
  let before = 0;
  for (const { file, columns } of readable) {
    try {
      await readCharges(clickHouse, importId, file, columns, parameters, (bytes) => {
        progress?.({ phase: "reading", done: Math.min(before + bytes, total), total, unit: "bytes" });
      });
    } catch (error) {
      throw (await locateMistake(clickHouse, file, columns)) ?? engineError(file, error);
    }
    const mistaken = await clickHouse.query(`SELECT 1 FROM ${staging.charges} WHERE NOT valid LIMIT 1`);
    if (mistaken.length > 0) {
      throw (
        (await locateMistake(clickHouse, file, columns)) ??
        bad(file.name, "a cost, a date or a currency in it cannot be read")
      );
    }
    const unread = await clickHouse.query(`SELECT 1 FROM ${staging.charges} WHERE NOT readable_tags LIMIT 1`);
    await refuseCutOff(file, columns, unread.length > 0);
    before += (await stat(file.path)).size;
    await clickHouse.releaseMemory();
  }
  return staging;
}

async function readCharges(
  clickHouse: ClickHouse,
  importId: string,
  file: FocusFile,
  columns: FocusColumns,
  parameters: ChargeParameters,
  tell: (bytes: number) => void,
): Promise<void> {
  const charges = chargesSql(file, columns, parameters);
  // A server is sent the file, and what was sent is known; the engine in this process reads it by itself.
  using _watched = clickHouse.kind === "embedded" ? watchReading(tell) : undefined;
  await clickHouse.insertFromFile({
    into: `${stagingName(importId, "input")} (${columnNames(chargeColumns)}, ${columnNames(recordColumns)})`,
    select: charges.select,
    parameters: charges.parameters,
    file: {
      path: file.path,
      format: file.format,
      gzip: file.gzip,
      structure: structureOf(file),
      open: () => contentsOf(file, tell),
    },
    settings: {
      ...boundedMemory,
      // Each block becomes a part of two tables. Every later statement reads all parts, and merges write them again.
      min_insert_block_size_rows: 100_000,
      min_insert_block_size_bytes: 128 << 20,
      min_chunk_bytes_for_parallel_parsing: 4 << 20,
      max_partitions_per_insert_block: 0,
      output_format_json_escape_forward_slashes: 0,
      ...(file.format === "CSV" && {
        ...csvSettings,
        input_format_csv_skip_first_lines: file.headerLines,
      }),
      // Mapped files would count as this process's memory, and their reading could not be watched.
      ...(clickHouse.kind === "embedded" && { storage_file_read_method: "pread" }),
    },
  });
}

/** What the engine says of a file, shortened to its first line; the store is not to blame for it. */
function engineError(file: FocusFile, error: unknown): unknown {
  const cause = error instanceof GatewayError ? error.cause : error;
  const text = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : "";
  const aboutFile = /CANNOT_|INCORRECT_DATA|inflate|Parquet|Cannot parse|Expected|unexpected end/i.test(
    `${(cause as { type?: string }).type ?? ""} ${text}`,
  );
  return aboutFile ? readingError(file.name, new Error(text.slice(0, 200))) : error;
}
