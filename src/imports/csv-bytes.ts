import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;

/** More than any charge takes; a record that has more is read no further. */
export const MAX_RECORD_BYTES = 16 << 20;

/** Whether the first line ends with a carriage return and no line feed, as old spreadsheets save text. */
export async function endsWithReturn(contents: Readable): Promise<boolean> {
  let quoted = false;
  let returned = false;
  let read = 0;
  for await (const chunk of contents as AsyncIterable<Buffer>) {
    read += chunk.length;
    if (read > MAX_RECORD_BYTES) return false;
    for (const byte of chunk) {
      if (returned) return byte !== LINE_FEED;
      if (byte === QUOTE) quoted = !quoted;
      if (quoted) continue;
      if (byte === LINE_FEED) return false;
      returned = byte === RETURN;
    }
  }
  return returned;
}

/** The number of the first line that is not UTF-8, counted from 1. Memory is bounded by the longest line. */
export async function lineOtherThanUtf8(contents: Readable): Promise<number | undefined> {
  let line = 1;
  let rest: Buffer[] = [];
  for await (const chunk of contents as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      rest.push(chunk);
      continue;
    }
    const lines = Buffer.concat([...rest, chunk.subarray(0, end)]);
    rest = [chunk.subarray(end)];
    if (!isUtf8(lines)) return line + firstOtherThanUtf8(lines);
    line += count(lines);
  }
  return isUtf8(Buffer.concat(rest)) ? undefined : line;
}

function firstOtherThanUtf8(lines: Buffer): number {
  let start = 0;
  for (let index = 0; ; index++) {
    const end = lines.indexOf(LINE_FEED, start) + 1;
    if (end === 0 || !isUtf8(lines.subarray(start, end))) return index;
    start = end;
  }
}

function count(lines: Buffer): number {
  let feeds = 0;
  for (let at = lines.indexOf(LINE_FEED); at !== -1; at = lines.indexOf(LINE_FEED, at + 1)) feeds += 1;
  return feeds;
}
