import { type Span, type Steps, StepsBuilder } from "./steps.js";

/** One series of one tenant: its samples in order of time. A value that is not finite ends the series there. */
export interface Series {
  readonly cloudAccountId: string;
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, ascending; equal times are one sample, of which the last counts. */
  readonly times: Float64Array;
  readonly values: Float64Array;
  /** Set where samples close together come as one, with their first time and their mean. */
  readonly merged?: MergedSamples | undefined;
}

/** For each merged sample, what it was made of. */
export interface MergedSamples {
  /** Times of the last ones, milliseconds since the epoch. */
  readonly lasts: Float64Array;
  readonly counts: Float64Array;
}

type Samples = Pick<Series, "times" | "values" | "merged">;

/** Prometheus's own: a sample this young still counts, however often its target is scraped. */
const SHORTEST_LIMIT_MS = 5 * 60_000;
/** Samples that lie further apart than this have a gap between them, whatever the scrape interval. */
export const LONGEST_LIMIT_MS = 3 * 3_600_000;
/** A scrape may fail, and one come late, before what lies between two samples counts as a gap. */
const SCRAPES_TO_GAP = 2.5;

/**
 * What a series says over a span. Each sample holds until the next of its series. A gap, longer than the
 * staleness limit, is unknown but for one scrape interval after the sample before it: that is the time the
 * sample stands for. The limit follows the scrape interval, so that the result does not depend on it.
 * @param usualInterval milliseconds between samples of the same metric, for a series too short to tell
 */
export function sampled({ times, values, merged }: Samples, span: Span, usualInterval: number): Steps {
  const own = merged !== undefined || times.length > 2 ? scrapeInterval({ times, merged }) : 0;
  const interval = own || usualInterval || SHORTEST_LIMIT_MS;
  const limit = limitOf(interval);
  if (merged !== undefined) return sampledMerged({ times, values, ...merged }, span, interval, limit);
  const steps = new StepsBuilder();
  for (let i = 0; i < times.length; i++) {
    const time = times[i] as number;
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    const next = times[i + 1] ?? Number.POSITIVE_INFINITY;
    const until = next - time <= limit ? next : time + Math.min(interval, limit);
    steps.add(Math.max(time, span.start), Math.min(until, span.end), value);
  }
  return steps;
}

/** Each stands for one scrape interval a sample that it was made of, and reaches to the next if that leaves no gap. */
function sampledMerged(
  { times, values, lasts, counts }: Pick<Series, "times" | "values"> & MergedSamples,
  span: Span,
  interval: number,
  limit: number,
): Steps {
  const steps = new StepsBuilder();
  for (let i = 0; i < times.length; i++) {
    const time = times[i] as number;
    const value = values[i] as number;
    if (!Number.isFinite(value)) continue;
    const next = times[i + 1] ?? Number.POSITIVE_INFINITY;
    const stood = Math.min((counts[i] as number) * interval, (lasts[i] as number) - time + interval);
    const until = next - (time + stood) <= limit - interval ? next : time + stood;
    steps.add(Math.max(time, span.start), Math.min(until, span.end), value);
  }
  return steps;
}

/** How far apart samples may be before there is a gap between them. */
function limitOf(interval: number): number {
  return Math.min(Math.max(SCRAPES_TO_GAP * interval, SHORTEST_LIMIT_MS), LONGEST_LIMIT_MS);
}

/** The usual time between samples in milliseconds, between those too that were merged; 0 when it cannot be told. */
export function scrapeInterval({ times, merged }: Pick<Series, "times" | "merged">): number {
  if (merged === undefined) return medianInterval(times);
  const { lasts, counts } = merged;
  const several = times
    .map((time, i) => ((lasts[i] as number) - time) / ((counts[i] as number) - 1))
    .filter((interval) => Number.isFinite(interval) && interval > 0);
  // Where nearly all stand alone, the scrape interval is longer than what was merged.
  return 8 * several.length >= times.length ? median(several) : medianInterval(times);
}

/** What a counter grows by, in units an hour, between two samples no further apart than the staleness limit. */
export function growth({ times, values }: Pick<Series, "times" | "values">, span: Span, usualInterval: number): Steps {
  const limit = limitOf(medianInterval(times) || usualInterval);
  const steps = new StepsBuilder();
  for (let i = 1; i < times.length; i++) {
    const start = times[i - 1] as number;
    const end = times[i] as number;
    const before = values[i - 1] as number;
    const after = values[i] as number;
    if (end - start > limit || end === start || !Number.isFinite(before) || !Number.isFinite(after)) continue;
    // A counter that fell was reset in between, and has counted from 0 since.
    const increase = after >= before ? after - before : after;
    const rate = (increase * 3_600_000) / (end - start);
    steps.add(Math.max(start, span.start), Math.min(end, span.end), rate);
  }
  return steps;
}

/** The median time between samples in milliseconds; 0 when there are fewer than two. */
function medianInterval(times: Float64Array): number {
  const intervals = new Float64Array(Math.max(0, times.length - 1));
  let count = 0;
  for (let i = 1; i < times.length; i++) {
    const interval = (times[i] as number) - (times[i - 1] as number);
    if (interval > 0) intervals[count++] = interval;
  }
  return median(intervals.subarray(0, count));
}

function median(values: Float64Array): number {
  return values.length === 0 ? 0 : (values.sort()[(values.length - 1) >> 1] as number);
}
