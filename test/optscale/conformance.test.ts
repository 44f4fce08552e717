import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gateway } from "../../src/gateway.js";
import { type ConformanceCase, judgeCase, sendCase } from "../rest/conformance-case.js";
import { type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { gatewayInFrontOf } from "./in-front.js";

/** Where this service answers otherwise on purpose, as it does with its own store. */
const deliberateDifferences = new Set(["route-03", "val-33"]);

const { givens, cases } = JSON.parse(
  await readFile(new URL("../conformance/clean_expenses.json", import.meta.url), "utf8"),
) as { givens: Record<string, object>; cases: ConformanceCase[] };

let optScale: GatewayUnderTest;
let front: Gateway;
beforeAll(async () => {
  optScale = await gatewayUnderTest();
  front = await gatewayInFrontOf(optScale.url);
});
const passed: ConformanceCase[] = [];
afterAll(async () => {
  await front.close();
  await optScale[Symbol.asyncDispose]();
  const core = (some: readonly ConformanceCase[]) => some.filter(({ level }) => level === "core").length;
  process.stdout.write(
    `v2 conformance in front of an OptScale: ${passed.length} of ${cases.length} cases pass over HTTP, ${core(passed)} of ${core(cases)} core ones; ${deliberateDifferences.size} differ on purpose\n`,
  );
});

for (const [name, given] of Object.entries(givens)) {
  describe(`with data ${name} in OptScale`, () => {
    beforeAll(() => optScale.load(given));
    for (const one of cases.filter((each) => each.given === name)) {
      const differs = deliberateDifferences.has(one.id);
      test(`${one.id} (${one.level}): ${one.title}${differs ? ", but not here" : ""}`, async () => {
        const answer = await sendCase(front.url, one);
        if (differs) {
          await expect(judgeCase(answer, one.expect)).rejects.toThrow();
          return;
        }
        await judgeCase(answer, one.expect);
        passed.push(one);
      });
    }
  });
}
