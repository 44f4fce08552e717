/**
 * Kubernetes samples as Prometheus sends them, one tenant per cloud account. The tenant is never a label:
 * labels such as `tenant_id` are text that any sender may choose.
 *
 * A series is one metric with one set of labels; `seriesIdSql` and `seriesId` in `src/metroculus/` give it
 * the same id, so that samples can be made set-wise:
 *
 *     INSERT INTO k8s_series SELECT cloud_account_id, metric, <seriesIdSql> AS series, labels FROM (
 *       SELECT 'the account' AS cloud_account_id, 'node_cpu_hourly_cost' AS metric, map('node', 'n1') AS labels)
 *     INSERT INTO k8s_samples SELECT cloud_account_id, metric, series, t, value FROM ...
 *
 * Labels go in without `__name__`. Both tables keep one row a key, so a repeated write changes nothing;
 * readers must not depend on when the engine drops the repetitions.
 */
const series = `
CREATE TABLE IF NOT EXISTS k8s_series (
  cloud_account_id LowCardinality(String),
  metric           LowCardinality(String),
  series           UInt64,
  labels           Map(LowCardinality(String), String)
) ENGINE = ReplacingMergeTree
ORDER BY (cloud_account_id, metric, series)`;

const samples = `
CREATE TABLE IF NOT EXISTS k8s_samples (
  cloud_account_id LowCardinality(String),
  metric           LowCardinality(String),
  series           UInt64,
  timestamp        DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value            Float64 CODEC(Gorilla, ZSTD(1))    -- NaN: from here on the series has no value
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (cloud_account_id, metric, series, timestamp)`;

export const kubernetesTables: readonly string[] = [series, samples];

/**
 * How the engine in this process merges what inserts leave; a server's operator decides that for the server. Samples
 * pack so well that the engine takes all parts for equally small: by its own measure it would write all samples of the
 * month again with each five inserts. A table that has another setting gets this one at the start.
 */
export const kubernetesMerging = { table: "k8s_samples", setting: "merge_selector_base", value: 20 } as const;

/**
 * The id of a series as SQL over the columns `metric` and `labels` (a Map(String, String) without `__name__`):
 * the first eight bytes of a SHA-256, little-endian. 0xFF never occurs in UTF-8, so no two label sets share a text.
 */
export const seriesIdSql = `reinterpretAsUInt64(substring(SHA256(concat(toString(metric), '\\xFF', arrayStringConcat(
  arrayMap(label -> concat(label.1, '\\xFF', label.2, '\\xFF'),
    arraySort(arrayMap((name, value) -> (toString(name), value), mapKeys(labels), mapValues(labels))))))), 1, 8))`;
