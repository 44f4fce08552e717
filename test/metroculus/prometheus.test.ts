import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../eventually.js";
import { freePort, prometheusBinary, prometheusTitle, skipPrometheus } from "./installed-prometheus.js";
import { PASSWORD, RunningMetroculus, SECRET } from "./running-metroculus.js";

const RATES = { total: 1, later: 1.05, cpu: 0.6, management: 0.1 };
const WINDOW_S = 8;

describe.skipIf(skipPrometheus)(prometheusTitle("with a real Prometheus"), () => {
  let directory: string;
  let metroculus: RunningMetroculus;
  let exporter: Server;
  let relay: Server;
  let prometheus: ChildProcess;
  let prometheusUrl: string;
  let account: string;
  let relayed: string;
  /** When the exporter is to change its rate, and the first scrape that saw it; milliseconds since the epoch. */
  let changeFrom = Number.POSITIVE_INFINITY;
  let changedAt = Number.POSITIVE_INFINITY;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gateway-prometheus-"));
    metroculus = await RunningMetroculus.start();
    account = await metroculus.cluster();
    relayed = await metroculus.cluster();
    const receiver = await metroculus.app.listen({ host: "127.0.0.1", port: 0 });
    exporter = createServer((_request, response) => {
      if (Date.now() >= changeFrom) changedAt = Math.min(changedAt, Date.now());
      response.setHeader("content-type", "text/plain; version=0.0.4").end(exposition());
    }).listen(0, "127.0.0.1");
    relay = addingTenant(receiver).listen(0, "127.0.0.1");
    await Promise.all([exporter, relay].map((server) => once(server, "listening")));
    const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
    const listen = `127.0.0.1:${await freePort()}`;
    prometheusUrl = `http://${listen}`;
    await writeFile(
      join(directory, "prometheus.yml"),
      configuration(receiver, `http://127.0.0.1:${(relay.address() as AddressInfo).port}`, target),
    );
    prometheus = spawn(
      prometheusBinary(),
      [
        `--config.file=${directory}/prometheus.yml`,
        `--storage.tsdb.path=${directory}/data`,
        `--web.listen-address=${listen}`,
        "--log.level=error",
      ],
      { stdio: "ignore" },
    );
  });

  afterAll(async () => {
    if (prometheus?.exitCode === null) {
      prometheus.kill("SIGKILL");
      await once(prometheus, "exit");
    }
    for (const server of [exporter, relay]) {
      server?.close();
      server?.closeAllConnections();
    }
    await metroculus?.[Symbol.asyncDispose]();
    if (directory) await rm(directory, { recursive: true, force: true });
  });

  /** Debian's Prometheus is built without `headers` of remote_write, so that one is added on the way. */
  function addingTenant(receiver: string): Server {
    const relay = async (request: IncomingMessage, response: ServerResponse) => {
      const { authorization = "", "content-type": type = "", "content-encoding": encoding = "" } = request.headers;
      const answer = await fetch(`${receiver}${request.url}`, {
        method: "POST",
        headers: { authorization, "content-type": type, "content-encoding": encoding, "Cloud-Account-Id": relayed },
        body: await buffer(request),
      });
      response.writeHead(answer.status).end(await answer.text());
    };
    return createServer((request, response) => {
      // At the end the receiver lets go of what is under way.
      relay(request, response).catch(() => response.destroy());
    });
  }

  function exposition(): string {
    const labels = `cluster="acme",currency="USD"`;
    return [
      `cloudtuner_kubecost_cluster_total_cost{${labels}} ${changedAt === Number.POSITIVE_INFINITY ? RATES.total : RATES.later}`,
      `cloudtuner_kubecost_cluster_cpu_cost{${labels}} ${RATES.cpu}`,
      `kubecost_cluster_management_cost{provisioner_name="EKS"} ${RATES.management}`,
      "",
    ].join("\n");
  }

  function configuration(receiver: string, relay: string, target: string): string {
    const written = (url: string) => ({
      url,
      basic_auth: { username: "acme", password: PASSWORD },
      queue_config: { batch_send_deadline: "200ms" },
    });
    return JSON.stringify({
      global: { scrape_interval: "1s", scrape_timeout: "900ms" },
      scrape_configs: [{ job_name: "acme", static_configs: [{ targets: [target], labels: { tenant_id: account } }] }],
      remote_write: [
        written(`${receiver}/storage/api/v2/write?cloud_account_id=${account}`),
        written(`${relay}/storage/api/v2/write`),
      ],
    });
  }

  async function firstReceived(): Promise<number> {
    for (;;) {
      const [{ first }] = (await metroculus.stores.clickHouse.query<{ first: number }>(
        "SELECT toUnixTimestamp(min(timestamp)) AS first FROM k8s_samples WHERE cloud_account_id = {account:String}",
        { account },
      )) as [{ first: number }];
      if (first > 0) return first + 1;
      await sleep(100);
    }
  }

  test("what is received and what is read through THANOS_URL cost the same, within 0.1 % of the integral", async () => {
    const start = (await firstReceived()) + 1;
    const end = start + WINDOW_S;
    changeFrom = (start + 4) * 1000;
    await sleep(Math.max(0, end * 1000 - Date.now()) + 1_500);
    const url = `/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${account}&start_date=${start}&end_date=${end}`;
    const thanos = await metroculus.another({ THANOS_URL: prometheusUrl });

    const hours = (from: number, to: number) => (to - from) / 3_600_000;
    const total =
      RATES.total * hours(start * 1000, changedAt) +
      RATES.later * hours(changedAt, end * 1000) +
      RATES.management * hours(start * 1000, end * 1000);
    for (const app of [metroculus.app, thanos]) {
      const response = await app.inject({ url, headers: { secret: SECRET } });
      expect(response.statusCode).toBe(200);
      const answer = response.json();
      expect(answer).toMatchObject({ coverage: 1, currency: "USD", method: "ALLOCATION", duplicates: { series: 0 } });
      expect(Math.abs(answer.summary.total_cost - total) / total).toBeLessThan(0.001);
      const cpu = RATES.cpu * hours(start * 1000, end * 1000);
      expect(Math.abs(answer.summary.cpu_cost - cpu) / cpu).toBeLessThan(0.001);
    }
  });

  test("the tenant is named by the address or by a header, and the cost is the same", async () => {
    const end = Math.floor(Date.now() / 1000) - 2;
    const cost = (id: string) => metroculus.answer("kubecost_cluster_costs", id, end - 4, end);
    // Each way has its own queue, and either may be behind.
    await eventually(
      async () => {
        const answers = await Promise.all([cost(account), cost(relayed)]);
        for (const answer of answers) expect(answer.coverage).toBe(1);
        expect(answers[1].summary).toEqual(answers[0].summary);
      },
      { interval: 500 },
    );
  });

  test("the same answers come from both, metric by metric", async () => {
    const thanos = await metroculus.another({ THANOS_URL: prometheusUrl });
    const now = Math.floor(Date.now() / 1000);
    const window = `cloud_account_id=${account}&start_date=${now - 3}&end_date=${now - 1}`;
    const [mine, theirs] = await Promise.all(
      [metroculus.app, thanos].map(async (app) => {
        const response = await app.inject({
          url: `/metroculus/v2/kubecost_metrics?${window}`,
          headers: { secret: SECRET },
        });
        return response.json();
      }),
    );
    expect(Object.keys(theirs.metrics).sort()).toEqual(Object.keys(mine.metrics).sort());
    expect(theirs.metrics.kubecost_cluster_management_cost).toEqual(mine.metrics.kubecost_cluster_management_cost);
  });
});
