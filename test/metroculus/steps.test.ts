import fc from "fast-check";
import { expect, test } from "vitest";
import {
  duration,
  integral,
  mean,
  outside,
  product,
  type Steps,
  StepsBuilder,
  sum,
  union,
  within,
} from "../../src/metroculus/steps.js";

const HOUR = 3_600_000;

/** Steps on a grid of hours, so that the expected value at each hour can be looked up. */
const hourly = fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { maxLength: 24 }).map((values) => ({
  values,
  steps: stepsOf(values),
}));

function stepsOf(values: readonly (number | null)[]): Steps {
  const steps = new StepsBuilder();
  for (const [hour, value] of values.entries()) if (value !== null) steps.add(hour * HOUR, (hour + 1) * HOUR, value);
  return steps;
}

function hours(steps: Steps): (number | null)[] {
  return Array.from({ length: 24 }, (_, hour) => {
    const at = steps.starts.findIndex((start, i) => start <= hour * HOUR && (steps.ends[i] as number) > hour * HOUR);
    return at < 0 ? null : (steps.values[at] as number);
  });
}

const valuesAt = (all: readonly { values: readonly (number | null)[] }[], hour: number) =>
  all.flatMap(({ values }) => values[hour] ?? []);

test("the integral is the sum of value times hours", () => {
  fc.assert(
    fc.property(hourly, ({ values, steps }) => {
      expect(integral(steps)).toBeCloseTo(
        values.reduce<number>((total, value) => total + (value ?? 0), 0),
        9,
      );
      expect(duration(steps)).toBe(values.filter((value) => value !== null).length * HOUR);
    }),
  );
});

test("sum, mean and union hold at every instant, whatever overlaps", () => {
  fc.assert(
    fc.property(fc.array(hourly, { maxLength: 4 }), (all) => {
      const steps = all.map((one) => one.steps);
      const [summed, meant, known] = [hours(sum(steps)), hours(mean(steps)), hours(union(steps))];
      for (let hour = 0; hour < 24; hour++) {
        const values = valuesAt(all, hour);
        const total = values.reduce((a, b) => a + b, 0);
        expect(summed[hour]).toEqual(values.length === 0 ? null : total);
        expect(meant[hour]).toEqual(values.length === 0 ? null : total / values.length);
        expect(known[hour]).toBe(values.length === 0 ? null : 1);
      }
    }),
  );
});

test("within and outside split steps in two, and lose nothing", () => {
  fc.assert(
    fc.property(hourly, hourly, (one, other) => {
      const [inner, outer] = [within(one.steps, other.steps), outside(one.steps, other.steps)];
      expect(integral(inner) + integral(outer)).toBeCloseTo(integral(one.steps), 9);
      expect(hours(sum([inner, outer]))).toEqual(hours(one.steps));
      for (const [hour, value] of hours(inner).entries()) {
        if (value !== null) expect(other.values[hour]).not.toBeNull();
      }
    }),
  );
});

test("a product is known where both factors are", () => {
  fc.assert(
    fc.property(hourly, hourly, (one, other) => {
      const expected = Array.from({ length: 24 }, (_, hour) => {
        const [a, b] = [one.values[hour] ?? null, other.values[hour] ?? null];
        return a === null || b === null ? null : a * b;
      });
      expect(hours(product(one.steps, other.steps))).toEqual(expected);
    }),
  );
});
