import { writeFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLUSTER_ONE, CLUSTER_TWO, given, SECRET, TOKEN } from "../graphql/support/acme.js";
import { type RemoteMetroculus, remoteMetroculus } from "../kubernetes/remote-metroculus.js";
import { besideRequests, type CommandLine, run, startGateway, temporaryDirectory } from "./command-line.js";

const CLIENTS = 300;
const SLOW_CLIENTS = 20;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let metroculus: RemoteMetroculus;
let release: () => void;

beforeAll(async () => {
  directory = await temporaryDirectory();
  const file = join(directory.path, "snapshot.json");
  await writeFile(file, JSON.stringify(given));
  expect(await run(["import", "snapshot", file], { DATA_DIR: directory.path })).toMatchObject({ code: 0 });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const body = JSON.stringify({ summary: { total_cost: 40 }, coverage: 1 });
  metroculus = await remoteMetroculus(async ({ query }, response) => {
    if (query.get("cloud_account_id") === CLUSTER_TWO) await released;
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
});
afterAll(async () => {
  await metroculus?.[Symbol.asyncDispose]();
  await directory?.[Symbol.asyncDispose]();
});

interface Answer {
  readonly status: number;
  readonly body: string;
  /** Whether the server said that this connection ends here. */
  readonly isLast: boolean;
}

let asked = 0;

/** Asks what a cluster cost in a window that nobody asked for before. */
function ask(url: string, agent: Agent, cluster: string): Promise<Answer> {
  const start = asked++;
  const query = `{ cloudAccount(id: "${cluster}") { k8sCosts(startDate: ${start}, endDate: 100000) { cost } } }`;
  return new Promise((resolve, reject) => {
    const call = request(`${url}/graphql`, {
      method: "POST",
      agent,
      headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    });
    call.once("error", reject);
    call.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("error", reject);
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, body: text, isLast: response.headers.connection === "close" }),
      );
    });
    call.end(JSON.stringify({ query }));
  });
}

/** One connection that is kept and used without a pause until the server ends it. */
async function keepAsking(url: string, answers: Answer[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    let answer: Answer;
    do {
      answer = await ask(url, agent, CLUSTER_ONE);
      answers.push(answer);
    } while (!answer.isLast);
  } finally {
    agent.destroy();
  }
}

async function askOnce(url: string): Promise<Answer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    return await ask(url, agent, CLUSTER_TWO);
  } finally {
    agent.destroy();
  }
}

/** What /readyz says, each time over a connection of its own, until there is nobody to ask. */
async function readinessUntilGone(url: string): Promise<{ status: number; says: string }[]> {
  const seen: { status: number; says: string }[] = [];
  for (;;) {
    try {
      const response = await fetch(`${url}/readyz`, { headers: { connection: "close" } });
      seen.push({ status: response.status, says: ((await response.json()) as { status: string }).status });
    } catch {
      return seen;
    }
    await sleep(10);
  }
}

test("SIGTERM under load: /readyz says so first, every request is answered, and the exit code is 0", async () => {
  const started = await startGateway({
    DATA_DIR: directory.path,
    CLUSTER_SECRET: SECRET,
    METROCULUS_URL: metroculus.url,
    METROCULUS_TIMEOUT_MS: "120000",
    K8S_COSTS_BUDGET_MS: "120000",
    K8S_COSTS_CONCURRENCY: "64",
    SHUTDOWN_DELAY_MS: "1000",
  });
  await using gateway: CommandLine = started.gateway;
  const answers: Answer[] = [];
  const slow = Array.from({ length: SLOW_CLIENTS }, () => askOnce(started.url));
  const clients = Array.from({ length: CLIENTS }, () => keepAsking(started.url, answers));
  const all = Promise.allSettled([...clients, ...slow]);
  while (answers.length < CLIENTS) await sleep(10);

  gateway.signal("SIGTERM");
  const readiness = await readinessUntilGone(started.url);
  release();
  const lost = (await all).flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  expect(lost).toEqual([]);
  const cost = { data: { cloudAccount: { k8sCosts: { cost: 40 } } } };
  for (const { status, body } of [...answers, ...(await Promise.all(slow))]) {
    expect([status, JSON.parse(body)]).toEqual([200, cost]);
  }
  expect(answers.filter(({ isLast }) => isLast)).toHaveLength(CLIENTS);
  expect(readiness.at(-1)).toEqual({ status: 503, says: "stopping" });
  const { code, stderr } = await gateway.outcome();
  expect({ code, stderr: besideRequests(stderr) }).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^\{.*"status":"stopping".*"msg":"readiness changed"\}\n$/),
  });
  expect(stderr.match(/"msg":"request"/g)?.length).toBe(answers.length + SLOW_CLIENTS);
});
