import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { expect, test } from "vitest";
import { CommandLine, run, temporaryDirectory } from "../cli/command-line.js";
import { freePort, prometheusBinary, prometheusTitle, skipPrometheus } from "../metroculus/installed-prometheus.js";
import { packed } from "../metroculus/remote-write.js";
import { median, processorSeconds } from "./process-figures.js";
import { report } from "./report.js";

/** As Prometheus sends: several shards side by side, each with series of its own, 2,000 samples a message. */
const SHARDS = 4;
const SERIES = 2_000;
const MESSAGES = 30;
const SCRAPE_INTERVAL_MS = 15_000;
const ROUNDS = 3;
/** The first round brings all series that are new, and is for compilers to learn. */
const WARMUPS = 1;

const CLUSTER = "00000000-0000-4000-8000-000000000001";
const PASSWORD = "password of the benchmark";

interface Receiver extends AsyncDisposable {
  readonly pid: number;
  readonly pool: Pool;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

test.skipIf(skipPrometheus || process.platform !== "linux")(
  prometheusTitle("samples that are accepted through remote_write"),
  async () => {
    await using gateway = await startMetroculus();
    await using prometheus = await startPrometheus();
    const rates = new Map<Receiver, number[]>([
      [gateway, []],
      [prometheus, []],
    ]);
    let time = Date.now() - (WARMUPS + ROUNDS) * MESSAGES * SCRAPE_INTERVAL_MS;
    for (let round = 0; round < WARMUPS + ROUNDS; round++) {
      const messages = messagesFrom(time);
      time += MESSAGES * SCRAPE_INTERVAL_MS;
      for (const receiver of [gateway, prometheus]) {
        const before = processorSeconds(receiver.pid);
        await Promise.all(messages.map((shard) => sendAll(receiver, shard)));
        const rate = (SHARDS * MESSAGES * SERIES) / (processorSeconds(receiver.pid) - before);
        if (round >= WARMUPS) rates.get(receiver)?.push(rate);
      }
    }
    const ours = median(rates.get(gateway) ?? []);
    const theirs = median(rates.get(prometheus) ?? []);
    report({
      id: "I",
      measure: `remote_write, samples accepted on one core, ${SHARDS * SERIES} series in messages of ${SERIES} samples`,
      against: "Debian's Prometheus with `--web.enable-remote-write-receiver`",
      ours: `${ours.toFixed(0)} samples/s`,
      theirs: `${theirs.toFixed(0)} samples/s`,
      ratio: ours / theirs,
      goal: "at least 0.5",
      reached: ours / theirs >= 0.5,
    });
  },
);

/** For each shard its messages, one a scrape, from a time in milliseconds since the epoch on. */
function messagesFrom(start: number): Buffer[][] {
  return Array.from({ length: SHARDS }, (_, shard) => {
    const labels = Array.from({ length: SERIES }, (_, index) => ({
      __name__: "container_cpu_allocation",
      cluster_id: "production",
      container: `container-${index % 10}`,
      instance: "10.0.0.7:9003",
      job: "opencost",
      namespace: `namespace-${index % 50}`,
      node: `ip-10-0-${shard}-${index % 100}.eu-central-1.compute.internal`,
      pod: `deployment-${shard}-${index}-7d4f9c8b6d-x2x9z`,
    }));
    return Array.from({ length: MESSAGES }, (_, message) => {
      const time = start + message * SCRAPE_INTERVAL_MS;
      return packed(
        labels.map((one, index) => ({ labels: one, samples: [[time, (index % 64) / 16 + message / 1_000]] })),
      );
    });
  });
}

async function sendAll({ pool, path, headers }: Receiver, messages: readonly Buffer[]): Promise<void> {
  for (const body of messages) {
    const answer = await pool.request({
      method: "POST",
      path,
      body,
      headers: {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "x-prometheus-remote-write-version": "0.1.0",
        ...headers,
      },
    });
    const said = await answer.body.text();
    expect([answer.statusCode, said]).toEqual([204, ""]);
  }
}

/** The built-in Metroculus in a process of its own, with a cluster that may write. */
async function startMetroculus(): Promise<Receiver> {
  const directory = await temporaryDirectory();
  const environment = { DATA_DIR: directory.path, PORT: "0", LOG_LEVEL: "error" };
  const snapshot = join(directory.path, "snapshot.json");
  await writeFile(
    snapshot,
    JSON.stringify({
      organizations: [{ id: "acme", name: "Acme", currency: "USD" }],
      cloud_accounts: [
        {
          id: CLUSTER,
          organization_id: "acme",
          name: "Production",
          type: "kubernetes_cnr",
          metrics_credentials: { username: "acme", password: PASSWORD },
        },
      ],
    }),
  );
  expect(await run(["import", "snapshot", snapshot], environment)).toMatchObject({ code: 0 });
  const program = new CommandLine(["metroculus"], environment);
  const [, url] = await program.says(/listens on (\S+)/);
  const pool = new Pool(url as string, { connections: SHARDS });
  return {
    pid: program.pid,
    pool,
    path: "/storage/api/v2/write",
    headers: {
      "cloud-account-id": CLUSTER,
      authorization: `Basic ${Buffer.from(`acme:${PASSWORD}`).toString("base64")}`,
    },
    async [Symbol.asyncDispose]() {
      await pool.destroy();
      await program[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function startPrometheus(): Promise<Receiver> {
  const directory = await temporaryDirectory();
  const configuration = join(directory.path, "prometheus.yml");
  await writeFile(configuration, "{}");
  const listen = `127.0.0.1:${await freePort()}`;
  const server = spawn(
    prometheusBinary(),
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${directory.path}/data`,
      `--web.listen-address=${listen}`,
      "--web.enable-remote-write-receiver",
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  const isReady = () =>
    fetch(`http://${listen}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (server.exitCode === null && !(await isReady())) await sleep(50);
  const pool = new Pool(`http://${listen}`, { connections: SHARDS });
  return {
    pid: server.pid as number,
    pool,
    path: "/api/v1/write",
    headers: {},
    async [Symbol.asyncDispose]() {
      await pool.destroy();
      if (server.exitCode === null) {
        server.kill("SIGKILL");
        await once(server, "exit");
      }
      await directory[Symbol.asyncDispose]();
    },
  };
}
