import fc from "fast-check";
import { expect, test } from "vitest";
import { grouped } from "../../src/metroculus/grouped.js";
import { growth, sampled } from "../../src/metroculus/sampled.js";
import { duration, integral } from "../../src/metroculus/steps.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const span = { start: 1_759_449_600_000, end: 1_759_449_600_000 + 24 * HOUR };

const series = (samples: readonly (readonly [number, number])[]) => ({
  times: Float64Array.from(samples, ([time]) => time),
  values: Float64Array.from(samples, ([, value]) => value),
});

/** Samples each `every` ms of a rate that changes only at samples. */
const scraped = fc
  .record({
    every: fc.constantFrom(15_000, 30_000, MINUTE, 2 * MINUTE, 10 * MINUTE, HOUR),
    rates: fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 6 }),
  })
  .map(({ every, rates }) => {
    const count = (span.end - span.start) / every;
    const samples = Array.from({ length: count }, (_, i): [number, number] => [
      span.start + i * every,
      rates[Math.floor((i * rates.length) / count)] as number,
    ]);
    return { every, samples };
  });

const exactArea = (samples: readonly (readonly [number, number])[], every: number) =>
  samples.reduce((total, [, rate]) => total + rate * every, 0) / HOUR;

test("a rate that changes at samples costs exactly rate times time, whatever the scrape interval", () => {
  fc.assert(
    fc.property(scraped, ({ every, samples }) => {
      const steps = sampled(series(samples), span, 0);
      expect(integral(steps)).toBeCloseTo(exactArea(samples, every), 6);
      expect(duration(steps)).toBe(span.end - span.start);
    }),
  );
});

test("windows that meet add up: no sample is counted twice or lost at the seam", () => {
  fc.assert(
    fc.property(scraped, fc.integer({ min: 1, max: 24 * 3600 - 1 }), ({ samples }, seconds) => {
      const seam = span.start + seconds * 1000;
      const area = (start: number, end: number) => integral(sampled(series(samples), { start, end }, 0));
      expect(area(span.start, seam) + area(seam, span.end)).toBeCloseTo(area(span.start, span.end), 6);
    }),
  );
});

/** As the store merges them: of each step the first time, the mean, the last time and the count. */
function merged(samples: readonly (readonly [number, number])[], step: number) {
  const groups = [...grouped(samples, ([time]) => String(Math.floor(time / step))).values()];
  const column = (of: (group: readonly (readonly [number, number])[]) => number) => Float64Array.from(groups, of);
  const mean = (group: readonly (readonly [number, number])[]) =>
    group.reduce((sum, [, value]) => sum + value, 0) / group.length;
  return {
    times: column((group) => group[0]?.[0] as number),
    values: column(mean),
    merged: { lasts: column((group) => group.at(-1)?.[0] as number), counts: column((group) => group.length) },
  };
}

test("merged samples cost and cover what the samples did, across gaps and to the end of the series", () => {
  fc.assert(
    fc.property(
      scraped,
      fc.constantFrom(5 * MINUTE, 15 * MINUTE, HOUR),
      fc.integer({ min: 1, max: 18 * 60 }),
      fc.integer({ min: 1, max: 6 * 60 }),
      ({ every, samples }, step, from, length) => {
        const gap = { start: span.start + from * MINUTE, end: span.start + (from + length) * MINUTE };
        const left = samples.filter(([time]) => time < gap.start || time >= gap.end).slice(0, -3);
        if (left.length < 12) return;
        const raw = sampled(series(left), span, 0);
        const put = sampled(merged(left, step), span, 0);
        // A gap as long as its limit may count as one or not; the mean of a step may lie on its other side.
        const limit = Math.max(2.5 * every, 5 * MINUTE);
        expect(Math.abs(duration(put) - duration(raw))).toBeLessThanOrEqual(limit);
        const greatest = Math.max(...left.map(([, value]) => value));
        expect(Math.abs(integral(put) - integral(raw))).toBeLessThanOrEqual((greatest * limit) / HOUR + 1e-6);
      },
    ),
  );
});

test("a gap longer than the limit costs nothing and is not known; the sample before it stands for one interval", () => {
  fc.assert(
    fc.property(
      scraped,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 4, max: 10 }),
      ({ every, samples }, from, length) => {
        const gap = { start: span.start + from * HOUR, end: span.start + (from + length) * HOUR };
        const left = samples.filter(([time]) => time < gap.start || time >= gap.end);
        const steps = sampled(series(left), span, 0);
        expect(duration(steps)).toBe(span.end - span.start - (gap.end - gap.start));
        expect(integral(steps)).toBeCloseTo(exactArea(left, every), 6);
      },
    ),
  );
});

test("a failed scrape is no gap", () => {
  const samples = Array.from({ length: 24 }, (_, i): [number, number] => [span.start + i * HOUR, 2]);
  const steps = sampled(series(samples.filter((_, i) => i !== 7)), span, 0);
  expect(integral(steps)).toBeCloseTo(48, 9);
});

test("a sample before the window reaches into it only as far as it may", () => {
  const at = (time: number) =>
    duration(
      sampled(
        series([
          [time - 2 * MINUTE, 1],
          [time - MINUTE, 1],
          [time, 1],
        ]),
        span,
        0,
      ),
    );
  expect(at(span.start - 30_000)).toBe(30_000);
  expect(at(span.start - 10 * MINUTE)).toBe(0);
});

test("a stale marker ends the series at its time", () => {
  const samples: [number, number][] = [0, 1, 2, 3].map((i) => [span.start + i * MINUTE, i === 3 ? Number.NaN : 6]);
  expect(duration(sampled(series(samples), span, 0))).toBe(3 * MINUTE);
  expect(integral(sampled(series(samples), span, 0))).toBeCloseTo(0.3, 9);
});

test("samples that come twice change nothing", () => {
  fc.assert(
    fc.property(scraped, ({ samples }) => {
      const twice = samples.flatMap((sample) => [sample, sample]);
      expect(integral(sampled(series(twice), span, 0))).toBeCloseTo(integral(sampled(series(samples), span, 0)), 9);
    }),
  );
});

test("a series too short to know its interval takes that of its metric", () => {
  expect(duration(sampled(series([[span.start, 1]]), span, HOUR))).toBe(HOUR);
  expect(duration(sampled(series([[span.start, 1]]), span, 0))).toBe(5 * MINUTE);
});

test("a counter grows by what it counted, across resets, and not across gaps", () => {
  const counted = (values: readonly number[], every = MINUTE) =>
    integral(growth(series(values.map((value, i) => [span.start + i * every, value])), span, 0));
  expect(counted([100, 160, 200])).toBeCloseTo(100, 9);
  expect(counted([100, 160, 5, 25])).toBeCloseTo(60 + 5 + 20, 9);
  const gap: [number, number][] = [
    [span.start, 0],
    [span.start + MINUTE, 10],
    [span.start + 2 * MINUTE, 20],
    [span.start + 5 * HOUR, 1000],
    [span.start + 5 * HOUR + MINUTE, 1010],
  ];
  expect(integral(growth(series(gap), span, 0))).toBeCloseTo(30, 9);
});

test("a counter's growth is spread over the time between its samples, so that windows split it", () => {
  const samples = series([
    [span.start - MINUTE, 0],
    [span.start + MINUTE, 100],
  ]);
  expect(integral(growth(samples, span, 0))).toBeCloseTo(50, 9);
});
