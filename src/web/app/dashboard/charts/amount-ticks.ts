const STEPS = [1, 2, 5, 10] as const;
const MOST_STEPS = 4;

/**
 * Ticks of an axis of amounts that holds `lowest` (0 or, with credits, below), 0 and `highest`: at most six, at round
 * amounts, so that none needs more digits than a short label has. The highest amount is never above the last tick;
 * a credit may hang below the first, so that a small one does not take half of the chart.
 */
export function amountTicks(lowest: number, highest: number): number[] {
  const from = Math.min(0, lowest);
  const to = Math.max(0, highest);
  const range = to - from;
  // Below this no currency has a name for it, and the arithmetic ends.
  if (!(range > 1e-12)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(range / MOST_STEPS));
  const step = power * (STEPS.find((factor) => range / (factor * power) <= MOST_STEPS) ?? 10);
  const first = Math.ceil(from / step);
  const last = Math.ceil(to / step);
  // Fractions of ten are inexact: 3 * 0.1 is not 0.3, and a label would show it.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)) + 0);
}
