import Fastify, { type FastifyInstance } from "fastify";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type HealthOptions, registerHealth } from "../src/health.js";

const log: string[] = [];
const notes = new Map<string, boolean>();
const up: Record<string, () => Promise<boolean>> = {};
let isStopping = false;
let app: FastifyInstance;

const dependency = (name: string) => ({ name, answers: () => (up[name] as () => Promise<boolean>)() });
const yes = async () => true;
const no = async () => false;
const rejects = async () => {
  throw new Error("away");
};
const never = () => new Promise<boolean>(() => {});

const options: HealthOptions = {
  required: [dependency("clickhouse"), dependency("database")],
  helpful: [dependency("metroculus")],
  isStopping: () => isStopping,
  note: (name, isUp) => void notes.set(name, isUp),
  log: pino({ level: "info" }, { write: (line) => void log.push(line) }),
};

beforeAll(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  app = Fastify();
  registerHealth(app, options);
});
afterAll(async () => {
  vi.useRealTimers();
  await app.close();
});

async function readiness(): Promise<[number, unknown]> {
  const answer = app.inject("/readyz");
  await vi.advanceTimersByTimeAsync(2_000);
  const { statusCode, body } = await answer;
  return [statusCode, JSON.parse(body)];
}

/** Until a helpful dependency is asked anew. */
const later = () => vi.advanceTimersByTimeAsync(10_001);

test.each([
  ["answers", yes, [200, { status: "ready", clickhouse: true, database: true, metroculus: true }]],
  ["says no", no, [503, { status: "unavailable", clickhouse: false, database: true, metroculus: true }]],
  ["rejects", rejects, [503, { status: "unavailable", clickhouse: false, database: true, metroculus: true }]],
  ["never answers", never, [503, { status: "unavailable", clickhouse: false, database: true, metroculus: true }]],
])("a store that %s decides at once", async (_what, answers, expected) => {
  Object.assign(up, { clickhouse: answers, database: yes, metroculus: yes });
  expect(await readiness()).toEqual(expected);
});

test.each([
  ["says no", no],
  ["rejects", rejects],
  ["never answers", never],
])("a service of others that %s degrades, and takes no replica away", async (_what, answers) => {
  Object.assign(up, { clickhouse: yes, database: yes, metroculus: answers });
  await later();
  // Asked in the background: what was known is told, and from then on what was found.
  await readiness();
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await readiness()).toEqual([200, { status: "degraded", clickhouse: true, database: true, metroculus: false }]);
  expect(notes.get("metroculus")).toBe(false);
  up.metroculus = yes;
  await later();
  await readiness();
  expect((await readiness())[1]).toMatchObject({ status: "ready", metroculus: true });
});

test("a service of others is asked once in ten seconds, however often we are", async () => {
  await later();
  const answers = vi.fn(yes);
  up.metroculus = answers;
  for (let one = 0; one < 4; one++) await readiness();
  expect(answers).toHaveBeenCalledTimes(1);
});

test("who is about to stop is not ready, and still alive", async () => {
  isStopping = true;
  expect(await readiness()).toMatchObject([503, { status: "stopping" }]);
  expect((await app.inject("/healthz")).statusCode).toBe(200);
  isStopping = false;
});

test("the log tells each change of readiness once", async () => {
  await readiness();
  log.length = 0;
  up.database = no;
  await readiness();
  await readiness();
  up.database = yes;
  await readiness();
  await readiness();
  expect(log.map((line) => JSON.parse(line)).map(({ level, status, database }) => [level, status, database])).toEqual([
    [40, "unavailable", false],
    [30, "ready", true],
  ]);
});
