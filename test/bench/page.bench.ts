import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import autocannon from "autocannon";
import { expect, test } from "vitest";
import { inMemoryServices, ORGANIZATION, QUERY } from "./page/in-memory-services.js";
import { median, processorSeconds } from "./process-figures.js";
import { report } from "./report.js";

const ROUNDS = 6;
/** The first rounds are for compilers to learn. */
const WARMUPS = 2;
const SECONDS = 4;
const CONNECTIONS = 10;

type Kind = "gateway" | "mercurius with JIT" | "Apollo as installed";

class Server implements AsyncDisposable {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(kind: Kind): Promise<Server> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "page/server.js"), kind], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env.PATH, NODE_ENV: "production" },
    });
    const [port] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    return new Server(child, `http://127.0.0.1:${port.toString().trim()}/graphql`);
  }

  /** Seconds of processor time so far. */
  get cpuSeconds(): number {
    return processorSeconds(this.child.pid as number);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await ended;
  }
}

test.skipIf(process.platform !== "linux")("a page of 100 rows of 8 fields, data in memory", async () => {
  const { secret } = await inMemoryServices();
  const body = JSON.stringify({ query: QUERY, variables: { id: ORGANIZATION } });
  const headers = { "content-type": "application/json", secret };
  await using gateway = await Server.start("gateway");
  await using mercurius = await Server.start("mercurius with JIT");
  await using apollo = await Server.start("Apollo as installed");
  const servers = [gateway, mercurius, apollo];

  const answers = await Promise.all(
    servers.map(async ({ url }) => (await fetch(url, { method: "POST", headers, body })).text()),
  );
  expect(new Set(answers.map((answer) => answer.trim())).size).toBe(1);
  expect(answers[0]).toContain("web-server-99");

  const rates = new Map<Server, number[]>(servers.map((server) => [server, []]));
  for (let round = 0; round < WARMUPS + ROUNDS; round++) {
    for (const server of servers) {
      const before = server.cpuSeconds;
      const { requests, non2xx, errors } = await autocannon({
        url: server.url,
        method: "POST",
        headers,
        body,
        connections: CONNECTIONS,
        duration: SECONDS,
      });
      expect({ non2xx, errors }).toEqual({ non2xx: 0, errors: 0 });
      if (round >= WARMUPS) rates.get(server)?.push(requests.total / (server.cpuSeconds - before));
    }
  }
  const rate = (server: Server) => median(rates.get(server) ?? []);
  const ours = rate(gateway);
  const perSecond = (requests: number) => `${requests.toFixed(0)} requests/s`;
  const common = {
    measure: "`cleanExpenses` page of 100 rows × 8 fields on one core, data in memory",
    ours: perSecond(ours),
  };
  report({
    ...common,
    id: "A",
    against: "mercurius with JIT, same schema and data",
    theirs: perSecond(rate(mercurius)),
    ratio: ours / rate(mercurius),
    goal: "at least 0.9",
    reached: ours / rate(mercurius) >= 0.9,
  });
  report({
    ...common,
    id: "B",
    against: "`@apollo/server` as installed",
    theirs: perSecond(rate(apollo)),
    ratio: ours / rate(apollo),
    goal: "at least 3.5",
    reached: ours / rate(apollo) >= 3.5,
  });
});
