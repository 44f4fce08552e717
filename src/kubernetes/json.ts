/** A finite number, else null. A numeric string is none: no known Metroculus gives costs as text. */
export function finite(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** JSON has no word for infinity, but a number that is too large is read as it. */
const NOT_FINITE = "1e999";

/** The names of Python's numbers that are none, and strings, so that what stands in those is passed over. */
const stringsAndNonNumbers = /"[^"\\]*(?:\\.[^"\\]*)*"?|-?(?:NaN|Infinity)/g;

/**
 * Parses JSON, also as Python writes it: `NaN` and `Infinity`, which it writes bare, become a number that is not
 * finite. It is warned of as one, shown as null, and the rest of the answer is not lost with it.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    return JSON.parse(text.replace(stringsAndNonNumbers, (found) => (found.startsWith('"') ? found : NOT_FINITE)));
  }
}

/** A text that says something, else null. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
