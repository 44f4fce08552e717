import { stringify } from "csv-stringify/sync";
import type { Columns } from "./columns.js";
import type { RowBatches } from "./row-batches.js";

/**
 * Rows as RFC 4180, nested keys as dotted columns, in pieces. Text that a spreadsheet would run as a formula gets an
 * apostrophe in front: names and tags are written by whoever may make a resource.
 */
export async function* csv(columns: Columns, batches: RowBatches): AsyncGenerator<string> {
  yield stringify([columns.paths], options);
  for await (const rows of batches) {
    for (let first = 0; first < rows.length; first += AT_ONCE) {
      const table = rows.slice(first, first + AT_ONCE).map((row) => columns.cells(row));
      yield stringify(table, options);
    }
  }
}

/** Rows that are written at once, so that their text stays small. */
const AT_ONCE = 50;

const options = {
  record_delimiter: "\r\n",
  escape_formulas: true,
  cast: { boolean: String },
} as const;
