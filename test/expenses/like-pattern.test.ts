import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { likeExpression } from "../../src/expenses/like-pattern.js";
import type { Stores } from "../../src/stores/stores.js";
import { isLike } from "./reference.js";
import { temporaryStores } from "./temporary-stores.js";

let stores: Stores;
beforeAll(async () => {
  stores = await temporaryStores();
});
afterAll(async () => stores[Symbol.asyncDispose]());

async function matches(text: string, pattern: string): Promise<boolean> {
  const [found] = await stores.clickHouse.query<{ found: number }>(
    "SELECT match({text:String}, {expression:String}) AS found",
    { text, expression: likeExpression(pattern, "nameLike") },
  );
  return found?.found === 1;
}

test.each([
  ["res_4.regex_search_1", "re", true],
  ["res_4.regex_search_1", "re?", true],
  ["res_4.regex_search_1", ".regex", true],
  ["another-rez_for.regex_search_!", "another_", false],
  ["res_4.regex_search_1", "?res_*re?ex?s*r?h*", true],
  ["RES", "res", true],
  ["a\nb", "a*b", true],
  ["a%b", "a_b", false],
  ["100%", "%", true],
  ["", "*", true],
])("%j is like %j: %s", async (text, pattern, expected) => {
  expect(await matches(text, pattern)).toBe(expected);
});

test("every pattern finds what a search by trying everything finds", async () => {
  // Few letters, so that patterns do match; all that an expression could take for more than itself.
  const letters = fc.constantFrom(
    ..."aAbB*?..\\[](){}^$|+-/'\"`%_ é\n\t\u0000漢😀".split(""),
    "😀",
    "\\d",
    "(?i)",
    "\\Q",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(letters, { maxLength: 10 }),
      fc.array(letters, { minLength: 1, maxLength: 6 }),
      fc.nat(),
      async (text, pattern, at) => {
        // Half of the texts hold the pattern's own characters.
        const whole = (at % 2 ? text : [...text.slice(0, at % 7), ...pattern.filter((c) => c !== "*"), ...text]).join(
          "",
        );
        const isWellFormed = (value: string) => !/\p{Surrogate}/u.test(value);
        fc.pre(isWellFormed(whole) && isWellFormed(pattern.join("")));
        expect(await matches(whole, pattern.join(""))).toBe(isLike(whole, pattern.join("")));
      },
    ),
    { numRuns: 400 },
  );
});

test("a pattern that would take long to compile is refused", () => {
  expect(() => likeExpression("a?".repeat(501), "nameLike")).toThrow(
    expect.objectContaining({ code: "BAD_USER_INPUT", details: { argument: "nameLike" } }),
  );
  expect(likeExpression("*".repeat(1_000), "nameLike")).toBeDefined();
});
