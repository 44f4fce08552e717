import type { Readable } from "node:stream";

const NEWLINE = 10;

/** The lines of a stream of UTF-8 text without their ends, so many at a time; decoded only when they are asked for. */
export async function* linesOf(stream: Readable, atATime: number): AsyncGenerator<string[]> {
  let rest: Buffer = Buffer.alloc(0);
  let lines: string[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      lines.push(bytes.toString("utf8", start, end));
      start = end + 1;
      if (lines.length < atATime) continue;
      yield lines;
      lines = [];
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) lines.push(rest.toString("utf8"));
  if (lines.length > 0) yield lines;
}
