import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { prometheusTitle, promtool, skipPrometheus } from "../metroculus/installed-prometheus.js";
import { alertFile, alerts } from "./promql.js";

interface Situation {
  readonly alert: string;
  /** What happens, in a few words. */
  readonly when: string;
  /** Series and their values a minute, in promtool's shorthand: `0+60x30` is 0, 60, 120, ... */
  readonly series: Readonly<Record<string, string>>;
  /** Minutes after which it is looked. */
  readonly at: number;
  /** The labels of each that fires, beside the severity. */
  readonly fires: readonly Readonly<Record<string, string>>[];
}

const requests = (labels: string) => `expense_gateway_http_request_duration_seconds_count{${labels}}`;
const operations = (labels: string) => `expense_gateway_graphql_operation_duration_seconds_count{${labels}}`;
const answers = (status: string) => `expense_gateway_cluster_answers_total{status="${status}"}`;
const cluster = { cloud_account_id: "acme-1" };
const bucket = (le: string) => `expense_gateway_http_request_duration_seconds_bucket{route="/graphql", le="${le}"}`;

const situations: readonly Situation[] = [
  {
    alert: "ExpenseGatewayAbsent",
    when: "nothing is scraped",
    series: { up: "0x20" },
    at: 10,
    fires: [{}],
  },
  {
    alert: "ExpenseGatewayAbsent",
    when: "one replica of two is there",
    series: { 'expense_gateway_http_requests_in_flight{instance="a"}': "0x20" },
    at: 10,
    fires: [],
  },
  {
    alert: "ExpenseGatewayDependencyDown",
    when: "one replica cannot reach Redis",
    series: {
      'expense_gateway_dependency_up{dependency="redis", instance="a"}': "0x20",
      'expense_gateway_dependency_up{dependency="redis", instance="b"}': "1x20",
    },
    at: 10,
    fires: [{ dependency: "redis" }],
  },
  {
    alert: "ExpenseGatewayErrors",
    when: "one request in ten fails",
    series: {
      [requests('route="/graphql", status="200"')]: "0+90x30",
      [requests('route="/graphql", status="503"')]: "0+10x30",
    },
    at: 20,
    fires: [{}],
  },
  {
    alert: "ExpenseGatewayErrors",
    when: "only a probe is refused, and some callers err",
    series: {
      [requests('route="/graphql", status="200"')]: "0+90x30",
      [requests('route="/graphql", status="400"')]: "0+90x30",
      [requests('route="/readyz", status="503"')]: "0+90x30",
    },
    at: 20,
    fires: [],
  },
  {
    alert: "ExpenseGatewayGraphQLErrors",
    when: "one operation in ten fails",
    series: {
      [operations('operation="Totals", status="ok"')]: "0+90x30",
      [operations('operation="Totals", status="failed"')]: "0+10x30",
    },
    at: 20,
    fires: [{}],
  },
  {
    alert: "ExpenseGatewayGraphQLErrors",
    when: "callers err",
    series: {
      [operations('operation="Totals", status="ok"')]: "0+90x30",
      [operations('operation="Totals", status="refused"')]: "0+90x30",
    },
    at: 20,
    fires: [],
  },
  {
    alert: "ExpenseGatewaySlow",
    when: "every tenth answer takes five to ten seconds",
    series: {
      [bucket("2.5")]: "0+90x40",
      [bucket("5")]: "0+90x40",
      [bucket("10")]: "0+100x40",
      [bucket("+Inf")]: "0+100x40",
    },
    at: 30,
    fires: [{}],
  },
  {
    alert: "ExpenseGatewayEventLoopLag",
    when: "a replica lags, and so does another program",
    series: {
      'nodejs_eventloop_lag_p99_seconds{job="gateway", instance="a"}': "1x20",
      'expense_gateway_http_requests_in_flight{job="gateway", instance="a"}': "5x20",
      'nodejs_eventloop_lag_p99_seconds{job="other", instance="z"}': "1x20",
    },
    at: 10,
    fires: [{ instance: "a" }],
  },
  {
    alert: "ExpenseGatewayShedsLoad",
    when: "requests are turned away time and again",
    series: {
      'expense_gateway_http_requests_shed_total{face="graphql", reason="wait"}': "0+10x30",
      'expense_gateway_http_requests_shed_total{face="rest", reason="in_flight"}': "0x30",
    },
    at: 20,
    fires: [{ reason: "wait" }],
  },
  {
    alert: "ExpenseGatewayShedsLoad",
    when: "some were turned away for a moment, a while ago",
    series: { 'expense_gateway_http_requests_shed_total{face="graphql", reason="wait"}': "0 10x30" },
    at: 20,
    fires: [],
  },
  {
    alert: "ExpenseGatewayStoreFailing",
    when: "ClickHouse fails from time to time on end",
    series: { 'expense_gateway_store_call_duration_seconds_count{store="clickhouse", outcome="failed"}': "0+1x30" },
    at: 20,
    fires: [{ store: "clickhouse" }],
  },
  {
    alert: "ExpenseGatewayStoreFailing",
    when: "statements were refused, and one call failed long ago",
    series: {
      'expense_gateway_store_call_duration_seconds_count{store="clickhouse", outcome="refused"}': "0+1x30",
      'expense_gateway_store_call_duration_seconds_count{store="clickhouse", outcome="failed"}': "0 1x30",
    },
    at: 20,
    fires: [],
  },
  {
    alert: "ExpenseGatewayMetroculusCircuitOpen",
    when: "it stays open",
    series: { expense_gateway_metroculus_circuit_open: "0 1x20" },
    at: 5,
    fires: [{}],
  },
  {
    alert: "ExpenseGatewayClusterCostsUnavailable",
    when: "a fifth of the answers is stale",
    series: { [answers("OK")]: "0+8x40", [answers("STALE")]: "0+2x40" },
    at: 30,
    fires: [{}],
  },
  {
    alert: "ExpenseGatewayClusterCostsUnavailable",
    when: "clusters have gaps or no data, which is nothing of Metroculus",
    series: { [answers("PARTIAL")]: "0+8x40", [answers("NO_DATA")]: "0+2x40", [answers("STALE")]: "0x40" },
    at: 30,
    fires: [],
  },
  {
    alert: "ExpenseGatewayClusterCostUnknown",
    when: "a cluster is asked for in vain",
    series: {
      'expense_gateway_cluster_cost_known{cloud_account_id="acme-1"}': "0x60",
      'expense_gateway_cluster_cost_known{cloud_account_id="acme-2"}': "1x60",
      [answers("UNAVAILABLE")]: "0+1x60",
    },
    at: 40,
    fires: [cluster],
  },
  {
    alert: "ExpenseGatewayClusterCostUnknown",
    when: "nobody asks any more",
    series: {
      'expense_gateway_cluster_cost_known{cloud_account_id="acme-1"}': "0x60",
      [answers("UNAVAILABLE")]: "1x60",
    },
    at: 40,
    fires: [],
  },
  {
    alert: "ExpenseGatewayClusterCoverageLow",
    when: "a cluster has gaps for hours, another for moments",
    series: {
      'expense_gateway_cluster_coverage_ratio{cloud_account_id="acme-1"}': "0.8x180",
      'expense_gateway_cluster_coverage_ratio{cloud_account_id="acme-2"}': "1x30 0.8x2 1x150",
    },
    at: 150,
    fires: [cluster],
  },
  {
    alert: "ExpenseGatewayClusterSamplesStopped",
    when: "samples stop, as seen by one replica and known better by the other",
    series: {
      'expense_gateway_cluster_last_sample_timestamp_seconds{cloud_account_id="acme-1", instance="a"}': "0x90",
      'expense_gateway_cluster_last_sample_timestamp_seconds{cloud_account_id="acme-2", instance="a"}': "0x90",
      'expense_gateway_cluster_last_sample_timestamp_seconds{cloud_account_id="acme-2", instance="b"}': "0+60x90",
    },
    at: 60,
    fires: [cluster],
  },
  {
    alert: "ExpenseGatewayClusterCostOld",
    when: "figures of two hours ago are told",
    series: { 'expense_gateway_cluster_cost_age_seconds{cloud_account_id="acme-1"}': "7200x40" },
    at: 30,
    fires: [cluster],
  },
  {
    alert: "ExpenseGatewaySamplesRefused",
    when: "some samples of a write have a time that is not kept",
    series: {
      'expense_gateway_remote_write_samples_total{outcome="refused"}': "0 0 3x20",
      'expense_gateway_remote_write_requests_total{outcome="refused"}': "0x22",
    },
    at: 8,
    fires: [{}],
  },
  {
    alert: "ExpenseGatewaySamplesNotStored",
    when: "writes fail on end",
    series: { 'expense_gateway_remote_write_requests_total{outcome="failed"}': "0+2x30" },
    at: 20,
    fires: [{}],
  },
  {
    alert: "ExpenseGatewaySharedCacheFailing",
    when: "Redis is away",
    series: { 'expense_gateway_shared_cache_total{outcome="failed"}': "0+2x40" },
    at: 30,
    fires: [{}],
  },
];

const firing = await alerts();

test("each alert has a situation in which it fires", () => {
  const fired = new Set(situations.filter(({ fires }) => fires.length > 0).map(({ alert }) => alert));
  expect(firing.map(({ alert }) => alert).filter((name) => !fired.has(name))).toEqual([]);
});

test.skipIf(skipPrometheus)(prometheusTitle("each alert fires when it should, and only then"), async () => {
  const severities = new Map(firing.map(({ alert, labels }) => [alert, labels.severity]));
  const directory = await mkdtemp(join(tmpdir(), "gateway-alerts-"));
  try {
    const file = join(directory, "situations.yml");
    const suite = {
      rule_files: [alertFile],
      evaluation_interval: "1m",
      tests: situations.map(({ alert, when, series, at, fires }) => ({
        name: `${alert}: ${when}`,
        interval: "1m",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        // By its own expression, because the texts beside it are of no matter here.
        promql_expr_test: [
          {
            expr: `ALERTS{alertname="${alert}", alertstate="firing"}`,
            eval_time: `${at}m`,
            exp_samples: fires.map((labels) => ({
              labels: seriesText({
                alertname: alert,
                alertstate: "firing",
                severity: severities.get(alert),
                ...labels,
              }),
              value: 1,
            })),
          },
        ],
      })),
    };
    await writeFile(file, JSON.stringify(suite));
    const { stdout } = await promisify(execFile)(promtool(), ["test", "rules", file]).catch(
      (error: { stdout: string; stderr: string }) => ({ stdout: error.stdout + error.stderr }),
    );
    expect(stdout).toContain("SUCCESS");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

function seriesText(labels: Readonly<Record<string, string | undefined>>): string {
  return `ALERTS{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(", ")}}`;
}
