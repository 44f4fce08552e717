import { PlainHttpError } from "./errors.js";

/** What Tornado replaces by blanks in an argument. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const controlCharacters = /[\x00-\x08\x0e-\x1f]/g;

/** What else Python's `str.strip()` takes off, which is not quite what `trim()` does. */
const surroundingWhitespace =
  /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/g;

/**
 * The arguments of a query string, read as Tornado reads them: `+` is a blank, blank values count, a value that
 * is not UTF-8 is refused when it is asked for (and only then), names are matched byte for byte.
 */
export class QueryArguments {
  /** Name to values, in order of first appearance; the values one character a byte, still undecoded. */
  private readonly values = new Map<string, string[]>();

  /** @param query what follows the `?` of the request target, as it came over the wire */
  constructor(query: string) {
    for (const pair of query.split("&")) {
      if (pair === "") continue;
      const equals = pair.indexOf("=");
      const name = unescaped(equals < 0 ? pair : pair.slice(0, equals));
      const value = equals < 0 ? "" : unescaped(pair.slice(equals + 1));
      const known = this.values.get(name);
      if (known) known.push(value);
      else this.values.set(name, [value]);
    }
  }

  names(): string[] {
    return [...this.values.keys()];
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** How many values were sent, readable or not. */
  count(name: string): number {
    return this.values.get(name)?.length ?? 0;
  }

  /** Takes an argument out, so that it is no longer unexpected. */
  remove(name: string): void {
    this.values.delete(name);
  }

  /**
   * All values of a repeated parameter, stripped, in the order sent.
   * @throws PlainHttpError 400 when one of them is not UTF-8
   */
  all(name: string): string[] {
    return (this.values.get(name) ?? []).map(decoded);
  }

  /** The last value, which is the one that counts for a single-valued parameter; undefined when it was not sent. */
  last(name: string): string | undefined {
    return this.all(name).at(-1);
  }
}

/** A query as it came over the wire, without one argument. */
export function withoutArgument(query: string, name: string): string {
  return query
    .split("&")
    .filter((pair) => unescaped(pair.split("=", 1)[0] as string) !== name)
    .join("&");
}

/** Percent-decoding that leaves what is no escape as it is, one character a byte. */
function unescaped(text: string): string {
  return text
    .replaceAll("+", " ")
    .replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes: string): string {
  let text: string;
  try {
    text = utf8.decode(Buffer.from(bytes, "latin1"));
  } catch {
    throw new PlainHttpError(400);
  }
  return text.replace(controlCharacters, " ").replace(surroundingWhitespace, "");
}

/**
 * A segment of the request's path, decoded.
 * @throws PlainHttpError 400 when it is not UTF-8
 */
export function pathSegment(raw: string): string {
  const bytes = raw.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  try {
    return utf8.decode(Buffer.from(bytes, "latin1"));
  } catch {
    throw new PlainHttpError(400);
  }
}
