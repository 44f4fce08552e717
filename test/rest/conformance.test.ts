import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConformanceCase, judgeCase, sendCase } from "./conformance-case.js";
import { type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

/** Where this service answers otherwise on purpose, and why. Everything else is answered as by the original. */
const deliberateDifferences: Readonly<Record<string, string>> = {
  "route-03": "The alias /restapi/v2/clean_expenses?organization_id=… is offered: documented clients use it.",
  "val-33": "format=csv is offered: users ask for it.",
};

const { givens, cases } = JSON.parse(
  await readFile(new URL("../conformance/clean_expenses.json", import.meta.url), "utf8"),
) as { givens: Record<string, object>; cases: ConformanceCase[] };

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
});
const passed: string[] = [];
afterAll(async () => {
  await under[Symbol.asyncDispose]();
  const differing = Object.keys(deliberateDifferences);
  process.stdout.write(
    `v2 conformance: ${passed.length} of ${cases.length} cases pass over HTTP; ${differing.length} differ on purpose:\n`,
  );
  for (const id of differing) process.stdout.write(`  ${id}: ${deliberateDifferences[id]}\n`);
});

for (const [name, given] of Object.entries(givens)) {
  describe(`with data ${name}`, () => {
    beforeAll(() => under.load(given));
    for (const one of cases.filter((each) => each.given === name)) {
      const differs = deliberateDifferences[one.id] !== undefined;
      test(`${one.id} (${one.level}): ${one.title}${differs ? ", but not here" : ""}`, async () => {
        const answer = await sendCase(under.url, one);
        if (differs) {
          await expect(judgeCase(answer, one.expect)).rejects.toThrow();
          return;
        }
        await judgeCase(answer, one.expect);
        passed.push(one.id);
      });
    }
  });
}
