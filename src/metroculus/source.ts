import type { Labels } from "./identity.js";
import type { Series } from "./sampled.js";
import type { Span } from "./steps.js";

export interface SampleQuery {
  readonly cloudAccountIds: readonly string[];
  /** Names that `isKept` holds for. */
  readonly metrics: readonly string[];
  /** Samples at or after `start` and before `end`. */
  readonly span: Span;
  /** Of metrics that are numerous, samples of the same step of so many milliseconds may come merged. */
  readonly resolution?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called when the source warns that it could read a part only. */
  readonly onPartial?: (() => void) | undefined;
}

/** The last sample of a series in the span. */
export interface LatestSample {
  readonly cloudAccountId: string;
  readonly metric: string;
  readonly labels: Labels;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly value: number;
}

/** Where samples are read from. One call asks for all tenants at once. */
export interface SampleSource {
  /** Each series that has a sample in the span, with its samples there; in no order. */
  read(query: SampleQuery): AsyncIterable<Series>;
  latest(query: SampleQuery): Promise<LatestSample[]>;
  /** The names of the metrics that a tenant has samples of in the span; kept ones only. */
  metricNames(query: Omit<SampleQuery, "metrics">): Promise<string[]>;
}
