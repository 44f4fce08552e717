import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { CommandLine, run, temporaryDirectory } from "../cli/command-line.js";
import { clickHouseProcess } from "../faults/support/clickhouse-process.js";
import { freePort } from "../metroculus/installed-prometheus.js";
import { median, residentMegabytes } from "./process-figures.js";
import { report } from "./report.js";

const RUNS = 5;
const READY_MS = 1_500;
const EMBEDDED_MB = 400;
const SERVER_MB = 150;
/** After so long without requests a process counts as idle. */
const IDLE_MS = 15_000;

interface Figures {
  readonly readyMs: number;
  readonly idleMb: number;
}

test.skipIf(process.platform !== "linux")("start to ready on demo data, and memory when idle", async () => {
  await using directory = await temporaryDirectory();
  const environment = { DATA_DIR: directory.path, LOG_LEVEL: "error" };
  expect(await run(["demo"], environment)).toMatchObject({ code: 0 });
  const embedded = await figuresOf(environment);
  // The same data, with the engine in a process of its own.
  await using clickHouse = await clickHouseProcess(join(directory.path, "clickhouse"));
  const withServer = await figuresOf({ ...environment, CLICKHOUSE_URL: clickHouse.url });
  const told = ({ readyMs, idleMb }: Figures) => `${readyMs.toFixed(0)} ms, ${idleMb.toFixed(0)} MB`;
  report({
    id: "J",
    measure: "start to ready with warm demo data, median; resident memory when idle",
    against: "–",
    ours: `embedded ${told(embedded)}; with a ClickHouse server ${told(withServer)}`,
    theirs: "–",
    ratio: null,
    goal: `below ${READY_MS} ms; below ${EMBEDDED_MB} MB embedded, ${SERVER_MB} MB with a server`,
    reached:
      Math.max(embedded.readyMs, withServer.readyMs) < READY_MS &&
      embedded.idleMb < EMBEDDED_MB &&
      withServer.idleMb < SERVER_MB,
  });
});

async function figuresOf(environment: Readonly<Record<string, string>>): Promise<Figures> {
  const starts: number[] = [];
  let idleMb = Number.NaN;
  for (let round = 0; round <= RUNS; round++) {
    const port = String(await freePort());
    const began = performance.now();
    await using gateway = new CommandLine(["serve"], { ...environment, PORT: port });
    await isReady(`http://127.0.0.1:${port}/readyz`, gateway);
    // The first start reads everything from the disk.
    if (round > 0) starts.push(performance.now() - began);
    if (round < RUNS) {
      gateway.signal("SIGTERM");
      await gateway.outcome();
      continue;
    }
    await sleep(IDLE_MS);
    idleMb = residentMegabytes(gateway.pid);
  }
  return { readyMs: median(starts), idleMb };
}

async function isReady(url: string, gateway: CommandLine): Promise<void> {
  while (
    !(await fetch(url, { headers: { connection: "close" } }).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (gateway.stderr !== "") throw new Error(`The gateway does not start:\n${gateway.stderr}`);
    await sleep(5);
  }
}
