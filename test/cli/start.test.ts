import { execFile } from "node:child_process";
import { cp, readFile, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openRelationalOf } from "../../src/stores/stores.js";
import { besideRequests, CommandLine, run, startGateway, temporaryDirectory } from "./command-line.js";

// Several processes a test: on a machine that has other work, each takes its time to start.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const shell = promisify(execFile);

/** A data directory with the demo organization, to be copied. */
let loaded: Awaited<ReturnType<typeof temporaryDirectory>>;
let firstDemo: string;
beforeAll(async () => {
  loaded = await temporaryDirectory();
  const { code, stdout } = await run(["demo"], { DATA_DIR: loaded.path });
  expect(code).toBe(0);
  firstDemo = stdout;
});
afterAll(() => loaded[Symbol.asyncDispose]());

async function copyOfLoaded() {
  const directory = await temporaryDirectory();
  await cp(loaded.path, directory.path, { recursive: true });
  return directory;
}

/** What the output says was loaded: what, and how many. */
function countsIn(output: string): Record<string, number> {
  return Object.fromEntries(
    [...output.matchAll(/^ +([\d,]+) {2}(\S.*)$/gm)].map(([, count, what]) => [
      what,
      Number(count?.replaceAll(",", "")),
    ]),
  );
}

test("the demo is as large as it is said to be", () => {
  const counts = countsIn(firstDemo);
  expect(counts).toMatchObject({ "cloud accounts": 4, "Kubernetes clusters": 4 });
  expect(counts.resources).toBeGreaterThan(4_800);
  expect(counts.resources).toBeLessThan(5_200);
  expect(counts.expenses).toBeGreaterThan(380_000);
  expect(counts.expenses).toBeLessThan(420_000);
});

test("loading the demo again gives the same link and the same amounts", async () => {
  await using directory = await copyOfLoaded();
  const { code, stdout } = await run(["demo"], { DATA_DIR: directory.path });
  expect(code).toBe(0);
  expect(/#token=\S+/.exec(stdout)?.[0]).toBe(/#token=\S+/.exec(firstDemo)?.[0]);
  const { "Kubernetes samples": _, ...counts } = countsIn(firstDemo);
  // Samples go on as the day does.
  expect(countsIn(stdout)).toMatchObject(counts);
});

test("a first start loads the demo, prints a link that signs in and a curl that works, and Ctrl-C ends it well", async () => {
  await using directory = await temporaryDirectory();
  const { gateway, url } = await startGateway({ DATA_DIR: directory.path });
  await using _ = gateway;
  expect(countsIn(gateway.stdout)).toMatchObject({ "Kubernetes clusters": 4 });
  const token = /\/graphiql#token=(\S+)/.exec(gateway.stdout)?.[1];
  expect((await readFile(join(directory.path, "demo-token"), "utf8")).trim()).toBe(token);
  expect((await stat(join(directory.path, "demo-token"))).mode & 0o777).toBe(0o600);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);

  const curl = gateway.stdout.slice(gateway.stdout.indexOf("curl "));
  const { stdout } = await shell("bash", ["-c", curl]);
  const { cleanExpenses } = JSON.parse(stdout).data;
  expect(cleanExpenses.totalCount).toBeGreaterThan(4_000);
  expect(cleanExpenses.totalCost).toBeGreaterThan(100_000);
  expect(cleanExpenses.k8sCosts.clusters).toHaveLength(4);

  gateway.signal("SIGINT");
  const { code, stderr } = await gateway.outcome();
  // On a slow machine the load is long enough to tell of its progress.
  expect({ code, stderr: besideRequests(stderr.replace(/^Loading demo data: .*\n/gm, "")) }).toEqual({
    code: 0,
    stderr: "",
  });
});

test("a second start loads nothing and prints the same link", async () => {
  await using directory = await copyOfLoaded();
  const { gateway } = await startGateway({ DATA_DIR: directory.path });
  await using _ = gateway;
  expect(countsIn(gateway.stdout)).toEqual({});
  expect(/#token=\S+/.exec(gateway.stdout)?.[0]).toBe(/#token=\S+/.exec(firstDemo)?.[0]);
  gateway.signal("SIGTERM");
  expect(await gateway.outcome()).toMatchObject({ code: 0, stderr: "" });
});

test("a demo that ends on an earlier day is served as it is, with a word on how to bring it up to today", async () => {
  await using directory = await copyOfLoaded();
  const databases = await openRelationalOf({ DATA_DIR: directory.path });
  await databases.relational.checklist.updateMany({ data: { lastCompleted: Date.UTC(2026, 0, 5) / 1000 } });
  await databases[Symbol.asyncDispose]();
  const { gateway } = await startGateway({ DATA_DIR: directory.path });
  await using _ = gateway;
  expect(countsIn(gateway.stdout)).toEqual({});
  expect(gateway.stdout).toMatch(/The demo data ends on 2026-01-05\. .* node \S+ demo\n/);
});

test("a first start that is killed on the way does not count: the next one loads everything", async () => {
  await using directory = await temporaryDirectory();
  const DATA_DIR = directory.path;
  {
    await using first = new CommandLine(["serve"], { DATA_DIR, PORT: "0" });
    // The relational store is there as soon as loading begins.
    await until(() =>
      stat(join(DATA_DIR, "gateway.sqlite")).then(
        () => true,
        () => false,
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    first.signal("SIGKILL");
    expect((await first.outcome()).stdout).not.toContain("Loaded");
  }
  const { gateway } = await startGateway({ DATA_DIR });
  await using _ = gateway;
  const { "Kubernetes samples": __, ...counts } = countsIn(firstDemo);
  expect(countsIn(gateway.stdout)).toMatchObject(counts);
});

test("Ctrl-C while the demo loads ends it well, and nothing counts as loaded", async () => {
  await using directory = await temporaryDirectory();
  const DATA_DIR = directory.path;
  await using gateway = new CommandLine(["serve"], { DATA_DIR, PORT: "0" });
  await until(() =>
    stat(join(DATA_DIR, "gateway.sqlite")).then(
      () => true,
      () => false,
    ),
  );
  gateway.signal("SIGINT");
  expect(await gateway.outcome()).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("a request that runs is finished before the gateway stops, and a second Ctrl-C does not wait for it", async () => {
  await using directory = await copyOfLoaded();
  for (const patient of [true, false]) {
    const { gateway, url } = await startGateway({ DATA_DIR: directory.path });
    await using _ = gateway;
    const body = JSON.stringify({ query: "{ viewer { kind } }" });
    const call = request(`${url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        authorization: `Bearer ${/#token=(\S+)/.exec(gateway.stdout)?.[1]}`,
      },
    });
    const answer = new Promise<string>((resolve, reject) => {
      call.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.once("end", () => resolve(text));
      });
      call.once("error", reject);
    });
    answer.catch(() => {});
    call.write(body.slice(0, 5));
    await until(() => fetch(`${url}/healthz`).then(({ ok }) => ok));
    gateway.signal("SIGINT");
    await until(() =>
      fetch(`${url}/healthz`).then(
        () => false,
        () => true,
      ),
    );
    if (patient) {
      call.end(body.slice(5));
      expect(JSON.parse(await answer)).toEqual({ data: { viewer: { kind: "USER" } } });
      const { code, stderr } = await gateway.outcome();
      expect({ code, stderr: besideRequests(stderr) }).toEqual({ code: 0, stderr: "" });
    } else {
      // npm repeats a Ctrl-C at once; this one is another.
      await new Promise((resolve) => setTimeout(resolve, 700));
      gateway.signal("SIGINT");
      expect((await gateway.outcome()).code).toBe(130);
      await expect(answer).rejects.toThrow();
    }
  }
});

test("stores that hold another organization get no demo", async () => {
  await using directory = await temporaryDirectory();
  const DATA_DIR = directory.path;
  const file = join(DATA_DIR, "snapshot.json");
  await writeFile(
    file,
    JSON.stringify({ organizations: [{ id: "acme-1", name: "Acme", currency: "USD", deleted_at: 0 }] }),
  );
  expect(await run(["import", "snapshot", file], { DATA_DIR })).toMatchObject({ code: 0 });
  const { gateway } = await startGateway({ DATA_DIR });
  await using _ = gateway;
  expect(gateway.stdout).not.toContain("token=");
  expect(gateway.stdout).toMatch(/for Acme: node \S+ token create --organization acme-1\n/);
});

test("the built-in Metroculus runs alone", async () => {
  await using directory = await temporaryDirectory();
  const environment = { DATA_DIR: directory.path, PORT: "0", CLUSTER_SECRET: "test secret" };
  await using metroculus = new CommandLine(["metroculus"], environment);
  const [, url] = await metroculus.says(/listens on (\S+)/);
  const path = "/metroculus/v2/kubecost_cluster_costs?cloud_account_id=nobody&start_date=0&end_date=3600";
  expect((await fetch(`${url}${path}`)).status).toBe(401);
  expect((await fetch(`${url}${path}`, { headers: { Secret: "test secret" } })).status).toBe(200);
  expect((await fetch(`${url}/metrics`)).status).toBe(401);
  const metrics = await fetch(`${url}/metrics`, { headers: { Secret: "test secret" } });
  expect(await metrics.text()).toMatch(/^expense_gateway_remote_write_samples_total\{outcome="accepted"\} 0$/m);
  expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: "ready", clickhouse: true, database: true });
  metroculus.signal("SIGTERM");
  const { code, stderr } = await metroculus.outcome();
  expect({ code, stderr: besideRequests(stderr) }).toEqual({ code: 0, stderr: "" });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
