import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type JsonMember, jsonMembers, NotAnObject } from "../../src/optscale/json-members.js";

async function members(text: string, size: number): Promise<JsonMember[]> {
  const bytes = Buffer.from(text);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  const found: JsonMember[] = [];
  for await (const member of jsonMembers(Readable.from(chunks), "rows")) found.push(member);
  return found;
}

/** The object that members were split from. */
function joined(found: readonly JsonMember[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  const rows: unknown[] = [];
  for (const { key, index, text } of found) {
    const value = JSON.parse(text.toString("utf8")) as unknown;
    if (index === undefined)
      Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
    else {
      expect(index).toBe(rows.length);
      rows.push(value);
    }
  }
  if (Array.isArray(object.rows)) object.rows = rows;
  return object;
}

/** Not sorted as text: a value may be an object that has no text. */
function byKey(object: Record<string, unknown>): [string, unknown][] {
  return Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1));
}

test("whatever an object holds and however it is cut into pieces, its members are what JSON.parse finds", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.option(fc.array(fc.jsonValue()), { nil: undefined }),
      fc.constantFrom(undefined, 1, 2),
      fc.integer({ min: 1, max: 40 }),
      async (others, rows, indent, size) => {
        const text = JSON.stringify({ ...others, ...(rows && { rows }) }, null, indent);
        const expected = JSON.parse(text) as Record<string, unknown>;
        expect(byKey(joined(await members(text, size)))).toEqual(byKey(expected));
      },
    ),
  );
});

test("no beginning of an object passes for the whole", async () => {
  const text = JSON.stringify({ a: 1, rows: [{ b: "}]" }, 2], c: "x" });
  for (let length = 0; length < text.length; length++) {
    await expect(members(text.slice(0, length), 5)).rejects.toThrow(NotAnObject);
  }
});

test.each(["[]", "<html>", '"text"', "{} {}", "{1}"])("%s is no object", async (text) => {
  await expect(members(text, 100)).rejects.toThrow(NotAnObject);
});
