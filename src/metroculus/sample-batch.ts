import type { KnownSeries, KnownSeriesCache } from "./known-series.js";
import type { Label } from "./series-id.js";
import type { WriteRequestSink } from "./write-request.js";

/** 2000-01-01: nothing older is a sample of a cluster. */
const EARLIEST_MS = 946_684_800_000;
/** How far ahead a sender's clock may be. A sample never costs anything before its time has come. */
const LATEST_AHEAD_MS = 86_400_000;

/** The samples of one write request, as lines for `k8s_samples`. */
export class SampleBatch implements WriteRequestSink {
  lines = "";
  count = 0;
  /** Time of the oldest sample, milliseconds since the epoch; infinite while there is none. */
  oldest = Number.POSITIVE_INFINITY;
  /** Time of the newest sample; minus infinity while there is none. */
  newest = Number.NEGATIVE_INFINITY;
  /** Samples whose time lies outside of what is kept. */
  refused = 0;
  readonly newSeries = new Set<KnownSeries>();
  private current: KnownSeries | undefined;
  private readonly latest = Date.now() + LATEST_AHEAD_MS;

  constructor(
    private readonly cloudAccountId: string,
    private readonly known: KnownSeriesCache,
  ) {}

  series(key: Buffer, labels: () => Label[]): void {
    this.current = this.known.resolve(this.cloudAccountId, key, labels, this.current);
  }

  sample(timestamp: number, value: number): void {
    const series = this.current;
    if (series === undefined || series.row === null) return;
    if (!(timestamp >= EARLIEST_MS && timestamp <= this.latest)) {
      this.refused++;
      return;
    }
    if (!series.stored) this.newSeries.add(series);
    this.lines += `${series.prefix}${seconds(timestamp)}\t${number(value)}\n`;
    this.count++;
    if (timestamp < this.oldest) this.oldest = timestamp;
    if (timestamp > this.newest) this.newest = timestamp;
  }
}

/** Milliseconds as seconds with three decimals, exactly. */
function seconds(milliseconds: number): string {
  const text = String(milliseconds);
  return `${text.slice(0, -3)}.${text.slice(-3)}`;
}

/** Not a number, however spelt (a stale marker is one with a payload), ends the series at its time. */
function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}
