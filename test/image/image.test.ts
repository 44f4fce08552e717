import { execFile, spawnSync } from "node:child_process";
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CommandLine, type Outcome } from "../cli/command-line.js";
import { type ClickHouseOverHttp, clickHouseOverHttp } from "../clickhouse-over-http.js";
import { freePort } from "../metroculus/installed-prometheus.js";
import { buildImage, type Image } from "./build.js";

const execute = promisify(execFile);
const repository = resolve(import.meta.dirname, "../..");
const INSTALL = "npm ci --no-progress";
const title = "an image without a Docker engine, by the Dockerfile's own steps";

/** Files of another user are made by root alone, and packages come from the registry. */
const lacking =
  process.platform !== "linux" || process.getuid?.() !== 0
    ? "needs root on Linux"
    : spawnSync("npm", ["ping", "--fetch-retries=0"], { timeout: 30_000 }).status !== 0
      ? "the npm registry does not answer"
      : undefined;
const skip = lacking !== undefined && process.env.CI !== "true";

describe.skipIf(skip)(skip ? `${title} (skipped: ${lacking})` : title, () => {
  let directory: string;
  let image: Image;
  let clickHouse: ClickHouseOverHttp;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gateway-image-"));
    // The gateway's user has to get to it.
    await chmod(directory, 0o755);
    image = await buildImage({ context: repository, into: directory, instead: takeInstalledPackages });
    clickHouse = await clickHouseOverHttp();
  }, 600_000);
  afterAll(async () => {
    await clickHouse?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  test("it has what the lock file says that running needs, and nothing that only building needs", async () => {
    const lock = JSON.parse(await readFile(join(repository, "package-lock.json"), "utf8"));
    const installed = await packagesIn(join(image.root, "app"));
    expect(installed.length).toBeGreaterThan(100);
    expect(installed.filter((path) => lock.packages[path].dev)).toEqual([]);
    for (const name of ["typescript", "prisma", "chdb"]) expect(installed).not.toContain(`node_modules/${name}`);
  });

  test("its user can write nothing but DATA_DIR", async () => {
    const { stdout } = await execute("find", [
      image.root,
      "-not",
      "-type",
      "l",
      "(",
      "-not",
      "-uid",
      "0",
      "-o",
      "-perm",
      "/022",
      ")",
    ]);
    expect(stdout.trim().split("\n")).toEqual([image.environment.DATA_DIR]);
  });

  test("it starts as its user, tells its health, and ends well on SIGTERM", async () => {
    const PORT = String(await freePort());
    const settings = { CLICKHOUSE_URL: clickHouse.url, HOST: "127.0.0.1", PORT };
    await using gateway = start(settings);
    await gateway.says(/listens on/);
    expect((await fetch(`http://127.0.0.1:${PORT}/readyz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${PORT}/`)).status).toBe(200);
    expect((await healthCheck(settings)).code).toBe(0);
    gateway.signal("SIGTERM");
    expect(await gateway.outcome()).toMatchObject({ code: 0 });
    expect((await healthCheck(settings)).code).toBe(1);
  });

  test("without a ClickHouse server it refuses with one line", async () => {
    await using gateway = start({ PORT: "0" });
    const { code, stdout, stderr } = await gateway.outcome();
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^expense-gateway: .*CLICKHOUSE_URL.*\n$/);
  });

  test("with EMBEDDED=1 the engine is among its packages, and still nothing that only building needs", async () => {
    const into = join(directory, "embedded");
    await mkdir(into);
    await buildImage({ context: repository, into, buildArguments: { EMBEDDED: "1" }, instead: resolveOnly });
    const { packages } = JSON.parse(await readFile(join(into, "dependencies/app/package-lock.json"), "utf8"));
    expect(packages).toHaveProperty(["node_modules/chdb"]);
    for (const name of ["typescript", "prisma"]) expect(packages).not.toHaveProperty([`node_modules/${name}`]);
  });

  function start(environment: Readonly<Record<string, string>>): CommandLine {
    return inside(image.command, environment);
  }

  async function healthCheck(environment: Readonly<Record<string, string>>): Promise<Outcome> {
    await using check = inside(image.healthCheck, environment);
    return await check.outcome();
  }

  function inside(command: readonly string[], environment: Readonly<Record<string, string>>): CommandLine {
    const [uid, gid] = (image.user ?? "").split(":").map(Number);
    const options = { command, cwd: image.root + image.workingDirectory, uid: uid as number, gid: gid as number };
    return new CommandLine([], { ...image.environment, HOME: "/nonexistent", ...environment }, options);
  }
});

/** The build stage's packages are those of this checkout, from the same lock file: no need to install them twice. */
function takeInstalledPackages(command: string): string {
  return command === INSTALL ? `ln -s ${join(repository, "node_modules")} node_modules` : command;
}

/** Which packages there would be is known without them. */
function resolveOnly(command: string): string {
  if (command === INSTALL || command.startsWith("npm install --global")) return "true";
  if (command === "npm run build") return "mkdir dist && touch dist/main.js";
  return command.replace(`${INSTALL} --omit=dev`, "mkdir node_modules");
}

/** Where each installed package lies, as the lock file names it. */
async function packagesIn(root: string, below = "node_modules"): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir(join(root, below))) {
    if (name.startsWith(".")) continue;
    const path = `${below}/${name}`;
    if (name.startsWith("@")) {
      found.push(...(await packagesIn(root, path)));
      continue;
    }
    found.push(path);
    const nested = `${path}/node_modules`;
    if (
      await access(join(root, nested)).then(
        () => true,
        () => false,
      )
    )
      found.push(...(await packagesIn(root, nested)));
  }
  return found;
}
