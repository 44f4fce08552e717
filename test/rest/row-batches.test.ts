import { expect, test } from "vitest";
import { begun } from "../../src/rest/formats/row-batches.js";

test("what has begun gives up its source, even if it is given up before any of it was read", async () => {
  const given: string[] = [];
  const source = async function* () {
    try {
      yield 1;
      yield 2;
    } finally {
      given.push("up");
    }
  };
  const numbers: number[] = [];
  for await (const number of await begun(source())) numbers.push(number);
  expect(numbers).toEqual([1, 2]);
  await (await begun(source())).return(undefined);
  expect(given).toEqual(["up", "up"]);
});
