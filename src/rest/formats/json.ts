import { PIECE } from "./pieces.js";
import type { RowBatches } from "./row-batches.js";

/** An object whose last key holds the rows, in pieces. */
export async function* jsonObjectWithRows(
  head: Readonly<Record<string, unknown>>,
  key: string,
  batches: RowBatches,
): AsyncGenerator<string> {
  const text = JSON.stringify(head);
  const open = text === "{}" ? "{" : `${text.slice(0, -1)},`;
  yield `${open}${JSON.stringify(key)}:[`;
  let separator = "";
  for await (const rows of batches) {
    let texts = "";
    for (const row of rows) {
      texts += separator + JSON.stringify(row);
      separator = ",";
      // To hand on each row by itself would take as long as writing it; a whole batch would be too large a piece.
      if (texts.length < PIECE) continue;
      yield texts;
      texts = "";
    }
    yield texts;
  }
  yield "]}";
}

/** The bare array of rows, four blanks an indent and keys in order, in pieces. */
export async function* indentedJsonArray(batches: RowBatches): AsyncGenerator<string> {
  let separator = "[\n";
  for await (const rows of batches) {
    for (const row of rows) {
      yield separator + indented(row).replace(/^/gm, "    ");
      separator = ",\n";
    }
  }
  yield separator === "[\n" ? "[]" : "\n]";
}

export function indented(value: unknown): string {
  return JSON.stringify(value, sortedKeys, 4);
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)));
}
