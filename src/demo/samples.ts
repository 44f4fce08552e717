import type { ClickHouse } from "../stores/clickhouse.js";
import { seriesIdSql } from "../stores/kubernetes-tables.js";
import type { EpochSeconds } from "../time.js";
import type { Cluster } from "./clusters.js";
import { DEMO_DAYS } from "./plan.js";
import { type SeriesPlan, seriesPlans } from "./series-plans.js";

/** How often the demo's clusters are sampled. Seconds. */
const SAMPLE_INTERVAL = 3_600;

/** Where the plans of a cluster's series lie while ClickHouse makes samples of them; dropped afterwards. */
const PLANS = "demo_series_plans";

/** Stores what a cluster's Prometheus would have sent from `since` on, up to but not including `now`. */
export async function storeSamples(
  clickHouse: ClickHouse,
  cluster: Cluster,
  since: EpochSeconds,
  now: EpochSeconds,
): Promise<void> {
  await clickHouse.command(`DROP TABLE IF EXISTS ${PLANS}`);
  await clickHouse.command(`
CREATE TABLE ${PLANS} (
  metric      String,
  labels      Map(String, String),
  fixed       Float64,
  moving      Float64,
  swing       Float64,
  step_day    UInt16,
  before_step Float64,
  hourly      Float64
) ENGINE = Memory`);
  try {
    await clickHouse.insert(PLANS, seriesPlans(cluster).map(planRow));
    const account = cluster.accountId;
    await clickHouse.command(
      `INSERT INTO k8s_series (cloud_account_id, metric, series, labels)
       SELECT {account:String}, metric, ${seriesIdSql}, labels FROM ${PLANS}`,
      { account },
    );
    await clickHouse.command(SAMPLES_OF_PLANS, {
      account,
      since,
      count: Math.ceil((now - since) / SAMPLE_INTERVAL),
      interval: SAMPLE_INTERVAL,
      silences: cluster.silences.map(([from, to]) => [DEMO_DAYS - from, DEMO_DAYS - to]),
    });
  } finally {
    await clickHouse.command(`DROP TABLE IF EXISTS ${PLANS}`);
  }
}

function planRow(plan: SeriesPlan) {
  return {
    metric: plan.metric,
    labels: plan.labels,
    fixed: plan.fixed ?? 0,
    moving: plan.moving ?? 0,
    swing: plan.swing ?? 0,
    step_day: plan.step?.day ?? 0,
    before_step: plan.step?.before ?? 1,
    hourly: plan.hourly ?? 0,
  };
}

/**
 * Every plan at every moment. The load is high in the afternoon, low at night and lowest at weekends. A plan whose
 * factor before its step is 0 has no samples there: what it measures did not exist.
 */
const SAMPLES_OF_PLANS = `
INSERT INTO k8s_samples (cloud_account_id, metric, series, timestamp, value)
SELECT
  {account:String},
  plan.metric,
  plan.series,
  moment.timestamp,
  plan.fixed
    + plan.moving * if(moment.day < plan.step_day, plan.before_step, 1) * (1 + plan.swing * moment.load)
    + plan.hourly * moment.day * 24
FROM (SELECT *, ${seriesIdSql} AS series FROM ${PLANS}) AS plan
CROSS JOIN (
  SELECT
    number * {interval:UInt32} / 86400 AS day,
    toDateTime64({since:UInt32} + number * {interval:UInt32}, 3, 'UTC') AS timestamp,
    if(toDayOfWeek(timestamp) >= 6, -0.8, sin(2 * pi() * (day - 1 / 3))) AS load
  FROM numbers({count:UInt32})
  WHERE NOT arrayExists(silence -> day >= silence[1] AND day < silence[2], {silences:Array(Array(Float64))})
) AS moment
WHERE moment.day >= plan.step_day OR plan.before_step > 0`;
