import type { ClickHouse } from "../stores/clickhouse.js";
import { EGRESS_BYTES, isKept, numerousMetrics } from "./metric-names.js";
import { RowBinaryReader } from "./row-binary.js";
import type { Series } from "./sampled.js";
import type { LatestSample, SampleQuery, SampleSource } from "./source.js";

const inSpan = `cloud_account_id IN {accounts:Array(String)}
  AND timestamp >= fromUnixTimestamp64Milli({start:Int64}) AND timestamp < fromUnixTimestamp64Milli({end:Int64})`;

const labelled = `INNER JOIN (
  SELECT cloud_account_id, metric, series, any(labels) AS labels
  FROM k8s_series
  WHERE cloud_account_id IN {accounts:Array(String)} AND metric IN {metrics:Array(String)}
  GROUP BY cloud_account_id, metric, series
) AS series USING (cloud_account_id, metric, series)`;

const milliseconds = (time: string) => `toFloat64(toUnixTimestamp64Milli(${time}))`;

/** What is not finite ends a series; of those that are merged, it is only missing. */
const merging = (point: string, metrics: string) => `
  SELECT cloud_account_id, metric, series, arraySort(groupArray(point)) AS points
  FROM (
    SELECT cloud_account_id, metric, series, ${point} AS point
    FROM k8s_samples
    WHERE ${inSpan} AND metric IN {${metrics}:Array(String)} AND isFinite(value)
    GROUP BY cloud_account_id, metric, series, intDiv(toUnixTimestamp64Milli(timestamp), {resolution:Int64})
  )
  GROUP BY cloud_account_id, metric, series`;

/**
 * A series' samples lie together in the table and in order, so that they are gathered without sorting. The last three
 * columns are there for merged samples only: their last time, then of gauges their count, of counters the last value
 * and the growth among the merged.
 */
const seriesWithSamples = `
SELECT samples.cloud_account_id, samples.metric, toJSONString(series.labels),
  samples.points.1, samples.points.2, samples.points.3, samples.points.4, samples.points.5
FROM (
  SELECT cloud_account_id, metric, series,
    arraySort(groupArray((${milliseconds("timestamp")}, value, 0., 0., 0.))) AS points
  FROM k8s_samples
  WHERE ${inSpan} AND metric IN {exact:Array(String)}
  GROUP BY cloud_account_id, metric, series
  UNION ALL ${merging(
    `(${milliseconds("min(timestamp)")}, avg(value), ${milliseconds("max(timestamp)")}, toFloat64(count()), 0.)`,
    "gauges",
  )}
  UNION ALL ${merging(
    `(${milliseconds("min(timestamp)")}, argMin(value, timestamp), ${milliseconds("max(timestamp)")},
      argMax(value, timestamp), deltaSumTimestamp(value, ${milliseconds("timestamp")}))`,
    "counters",
  )}
) AS samples
${labelled}`;

const latestSamples = `
SELECT cloud_account_id AS cloudAccountId, metric, labels, time, latest AS value
FROM (
  SELECT cloud_account_id, metric, series, toUnixTimestamp64Milli(max(timestamp)) AS time,
    argMax(value, timestamp) AS latest
  FROM k8s_samples
  WHERE ${inSpan} AND metric IN {metrics:Array(String)} AND isFinite(value)
  GROUP BY cloud_account_id, metric, series
) AS samples
${labelled}`;

/** The samples that the receiver has stored. */
export class StoredSamples implements SampleSource {
  constructor(private readonly clickHouse: ClickHouse) {}

  async *read(query: SampleQuery): AsyncGenerator<Series> {
    const isCoarse = (metric: string) => query.resolution !== undefined && numerousMetrics.has(metric);
    const bytes = await this.clickHouse.bytes(
      seriesWithSamples,
      "RowBinary",
      {
        ...parametersOf(query),
        metrics: [...query.metrics],
        exact: query.metrics.filter((metric) => !isCoarse(metric)),
        gauges: query.metrics.filter((metric) => isCoarse(metric) && metric !== EGRESS_BYTES),
        counters: query.metrics.filter((metric) => isCoarse(metric) && metric === EGRESS_BYTES),
        resolution: query.resolution ?? 1,
      },
      { signal: query.signal, settings: { optimize_aggregation_in_order: 1 } },
    );
    const rows = new RowBinaryReader(bytes);
    while (await rows.more()) {
      const cloudAccountId = await rows.string();
      const metric = await rows.string();
      const labels = JSON.parse(await rows.string()) as Record<string, string>;
      const times = await rows.float64s();
      const values = await rows.float64s();
      const lasts = await rows.float64s();
      const fourth = await rows.float64s();
      const growths = await rows.float64s();
      const series = { cloudAccountId, metric, labels };
      if (!isCoarse(metric)) yield { ...series, times, values };
      else if (metric !== EGRESS_BYTES) yield { ...series, times, values, merged: { lasts, counts: fourth } };
      else {
        yield {
          ...series,
          times: Float64Array.of(times[0] as number, ...lasts),
          values: Float64Array.of(0, ...withoutResets(values, fourth, growths)),
        };
      }
    }
  }

  latest(query: SampleQuery): Promise<LatestSample[]> {
    return this.clickHouse.query<LatestSample>(
      latestSamples,
      { ...parametersOf(query), metrics: [...query.metrics] },
      { signal: query.signal },
    );
  }

  async metricNames(query: Omit<SampleQuery, "metrics">): Promise<string[]> {
    const rows = await this.clickHouse.query<{ metric: string }>(
      `SELECT DISTINCT toString(metric) AS metric FROM k8s_samples WHERE ${inSpan} ORDER BY metric`,
      parametersOf(query),
      { signal: query.signal },
    );
    return rows.map(({ metric }) => metric).filter(isKept);
  }
}

/**
 * What a counter that starts at 0 and never falls would have come to, from the first and last values of merged samples
 * and their growth: a reset among the merged would otherwise be lost.
 */
function withoutResets(firsts: Float64Array, lasts: Float64Array, growths: Float64Array): Float64Array {
  let sum = 0;
  return growths.map((growth, i) => {
    const first = firsts[i] as number;
    const before = lasts[i - 1] ?? first;
    sum += growth + (first >= before ? first - before : first);
    return sum;
  });
}

function parametersOf({ cloudAccountIds, span }: Omit<SampleQuery, "metrics">) {
  return { accounts: [...cloudAccountIds], start: Math.floor(span.start), end: Math.ceil(span.end) };
}
