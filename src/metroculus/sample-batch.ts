import type { KnownSeries, KnownSeriesCache } from "./known-series.js";
import { SampleBlock } from "./sample-block.js";
import type { Label } from "./series-id.js";
import type { WriteRequestSink } from "./write-request.js";

/** 2000-01-01: nothing older is a sample of a cluster. */
const EARLIEST_MS = 946_684_800_000;
/** How far ahead a sender's clock may be. A sample never costs anything before its time has come. */
const LATEST_AHEAD_MS = 86_400_000;

/** The samples of one write request, as a block for `k8s_samples`. */
export class SampleBatch implements WriteRequestSink {
  readonly block: SampleBlock;
  /** Time of the oldest sample, milliseconds since the epoch; infinite while there is none. */
  oldest = Number.POSITIVE_INFINITY;
  /** Time of the newest sample; minus infinity while there is none. */
  newest = Number.NEGATIVE_INFINITY;
  /** Samples whose time lies outside of what is kept. */
  refused = 0;
  readonly newSeries = new Set<KnownSeries>();
  private current: KnownSeries | undefined;
  /** By which number the block names the metric of `current`. */
  private metric = 0;
  private readonly latest = Date.now() + LATEST_AHEAD_MS;

  constructor(
    private readonly cloudAccountId: string,
    private readonly known: KnownSeriesCache,
  ) {
    this.block = new SampleBlock(cloudAccountId);
  }

  get count(): number {
    return this.block.count;
  }

  series(key: Buffer, labels: () => Label[]): void {
    const before = this.current?.metric;
    const series = this.known.resolve(this.cloudAccountId, key, labels, this.current);
    this.current = series;
    if (series.row !== null && series.metric !== before) this.metric = this.block.metric(series.metric);
  }

  sample(timestamp: number, value: number): void {
    const series = this.current;
    if (series === undefined || series.row === null) return;
    if (!(timestamp >= EARLIEST_MS && timestamp <= this.latest)) {
      this.refused++;
      return;
    }
    if (!series.stored) this.newSeries.add(series);
    // Not a number, however spelt (a stale marker is one with a payload), ends the series at its time.
    this.block.add(this.metric, series.number, timestamp, Number.isNaN(value) ? Number.NaN : value);
    if (timestamp < this.oldest) this.oldest = timestamp;
    if (timestamp > this.newest) this.newest = timestamp;
  }
}
