/** A member of a JSON object as it was written: of one list the elements one by one (with an index), else whole values. */
export interface JsonMember {
  readonly key: string;
  readonly index?: number;
  /** The value's JSON, exactly as it came; whether it is valid is for whoever parses it to find out. */
  readonly text: Buffer;
}

/** No value that is held whole is larger. */
const LARGEST_VALUE = 8 * 1024 * 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;

/** The text is no JSON object, or it ends too early. */
export class NotAnObject extends Error {
  override readonly name = "NotAnObject";
}

/**
 * Splits a JSON object into its members while it comes in, without rewriting any number or text. Memory is bounded by
 * the largest value, the list's by its largest element. The list is followed by itself, empty.
 * @param list the member whose elements are handed over one by one
 * @throws NotAnObject; whatever reading the bytes throws
 */
export async function* jsonMembers(bytes: AsyncIterable<Buffer>, list: string): AsyncGenerator<JsonMember> {
  const splitter = new Splitter(list);
  for await (const chunk of bytes) yield* splitter.feed(chunk);
  splitter.end();
}

class Splitter {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #ended = false;
  /** Set while inside of the list: the index of the element that is being read. */
  #index: number | undefined;
  /** What was read of the current piece in earlier chunks. */
  #earlier: Buffer[] = [];
  #earlierSize = 0;

  constructor(private readonly list: string) {}

  *feed(chunk: Buffer): Generator<JsonMember> {
    let start = 0;
    // A piece is a member with its key (at depth 1), or an element of the list (at depth 2).
    const piece = (end: number) => {
      const text = Buffer.concat([...this.#earlier, chunk.subarray(start, end)]);
      this.#earlier = [];
      this.#earlierSize = 0;
      start = end + 1;
      return text;
    };
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      if (byte <= 0x20) continue;
      if (this.#depth === 0) {
        if (byte !== OPEN_OBJECT || this.#ended) throw new NotAnObject("expected one JSON object");
        this.#depth = 1;
        start = at + 1;
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        this.#depth++;
        if (byte === OPEN_LIST && this.#depth === 2 && this.#opensList(chunk.subarray(start, at))) {
          piece(at);
          this.#index = 0;
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        this.#depth--;
        if (this.#index !== undefined && this.#depth === 1) {
          const text = piece(at);
          if (!isBlank(text)) yield { key: this.list, index: this.#index, text };
          yield { key: this.list, text: Buffer.from("[]") };
          this.#index = undefined;
        } else if (this.#depth === 0) {
          this.#ended = true;
          yield* member(piece(at));
        }
      } else if (byte === COMMA) {
        if (this.#index !== undefined && this.#depth === 2)
          yield { key: this.list, index: this.#index++, text: piece(at) };
        else if (this.#index === undefined && this.#depth === 1) yield* member(piece(at));
      }
    }
    if (this.#ended || this.#depth === 0) return;
    const rest = chunk.subarray(start);
    this.#earlierSize += rest.length;
    if (this.#earlierSize > LARGEST_VALUE) throw new NotAnObject(`a value is larger than ${LARGEST_VALUE} bytes`);
    this.#earlier.push(rest);
  }

  end(): void {
    if (!this.#ended) throw new NotAnObject("it ends before the object does");
  }

  /** Whether a `[` behind this much of a member opens the list. */
  #opensList(latest: Buffer): boolean {
    const size = this.#earlierSize + latest.length;
    if (size > this.list.length + 1_024) return false;
    return (
      Buffer.concat([...this.#earlier, latest])
        .toString("utf8")
        .trim()
        .replace(/\s*:$/, "") === `"${this.list}"`
    );
  }
}

/** None where there is only white space: in an empty object, and behind the list. */
function* member(text: Buffer): Generator<JsonMember> {
  if (isBlank(text)) return;
  const [, name, value] = /^\s*("(?:[^"\\]|\\.)*")\s*:([\s\S]*)$/.exec(text.toString("latin1")) ?? [];
  if (name === undefined || value === undefined) throw new NotAnObject("a member has no name");
  yield { key: nameOf(name), text: Buffer.from(value.trim(), "latin1") };
}

function nameOf(text: string): string {
  try {
    return JSON.parse(Buffer.from(text, "latin1").toString("utf8")) as string;
  } catch {
    throw new NotAnObject("a member's name is malformed");
  }
}

function isBlank(text: Buffer): boolean {
  return text.length < 1_024 && text.toString("latin1").trim() === "";
}
