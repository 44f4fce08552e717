import { rounded } from "./cost-answers.js";
import type { Span, Steps } from "./steps.js";
import type { TenantSamples, Thing } from "./tenant-samples.js";

/** A point of the documented list form. */
export interface MetricPoint {
  /** Epoch seconds at which the step begins. */
  readonly timestamp: number;
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** All points of an answer together: what a dashboard can draw, and a body that a client can hold. */
const MAX_POINTS = 5_000;
const LADDER_S = [60, 3_600, 4 * 3_600, 86_400, 7 * 86_400] as const;

export interface MetricsAnswer {
  /** Seconds between the points of a series. */
  readonly step: number;
  /** Whether series had to be left out. */
  readonly truncated: boolean;
  readonly metrics: Readonly<Record<string, readonly MetricPoint[]>>;
}

/**
 * Each series by itself as points, each the mean of what is known of its step; a step of which nothing is known
 * has none. The step is an hour, longer when there would be too many points, shorter in windows under an hour.
 */
export function metricsAnswer(
  cloudAccountId: string,
  samples: TenantSamples,
  metrics: readonly string[],
): MetricsAnswer {
  const observations = metrics.flatMap((metric) => samples.observations(metric).map((thing) => ({ metric, ...thing })));
  const kept = observations.slice(0, MAX_POINTS);
  const step = stepFor(samples.span, kept.length);
  const points = new Map<string, MetricPoint[]>();
  for (const { metric, ...thing } of kept) {
    const all = points.get(metric) ?? [];
    points.set(metric, all);
    for (const point of pointsOf(thing, samples.span, step, { __name__: metric, tenant_id: cloudAccountId }))
      all.push(point);
  }
  return {
    step,
    truncated: kept.length < observations.length,
    metrics: Object.fromEntries([...points].filter(([, all]) => all.length > 0)),
  };
}

function stepFor({ start, end }: Span, series: number): number {
  const seconds = Math.max(0, end - start) / 1000;
  // Clients of old add the points up as dollars, which is right for hours only.
  const shortest = seconds >= 3_600 ? 3_600 : 60;
  const fits = (step: number) => step >= shortest && series * Math.ceil(seconds / step) <= MAX_POINTS;
  return LADDER_S.find(fits) ?? Math.max(1, Math.ceil(seconds));
}

function pointsOf({ labels, steps }: Thing, span: Span, step: number, extra: Record<string, string>): MetricPoint[] {
  const points: MetricPoint[] = [];
  const all = { ...labels, ...extra };
  let first = 0;
  for (let from = span.start; from < span.end; from += step * 1000) {
    const to = Math.min(from + step * 1000, span.end);
    while (first < steps.ends.length && (steps.ends[first] as number) <= from) first++;
    const mean = meanWithin(steps, first, from, to);
    if (mean !== null) points.push({ timestamp: Math.floor(from / 1000), value: mean, labels: all });
  }
  return points;
}

function meanWithin({ starts, ends, values }: Steps, first: number, from: number, to: number): number | null {
  let area = 0;
  let known = 0;
  for (let i = first; i < values.length && (starts[i] as number) < to; i++) {
    const length = Math.min(ends[i] as number, to) - Math.max(starts[i] as number, from);
    area += length * (values[i] as number);
    known += length;
  }
  return known > 0 ? rounded(area / known) : null;
}
