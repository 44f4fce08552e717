import { Readable } from "node:stream";
import { type Answer, CSV_TYPE, JSON_TYPE, XLSX_TYPE } from "./endpoint.js";
import { RestError } from "./errors.js";
import { Columns } from "./formats/columns.js";
import { csv } from "./formats/csv.js";
import { indented, indentedJsonArray, jsonObjectWithRows } from "./formats/json.js";
import { inPieces } from "./formats/pieces.js";
import { begun, type Row, type RowBatches } from "./formats/row-batches.js";
import { xlsx } from "./formats/xlsx.js";

const formats = ["advanced_json", "json", "xlsx", "csv"] as const;
export type ExpenseFormat = (typeof formats)[number];

/**
 * The name that a request gave, or the default. Judged after everything else (contract §2.9).
 * @throws RestError OE0473
 */
export function expenseFormat(name: string | undefined): ExpenseFormat {
  const format = name ?? "advanced_json";
  if (!(formats as readonly string[]).includes(format)) throw new RestError("OE0473", [format]);
  return format as ExpenseFormat;
}

export interface RowsAnswer {
  readonly format: ExpenseFormat;
  readonly headers?: Readonly<Record<string, string>>;
  /** The whole answer but for its rows. */
  readonly head: Readonly<Record<string, unknown>>;
  /** The key of the rows in the whole answer. */
  readonly key: string;
  /**
   * Reads the rows from the start. A table is read twice, because its headings come before its rows and only the
   * rows tell them; keeping all rows instead would take memory without bound.
   */
  readonly rows: () => RowBatches;
  /** A row of the keys that rows have anyway: a table without rows has their headings. */
  readonly usualRow: Row;
  /** How many rows come at most. */
  readonly rowCount: number;
}

export async function rowsAnswer({
  format,
  headers,
  head,
  key,
  rows,
  usualRow,
  rowCount,
}: RowsAnswer): Promise<Answer> {
  const extra = headers === undefined ? {} : { headers };
  if (format === "xlsx" || format === "csv") {
    const columns = await Columns.of(rows(), usualRow);
    if (format === "xlsx") return { ...extra, contentType: XLSX_TYPE, body: await xlsx(columns, rows(), rowCount) };
    const batches = await begun(rows());
    return { ...extra, contentType: CSV_TYPE, body: text(csv(columns, batches), batches) };
  }
  const batches = await begun(rows());
  const pieces = format === "json" ? indentedJsonArray(batches) : jsonObjectWithRows(head, key, batches);
  return { ...extra, contentType: JSON_TYPE, body: text(pieces, batches) };
}

/** An answer that has no rows: as a table it is one row of itself. */
export async function objectAnswer(format: ExpenseFormat, object: Row): Promise<Answer> {
  if (format === "advanced_json") return { contentType: JSON_TYPE, body: JSON.stringify(object) };
  if (format === "json") return { contentType: JSON_TYPE, body: indented(object) };
  return rowsAnswer({ format, head: {}, key: "", rows: () => inOneBatch([object]), usualRow: object, rowCount: 1 });
}

export async function* inOneBatch(rows: readonly Row[]): AsyncGenerator<readonly Row[]> {
  if (rows.length > 0) yield rows;
}

/** @param batches what the pieces are made of: given up with the answer, even if none of it was read */
function text(pieces: AsyncGenerator<string>, batches: AsyncGenerator<unknown>): Readable {
  const body = Readable.from(inPieces(pieces), { objectMode: false });
  return body.on("close", () => void batches.return(undefined).catch(() => {}));
}
