import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, prometheusBinary, prometheusTitle, promtool, skipPrometheus } from "./installed-prometheus.js";
import type { WrittenSeries } from "./remote-write.js";
import { gauge, RunningMetroculus, SECRET } from "./running-metroculus.js";

const DAY = 1_759_449_600; // 2025-10-03T00:00:00Z
const HOUR = 3_600;
const whole = (from: number, to: number, every = 60) => ({ start: DAY + from * HOUR, end: DAY + to * HOUR, every });
const total = { __name__: "cloudtuner_kubecost_cluster_total_cost", cluster: "acme", currency: "EUR" };

/** Twelve days of three tenants: an exporter, native series scraped each hour, and one that nobody asks for. */
const tenants: Record<string, WrittenSeries[]> = {
  "tenant.1": [
    gauge(total, whole(0, 100), 1),
    gauge(total, whole(130, 288), 2),
    gauge({ ...total, __name__: "cloudtuner_kubecost_cluster_cpu_cost" }, whole(0, 288), 0.5),
  ],
  "tenant-2": [
    gauge({ __name__: "node_cpu_hourly_cost", node: "n", provider_id: "aws:///a/i-1" }, whole(0, 288, HOUR), 0.04),
    gauge(
      { __name__: "container_cpu_allocation", namespace: "web", pod: "p", container: "c", node: "n" },
      whole(0, 288, HOUR),
      3,
    ),
  ],
  tenantx1: [gauge({ __name__: "kubecost_cluster_management_cost" }, whole(0, 24, HOUR), 100)],
};

describe.skipIf(skipPrometheus)(prometheusTitle("with the history of a real Prometheus"), () => {
  let directory: string;
  let metroculus: RunningMetroculus;
  let thanos: FastifyInstance;
  let prometheus: ChildProcess;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gateway-history-"));
    await writeOpenMetrics(join(directory, "samples.txt"));
    await promisify(execFile)(promtool(), [
      "tsdb",
      "create-blocks-from",
      "openmetrics",
      "--max-block-duration=720h",
      join(directory, "samples.txt"),
      join(directory, "data"),
    ]);
    await writeFile(join(directory, "prometheus.yml"), "{}");
    const listen = `127.0.0.1:${await freePort()}`;
    prometheus = spawn(
      prometheusBinary(),
      [
        `--config.file=${directory}/prometheus.yml`,
        `--storage.tsdb.path=${directory}/data`,
        "--storage.tsdb.retention.time=100y",
        `--web.listen-address=${listen}`,
        "--log.level=error",
      ],
      { stdio: "ignore" },
    );
    metroculus = await RunningMetroculus.start();
    thanos = await metroculus.another({ THANOS_URL: `http://${listen}/` });
    while (
      !(await fetch(`http://${listen}/-/ready`).then(
        (response) => response.ok,
        () => false,
      ))
    )
      await sleep(50);
  });

  afterAll(async () => {
    if (prometheus?.exitCode === null) {
      prometheus.kill("SIGKILL");
      await once(prometheus, "exit");
    }
    await metroculus?.[Symbol.asyncDispose]();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  async function writeOpenMetrics(path: string): Promise<void> {
    const file = createWriteStream(path);
    const byMetric = new Map<string, string[]>();
    for (const [tenant, series] of Object.entries(tenants)) {
      for (const { labels, samples } of series) {
        const { __name__: metric = "", ...rest } = labels;
        const text = Object.entries({ ...rest, tenant_id: tenant }).map(([name, value]) => `${name}="${value}"`);
        const lines = byMetric.get(metric) ?? [];
        byMetric.set(metric, lines);
        for (const [time, value] of samples) lines.push(`${metric}{${text.join(",")}} ${value} ${time / 1000}`);
      }
    }
    for (const [metric, lines] of byMetric) file.write(`# TYPE ${metric} gauge\n${lines.join("\n")}\n`);
    file.end("# EOF\n");
    await once(file, "close");
  }

  async function answer(path: string, accounts: string, from: number, to: number) {
    const url = `/metroculus/v2/${path}?cloud_account_id=${accounts}&start_date=${DAY + from * HOUR}&end_date=${DAY + to * HOUR}`;
    const response = await thanos.inject({ url, headers: { secret: SECRET } });
    expect(response.statusCode).toBe(200);
    return response.json();
  }

  test("a day is read sample by sample and costs its integral exactly", async () => {
    expect(await answer("kubecost_cluster_costs", "tenant.1", 90, 114)).toMatchObject({
      summary: { total_cost: expect.closeTo(10, 6) },
      coverage: expect.closeTo(10 / 24, 6),
      currency: "EUR",
    });
  });

  test.each([
    ["twelve days", 0, 288, 100 + 2 * 158, 258 / 288],
    ["six days", 0, 144, 100 + 2 * 14, 114 / 144],
  ])("%s are read on a grid and cost their integral within 0.1 %", async (_name, from, to, cost, coverage) => {
    const { summary, coverage: known } = await answer("kubecost_cluster_costs", "tenant.1", from, to);
    expect(Math.abs(summary.total_cost - cost) / cost).toBeLessThan(0.001);
    expect(known).toBeCloseTo(coverage, 2);
  });

  test("a cluster that is scraped each hour costs the same as one scraped each minute", async () => {
    for (const [from, to] of [
      [24, 48],
      [0, 288],
    ] as const) {
      const { summary, coverage } = await answer("kubecost_cluster_costs", "tenant-2", from, to);
      expect(summary.cpu_cost).toBeCloseTo(3 * 0.04 * (to - from), 1);
      expect(coverage).toBeGreaterThan(0.99);
    }
  });

  test("a batch of tenants gets each its own and nobody else's, although an id reads as an expression", async () => {
    const { items } = await answer("kubecost_cluster_costs", "tenant.1,tenant-2,nobody", 0, 24);
    expect(items.map(({ summary }: { summary: { total_cost: number } }) => summary.total_cost)).toEqual([
      expect.closeTo(24, 6),
      expect.closeTo(2.88, 6),
      0,
    ]);
    expect(items[0].summary.management_cost).toBeNull();
  });

  test("metrics and nodes of a tenant are found", async () => {
    const { metrics } = await answer("kubecost_metrics", "tenant.1", 0, 48);
    expect(Object.keys(metrics).sort()).toEqual([
      "cloudtuner_kubecost_cluster_cpu_cost",
      "cloudtuner_kubecost_cluster_total_cost",
    ]);
    const { nodes } = await answer("kubecost_nodes", "tenant-2", 0, 288);
    expect(nodes).toMatchObject([{ name: "n", provider_id: "aws:///a/i-1" }]);
  });
});
