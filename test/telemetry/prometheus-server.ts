import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, prometheusBinary } from "../metroculus/installed-prometheus.js";

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A real Prometheus that scrapes one gateway. */
export interface PrometheusServer extends AsyncDisposable {
  /** What an expression gives now. @throws Error with Prometheus's own words when it does not parse */
  query(expression: string): Promise<readonly Sample[]>;
  get(path: string): Promise<unknown>;
}

export async function startPrometheus(target: string, token: string, ruleFile: string): Promise<PrometheusServer> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-scraping-"));
  const listen = `127.0.0.1:${await freePort()}`;
  const configuration = {
    global: { scrape_interval: "500ms", scrape_timeout: "450ms", evaluation_interval: "1s" },
    rule_files: [ruleFile],
    scrape_configs: [
      {
        job_name: "expense-gateway",
        authorization: { credentials: token },
        static_configs: [{ targets: [new URL(target).host] }],
      },
    ],
  };
  await writeFile(join(directory, "prometheus.yml"), JSON.stringify(configuration));
  const server = spawn(
    prometheusBinary(),
    [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=${listen}`,
      "--log.level=error",
    ],
    { stdio: "ignore" },
  );
  const get = async (path: string) => {
    const response = await fetch(`http://${listen}/api/v1/${path}`);
    const body = (await response.json()) as { status: string; data: unknown; error?: string };
    if (body.status !== "success") throw new Error(`${path}: ${body.error}`);
    return body.data;
  };
  while (
    server.exitCode === null &&
    !(await fetch(`http://${listen}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    await sleep(50);
  }
  return {
    get,
    async query(expression) {
      const found = (await get(`query?query=${encodeURIComponent(expression)}`)) as { result: Sample[] };
      return found.result;
    },
    async [Symbol.asyncDispose]() {
      if (server.exitCode === null) {
        server.kill("SIGKILL");
        await once(server, "exit");
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}
