import fc from "fast-check";
import { expect, test } from "vitest";
import { amountTicks } from "../../../src/web/app/dashboard/charts/amount-ticks";

test("ticks stand at round amounts", () => {
  expect(amountTicks(0, 12_860)).toEqual([0, 5_000, 10_000, 15_000]);
  expect(amountTicks(0, 186)).toEqual([0, 50, 100, 150, 200]);
  expect(amountTicks(0, 0.35)).toEqual([0, 0.1, 0.2, 0.3, 0.4]);
});

test("a small credit takes no more of the axis than it needs, a large one has ticks of its own", () => {
  expect(amountTicks(-700, 12_860)).toEqual([0, 5_000, 10_000, 15_000]);
  expect(amountTicks(-12_000, 9_000)).toEqual([-10_000, 0, 10_000]);
});

test("no amount stands above the last tick, zero has one, and there are never more than six", () => {
  const amount = fc.maxSafeNat().map((tenThousandths) => tenThousandths / 10_000);
  fc.assert(
    fc.property(amount, amount, (credit, highest) => {
      const ticks = amountTicks(-credit, highest);
      expect(ticks).toContain(0);
      expect(ticks.length).toBeLessThanOrEqual(6);
      expect(ticks.at(-1)).toBeGreaterThanOrEqual(highest * (1 - 1e-9));
      expect([...ticks].sort((one, other) => one - other)).toEqual(ticks);
    }),
  );
});

test("nothing spent still makes an axis", () => {
  expect(amountTicks(0, 0)).toEqual([0, 1]);
});
