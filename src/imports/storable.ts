/** No document of a cloud is nested as deep as this; what is nested much deeper cannot even be written out again. */
const DEEPEST = 100;
/** No charge of any currency is as large; sums of hundreds of millions of such are finite still. */
export const LARGEST_AMOUNT = 1e15;
const HALF_OF_A_PAIR = /\p{Surrogate}/u;

export interface Unstorable {
  /** Where in the value, as `.meta.flavor` or `[3]`. */
  readonly path: string;
  readonly expectation: string;
}

/**
 * The first place of a JSON value that no store could keep and give back as it is, or null. JSON can escape one half of
 * a surrogate pair, which is no character of any text.
 * @param endsAtNul whether it is for SQLite, whose driver gives a text back only up to a U+0000
 */
export function unstorable(value: unknown, endsAtNul: boolean, depth = 0): Unstorable | null {
  if (typeof value === "string") {
    if (endsAtNul && value.includes("\0"))
      return { path: "", expectation: "expected text without the character U+0000" };
    return HALF_OF_A_PAIR.test(value)
      ? { path: "", expectation: "expected Unicode text, found half of a surrogate pair" }
      : null;
  }
  if (typeof value !== "object" || value === null) return null;
  if (depth === DEEPEST) return { path: "", expectation: `expected no more than ${DEEPEST} levels` };
  for (const [key, inner] of Object.entries(value)) {
    if (HALF_OF_A_PAIR.test(key))
      return { path: "", expectation: "expected keys of Unicode text, found half of a surrogate pair" };
    const found = unstorable(inner, endsAtNul, depth + 1);
    if (found !== null) {
      return { ...found, path: `${Array.isArray(value) ? `[${key}]` : `.${key}`}${found.path}` };
    }
  }
  return null;
}
