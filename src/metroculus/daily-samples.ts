import { LONGEST_LIMIT_MS, type Series } from "./sampled.js";
import type { Span } from "./steps.js";
import { TenantSamples } from "./tenant-samples.js";

const DAY_MS = 86_400_000;

/** The UTC days of a span, the first and the last clipped to it. */
export function daysOf({ start, end }: Span): Span[] {
  const days: Span[] = [];
  for (let from = start; from < end; ) {
    const midnight = (Math.floor(from / DAY_MS) + 1) * DAY_MS;
    days.push({ start: from, end: Math.min(midnight, end) });
    from = midnight;
  }
  return days;
}

/**
 * One tenant's samples, read once for many days and told apart by day. Each day sees what a query of that day alone
 * would read, so that both answer the same.
 */
export class DailySamples extends TenantSamples {
  readonly days: readonly TenantSamples[];

  constructor(span: Span) {
    super(span);
    this.days = daysOf(span).map((day) => new TenantSamples(day));
  }

  override add(series: Series): void {
    super.add(series);
    const { times, values, merged } = series;
    let first = 0;
    for (const day of this.days) {
      while (first < times.length && (times[first] as number) < day.span.start - LONGEST_LIMIT_MS) first++;
      let last = first;
      while (last < times.length && (times[last] as number) < day.span.end + LONGEST_LIMIT_MS) last++;
      if (last === first) continue;
      const part = (all: Float64Array) => all.subarray(first, last);
      day.add({
        ...series,
        times: part(times),
        values: part(values),
        merged: merged && { lasts: part(merged.lasts), counts: part(merged.counts) },
      });
    }
  }
}
