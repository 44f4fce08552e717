import { createReadStream } from "node:fs";
import { JSONParser } from "@streamparser/json";
import { GatewayError } from "../errors.js";

/**
 * A piece of a JSON object: an entry of a list at its top level, or (without an index) a whole value there. A list
 * is followed by itself, empty, once its entries are through.
 */
export interface JsonEntry {
  readonly key: string;
  readonly index?: number;
  readonly value: unknown;
}

/** The pieces of an object in memory. */
export function* entriesOf(object: Readonly<Record<string, unknown>>): Generator<JsonEntry> {
  for (const [key, value] of Object.entries(object)) {
    if (Array.isArray(value)) {
      for (const [index, entry] of value.entries()) yield { key, index, value: entry };
      yield { key, value: [] };
    } else {
      yield { key, value };
    }
  }
}

/**
 * The pieces of a JSON file that holds an object, in order; memory is bounded by the largest entry.
 * @param onBytes called with the bytes that were read
 * @throws GatewayError BAD_IMPORT_FILE when the file cannot be read or is no JSON object.
 */
export async function* entriesOfFile(path: string, onBytes?: (bytes: number) => void): AsyncGenerator<JsonEntry> {
  const parser = new JSONParser({ paths: ["$.*", "$.*.*"], keepStack: false });
  let found: JsonEntry[] = [];
  parser.onValue = ({ value, key, parent, stack }) => {
    if (stack.length === 1) {
      if (typeof key !== "string") throw notAnObject();
      found.push({ key, value });
    } else if (typeof key === "number") {
      found.push({ key: String(stack[1]?.key), index: key, value });
      // The entry was handed on: without this the list would grow to its whole length.
      (parent as unknown[]).length = 0;
    }
  };
  let bytes = 0;
  let isObject = false;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
      isObject ||= startsAnObject(chunk as Buffer, bytes);
      bytes += (chunk as Buffer).length;
      parser.write(chunk as Buffer);
      const entries = found;
      found = [];
      yield* entries;
      onBytes?.((chunk as Buffer).length);
    }
    if (!parser.isEnded) parser.end();
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw unreadable(error, bytes);
  }
  if (!isObject) throw notAnObject();
}

/** Whether `{` is the first thing in a file, behind blanks and a byte order mark; a later chunk never is. */
function startsAnObject(chunk: Buffer, offset: number): boolean {
  if (offset > 0) return false;
  return /^\uFEFF?\s*\{/.test(chunk.subarray(0, 4_096).toString("utf8"));
}

function notAnObject(): GatewayError {
  return new GatewayError("BAD_IMPORT_FILE", "expected a JSON object at the top, with lists such as `expenses`.");
}

function unreadable(error: unknown, bytes: number): GatewayError {
  const reason = (error as NodeJS.ErrnoException).code;
  if (reason === "ENOENT") return new GatewayError("BAD_IMPORT_FILE", "there is no such file.");
  if (reason === "EISDIR") return new GatewayError("BAD_IMPORT_FILE", "expected a file, not a directory.");
  if (reason !== undefined) return new GatewayError("BAD_IMPORT_FILE", `cannot be read (${reason}).`, { cause: error });
  const text = (error as Error).message.replace(/\s+/g, " ");
  const sentence = /ended in mid-parsing|mid-parsing|not ended/i.test(text)
    ? `the JSON is cut off after ${bytes} bytes.`
    : `not valid JSON: ${text}.`;
  return new GatewayError("BAD_IMPORT_FILE", sentence, { cause: error });
}
