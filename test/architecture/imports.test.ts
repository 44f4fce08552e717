import { readdir, readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** The house, from the cellar up. A room may use what stands on its own floor or below. */
const floors: Record<string, number> = {
  "client-address.ts": 0,
  "config.ts": 0,
  "errors.ts": 0,
  "json.ts": 0,
  "log.ts": 0,
  "redaction.ts": 0,
  "remote-service.ts": 0,
  "request-record.ts": 0,
  "request-signal.ts": 0,
  "security-headers.ts": 0,
  "slots.ts": 0,
  "slow-senders.ts": 0,
  telemetry: 0,
  "time.ts": 0,
  stores: 1,
  accounts: 2,
  expenses: 2,
  kubernetes: 2,
  imports: 2,
  optscale: 2,
  "services.ts": 2.5,
  graphql: 3,
  rest: 3,
  metroculus: 3,
  web: 3,
  "draining.ts": 3,
  "health.ts": 3,
  "load-shedding.ts": 3,
  "metrics-endpoint.ts": 3,
  "plain-failures.ts": 3,
  "rate-limit.ts": 3,
  "request-deadline.ts": 3,
  "http-server.ts": 4,
  "gateway.ts": 4,
  demo: 4,
  cli: 4,
  "main.ts": 4,
};

/** The faces stand side by side: what two of them need belongs in a domain room. */
const FACES = 3;

const source = resolve(import.meta.dirname, "../../src");

interface Import {
  /** The file's path below src, or the package's name. */
  readonly of: string;
  /** Whether it is a file of ours. */
  readonly ours: boolean;
  /** It vanishes when the code is compiled. */
  readonly typeOnly: boolean;
}

async function importsOf(file: string): Promise<Import[]> {
  const text = await readFile(join(source, file), "utf8");
  const statements = text.matchAll(/(?:^|[\s;(])(import|export)(\s+type)?\b[^"';]*?\(?\s*"([^"]+)"/g);
  return [...statements].map(([, , type, of = ""]) => ({
    ours: of.startsWith(".") && resolve(source, file, "..", of).startsWith(`${source}/`),
    of: of.startsWith(".") ? relative(source, resolve(source, file, "..", of)).replace(/\.js$/, ".ts") : of,
    typeOnly: type !== undefined,
  }));
}

/** Every file of src but what is generated, with what it imports. */
async function files(): Promise<Map<string, readonly Import[]>> {
  const names = (await readdir(source, { recursive: true })).filter(
    (name) => /\.tsx?$/.test(name) && !name.includes("generated/"),
  );
  return new Map(await Promise.all(names.map(async (name) => [name, await importsOf(name)] as const)));
}

const isPage = (file: string) => file.startsWith("web/app/");
const roomOf = (file: string) => file.split("/")[0] as string;

test("every room of src has a floor, and imports point to the same floor or downward", async () => {
  const upward: string[] = [];
  for (const [file, imports] of await files()) {
    const room = roomOf(file);
    expect(floors, `src/${room} is on no floor: give it one in this test`).toHaveProperty([room]);
    for (const imported of imports.filter(({ ours }) => ours)) {
      const target = roomOf(imported.of);
      const from = floors[room] as number;
      const to = floors[target] as number;
      const betweenFaces = from === FACES && to === FACES && room !== target;
      if (to > from || betweenFaces) upward.push(`${file} imports ${imported.of}`);
    }
  }
  expect(upward).toEqual([]);
});

test("no two rooms of a floor need each other", async () => {
  const needs = new Map<string, Set<string>>();
  for (const [file, imports] of await files()) {
    const room = roomOf(file);
    for (const imported of imports.filter(({ ours }) => ours)) {
      const target = roomOf(imported.of);
      if (target !== room) needs.set(room, (needs.get(room) ?? new Set()).add(target));
    }
  }
  const reaches = (from: string, to: string, passed = new Set<string>()): boolean =>
    [...(needs.get(from) ?? [])].some(
      (next) => next === to || (!passed.has(next) && reaches(next, to, passed.add(next))),
    );
  expect([...needs.keys()].filter((room) => reaches(room, room))).toEqual([]);
});

test("only the cellar speaks to the databases' drivers, and only the command line opens the stores", async () => {
  const drivers = /^(chdb|mariadb|@clickhouse\/|@libsql\/|@prisma\/)/;
  const wrong: string[] = [];
  for (const [file, imports] of await files()) {
    for (const { of, typeOnly } of imports) {
      const isDriver = drivers.test(of) && roomOf(file) !== "stores";
      const opens = of === "stores/stores.ts" && !typeOnly && roomOf(file) !== "cli";
      if (isDriver || opens) wrong.push(`${file} imports ${of}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("rooms are handed their services ready-made, by gateway.ts", async () => {
  const made = [...(await files())].flatMap(([file, imports]) =>
    imports.some(({ of, typeOnly }) => of === "services.ts" && !typeOnly) ? [file] : [],
  );
  expect(made).toEqual([]);
});

test("the pages know the gateway by its API alone", async () => {
  const known = [...(await files())].flatMap(([file, imports]) =>
    imports.filter(({ ours, of }) => ours && isPage(file) && !isPage(of)).map(({ of }) => `${file} imports ${of}`),
  );
  expect(known).toEqual([]);
});
