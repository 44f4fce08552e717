import { LRUCache } from "lru-cache";
import { isKept } from "./metric-names.js";
import type { SeriesNumber } from "./sample-block.js";
import { type Label, seriesId } from "./series-id.js";
import { MalformedWrite } from "./write-request.js";

/** A series that has been sent before, with what it takes to write its samples. */
export interface KnownSeries {
  /** The row of `k8s_series`; null when the metric is not kept. */
  readonly row: SeriesRow | null;
  readonly metric: string;
  /** Its id. */
  readonly number: SeriesNumber;
  /** Set once the row is in the store. */
  stored: boolean;
}

interface Remembered extends KnownSeries {
  readonly key: Buffer;
  /** The one that came after it when it was sent last. */
  next: Remembered | undefined;
  forgotten: boolean;
}

export interface SeriesRow {
  readonly cloud_account_id: string;
  readonly metric: string;
  /** A 64-bit number in decimal: JSON numbers are too short for it. */
  readonly series: string;
  readonly labels: Readonly<Record<string, string>>;
}

const MAX_BYTES = 128 * 1024 * 1024;
const MAX_LABELS = 128;

/**
 * Recognises series by the bytes of their labels. A Prometheus sends the same label texts with each sample:
 * decoding and hashing them once is most of what makes the receiver fast. It also sends them in the same order most of
 * the time: to compare with the series that is expected takes a fraction of looking one up.
 */
export class KnownSeriesCache {
  private readonly known = new LRUCache<string, Remembered>({
    maxSize: MAX_BYTES,
    sizeCalculation: (_, key) => 400 + 2 * key.length,
    dispose(series) {
      // A chain of those that are forgotten would hold memory that nobody counts.
      series.forgotten = true;
      series.next = undefined;
    },
  });

  /**
   * @param after the series before it in the same message
   * @throws MalformedWrite when labels that are new do not describe a series.
   */
  resolve(cloudAccountId: string, key: Buffer, labels: () => Label[], after?: KnownSeries): KnownSeries {
    const before = after as Remembered | undefined;
    const expected = before?.next;
    if (expected !== undefined && !expected.forgotten && expected.key.equals(key)) return expected;
    const series = this.find(cloudAccountId, key, labels);
    if (before !== undefined && !before.forgotten) before.next = series;
    return series;
  }

  private find(cloudAccountId: string, key: Buffer, labels: () => Label[]): Remembered {
    const cacheKey = `${cloudAccountId}\n${key.toString("latin1")}`;
    const found = this.known.get(cacheKey);
    if (found !== undefined) return found;
    const made = {
      ...describe(cloudAccountId, labels()),
      // A copy, for the key itself is a view of a whole message.
      key: Buffer.from(key),
      next: undefined,
      forgotten: false,
    };
    this.known.set(cacheKey, made);
    return made;
  }
}

function describe(cloudAccountId: string, all: Label[]): KnownSeries {
  if (all.length > MAX_LABELS) throw new MalformedWrite(`a series has more than ${MAX_LABELS} labels`);
  const labels = new Map(all);
  if (labels.size < all.length) throw new MalformedWrite("a series has a label twice");
  const metric = labels.get("__name__");
  if (metric === undefined || metric === "") throw new MalformedWrite("a series has no __name__");
  if (!isKept(metric)) return { row: null, metric, number: { low: 0, high: 0 }, stored: true };
  labels.delete("__name__");
  const id = seriesId(metric, [...labels]);
  return {
    row: { cloud_account_id: cloudAccountId, metric, series: String(id), labels: Object.fromEntries(labels) },
    metric,
    number: { low: Number(id & 0xffff_ffffn), high: Number(id >> 32n) },
    stored: false,
  };
}
