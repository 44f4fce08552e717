import { open } from "node:fs/promises";
import type { GatewayError } from "../errors.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import { CURRENCY_PATTERN, INSTANT_PATTERN, NULLS, NUMBER_PATTERN, structureOf } from "./focus-charges.js";
import type { FocusColumns, FocusField } from "./focus-columns.js";
import {
  bad,
  type CsvRecord,
  contentsOf,
  csvRecords,
  type FocusFile,
  readingError,
  refuseOtherThanUtf8,
} from "./focus-file.js";

const patterns: Readonly<Partial<Record<FocusField, { readonly pattern: RegExp; readonly expected: string }>>> = {
  cost: { pattern: new RegExp(NUMBER_PATTERN), expected: "a number" },
  billingCurrency: { pattern: new RegExp(CURRENCY_PATTERN), expected: "three capital letters" },
  chargePeriodStart: { pattern: new RegExp(INSTANT_PATTERN), expected: "a date and time such as 2024-09-01T00:00:00Z" },
  chargePeriodEnd: { pattern: new RegExp(INSTANT_PATTERN), expected: "a date and time such as 2024-09-01T00:00:00Z" },
};

const LINE_FEED = 0x0a;
const QUOTE = 0x22;

/**
 * Looks for the first row that cannot be imported. Only done when it is known that there is one: reading a file
 * row by row takes many times as long as ClickHouse does.
 */
export async function locateMistake(
  clickHouse: ClickHouse,
  file: FocusFile,
  columns: FocusColumns,
): Promise<GatewayError | undefined> {
  return file.format === "CSV" ? locateInCsv(file, columns) : locateInParquet(clickHouse, file, columns);
}

/**
 * Refuses a file that was cut off where ClickHouse does not notice: inside the quotes of its last field, or amid a
 * JSON object there. A file that ends with a line's end was cut off nowhere, so it is not read for this.
 * @param unreadableTags whether tags of some charge could not be read
 */
export async function refuseCutOff(file: FocusFile, columns: FocusColumns, unreadableTags: boolean): Promise<void> {
  if (file.format !== "CSV" || (!file.gzip && (await lastByte(file.path)) === LINE_FEED)) return;
  const { openQuote, endsWithLine } = await scan(file);
  if (!openQuote && !(unreadableTags && !endsWithLine)) return;
  let row = -1;
  let last: CsvRecord | undefined;
  try {
    for await (const record of csvRecords(file)) {
      row += 1;
      last = record;
    }
  } catch (error) {
    throw readingError(file, error, row + 1);
  }
  const [position = -1] = columns.tags;
  const tags = last?.record[position] ?? "";
  if (last === undefined || position !== file.header.length - 1 || NULLS.includes(tags) || isJson(tags)) return;
  throw bad(
    file.name,
    `row ${row} (line ${last.info.lines}), column ${file.header[position]}: the file is cut off here`,
    undefined,
    {
      row,
      column: file.header[position],
    },
  );
}

async function locateInCsv(file: FocusFile, columns: FocusColumns): Promise<GatewayError | undefined> {
  let row = -1;
  try {
    for await (const { record, info } of csvRecords(file)) {
      row += 1;
      if (row === 0) continue;
      const place = `row ${row} (line ${info.lines})`;
      if (record.length !== file.header.length) {
        const column = file.header[Math.min(record.length, file.header.length - 1)] ?? "";
        return bad(
          file.name,
          `${place}, column ${column}: expected ${file.header.length} fields, found ${record.length}; the file is cut off or damaged`,
          undefined,
          { row, column },
        );
      }
      const mistake = mistakeIn(record, columns);
      if (mistake) return mistakeAt(file, place, row, mistake);
    }
    await refuseOtherThanUtf8(file);
  } catch (error) {
    return readingError(file, error, row + 1);
  }
  return undefined;
}

async function locateInParquet(
  clickHouse: ClickHouse,
  file: FocusFile,
  columns: FocusColumns,
): Promise<GatewayError | undefined> {
  // A server cannot see the file.
  if (clickHouse.kind === "server") return undefined;
  const fields = Object.keys(patterns) as FocusField[];
  const positions = [...new Set(fields.flatMap((field) => columns[field]))];
  const parameters: Record<string, unknown> = { path: file.path, structure: structureOf(file) };
  for (const position of positions) parameters[`n${position}`] = file.header[position];
  const batches = clickHouse.stream<{ n: number; values: (string | null)[] }>(
    `SELECT rowNumberInAllBlocks() + 1 AS n, [${positions.map((position) => `{n${position}:Identifier}`).join(", ")}] AS values
     FROM file({path:String}, 'Parquet', {structure:String})
     SETTINGS max_threads = 1, max_execution_time = 0`,
    parameters,
  );
  try {
    for await (const rows of batches) {
      for (const { n, values } of rows) {
        const record: string[] = [];
        for (const [index, position] of positions.entries()) record[position] = values[index] ?? "";
        const mistake = mistakeIn(record, columns);
        if (mistake) return mistakeAt(file, `row ${n}`, n, mistake);
      }
    }
  } catch {
    return undefined;
  }
  return undefined;
}

interface Mistake {
  readonly position: number;
  readonly value: string;
  readonly expected: string;
}

function mistakeIn(record: readonly string[], columns: FocusColumns): Mistake | undefined {
  for (const field of Object.keys(patterns) as FocusField[]) {
    const [position = 0] = columns[field];
    const value = record[position] ?? "";
    const isNull = NULLS.includes(value);
    // A charge without a cost is left out and counted.
    if (isNull && field === "cost") continue;
    const { pattern, expected } = patterns[field] ?? { pattern: /^/, expected: "" };
    const understood =
      !isNull &&
      pattern.test(value) &&
      (field === "cost" ? Number.isFinite(Number(value)) : field === "billingCurrency" || isInstant(value));
    if (!understood) return { position, value: isNull ? "nothing" : JSON.stringify(value.slice(0, 40)), expected };
  }
  const [start = 0] = columns.chargePeriodStart;
  const [end = 0] = columns.chargePeriodEnd;
  const [from = "", to = ""] = [record[start], record[end]];
  if (instantOf(to) < instantOf(from)) {
    return { position: end, value: JSON.stringify(to), expected: `an end that is not before the start ${from}` };
  }
  return undefined;
}

function mistakeAt(file: FocusFile, place: string, row: number, { position, value, expected }: Mistake): GatewayError {
  const column = file.header[position]?.trim() ?? "";
  return bad(file.name, `${place}, column ${column}: expected ${expected}, found ${value}`, undefined, { row, column });
}

/** A day that exists, in the time that ClickHouse's DateTime spans. */
function isInstant(value: string): boolean {
  const instant = instantOf(value);
  if (!(instant >= 0 && instant < 2 ** 32 * 1000)) return false;
  const [year = 0, month = 0, day = 0] = value.slice(0, 10).split("-").map(Number);
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Milliseconds; NaN when it is none. Without a zone it is UTC. */
function instantOf(value: string): number {
  const text = value
    .replace(/ ?UTC$/, "Z")
    .replace(/^(\d{4}-\d\d-\d\d) (?=\d)/, "$1T")
    .replace(" ", "");
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text.slice(10)) ? text : `${text.length === 10 ? `${text}T00:00` : text}Z`;
  return Date.parse(zoned.replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
}

async function scan(file: FocusFile): Promise<{ readonly openQuote: boolean; readonly endsWithLine: boolean }> {
  let quotes = 0;
  let last: number | undefined;
  for await (const chunk of contentsOf(file) as AsyncIterable<Buffer>) {
    for (const byte of chunk) if (byte === QUOTE) quotes += 1;
    last = chunk.at(-1);
  }
  return { openQuote: quotes % 2 === 1, endsWithLine: last === LINE_FEED };
}

async function lastByte(path: string): Promise<number | undefined> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    return buffer.at(0);
  } finally {
    await handle.close();
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
