import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { run, startGateway, temporaryDirectory } from "./command-line.js";

// Several processes a test: on a machine that has other work, each takes its time to start.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

/** What a failed command leaves: one sentence for a person and nothing else. */
function oneLine(sentence: RegExp) {
  return {
    code: 1,
    stdout: "",
    stderr: expect.stringMatching(new RegExp(`^expense-gateway: ${sentence.source}\n$`)),
  };
}

test.each([
  ["PORT", "eighty", "a port from 0"],
  ["PORT", " ", "a port from 0"],
  ["METROCULUS_TIMEOUT_MS", "0x10", "milliseconds"],
  ["CLUSTER_SECRET", "two\nlines", "printable ASCII"],
  ["DATABASE_URL", "file:", "file:<path>"],
  ["DATABASE_URL", "sqlserver://x", "file:<path>"],
  ["CLICKHOUSE_URL", "clickhouse", "http\\(s\\)"],
  ["LOG_LEVEL", "loud", "fatal, error"],
])("a bad %s stops the start with one line that names it and what it takes", async (name, value, takes) => {
  expect(await run(["serve"], { [name]: value })).toEqual(oneLine(new RegExp(`${name} .*${takes}.*`)));
});

test("a bad value is not repeated: it may be a secret", async () => {
  const { stderr } = await run(["serve"], { REDIS_URL: "http://:hunter2@example" });
  expect(stderr).toContain("REDIS_URL");
  expect(stderr).not.toContain("hunter2");
});

test.each([
  ["below a file", ["file", "data"]],
  ["a file", ["file"]],
])("a DATA_DIR that is %s cannot be used", async (_what, path) => {
  await using directory = await temporaryDirectory();
  await writeFile(join(directory.path, "file"), "");
  const DATA_DIR = join(directory.path, ...path);
  for (const command of [["serve"], ["token", "create", "--organization", "x"]]) {
    expect(await run(command, { DATA_DIR })).toEqual(
      oneLine(/DATA_DIR .* cannot be written .*: choose another directory\./),
    );
  }
});

test.runIf(process.platform === "linux")("a DATA_DIR in a place that takes no directories does not hang", async () => {
  expect(await run(["demo"], { DATA_DIR: "/proc/gateway" })).toEqual(
    oneLine(/DATA_DIR \/proc\/gateway cannot be written .*/),
  );
});

test("damaged ClickHouse files are named", async () => {
  await using directory = await temporaryDirectory();
  await mkdir(join(directory.path, "clickhouse/metadata"), { recursive: true });
  await writeFile(join(directory.path, "clickhouse/data"), "not a directory");
  const { code, stderr } = await run(["demo"], { DATA_DIR: directory.path });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^expense-gateway: The ClickHouse files in .* cannot be opened: .*\n$/m);
});

test("a server that is not there is named without its password", async () => {
  await using directory = await temporaryDirectory();
  const environment = { DATA_DIR: directory.path, CLICKHOUSE_URL: "http://reader:hunter2@127.0.0.1:1/acme" };
  expect(await run(["serve"], environment)).toEqual(oneLine(/CLICKHOUSE_URL does not answer .*/));
});

test("a token for an unknown organization is refused with what there is", async () => {
  await using directory = await temporaryDirectory();
  const DATA_DIR = directory.path;
  const unknown = ["token", "create", "--organization", "nobody"];
  expect(await run(unknown, { DATA_DIR })).toEqual(
    oneLine(/There is no organization nobody: import expenses or load the demo first\./),
  );
  const file = join(DATA_DIR, "snapshot.json");
  await writeFile(
    file,
    JSON.stringify({ organizations: [{ id: "acme-1", name: "Acme", currency: "USD", deleted_at: 0 }] }),
  );
  expect(await run(["import", "snapshot", file], { DATA_DIR })).toMatchObject({ code: 0 });
  expect(await run(unknown, { DATA_DIR })).toEqual(
    oneLine(/There is no organization nobody: there is acme-1 \(Acme\)\./),
  );
});

test("a file that is not there is named", async () => {
  await using directory = await temporaryDirectory();
  const DATA_DIR = directory.path;
  const file = join(DATA_DIR, "missing");
  for (const command of [
    ["import", "snapshot", file],
    ["import", "focus", file, "--organization", "Acme"],
  ]) {
    expect(await run(command, { DATA_DIR })).toEqual(oneLine(new RegExp(`${file}: there is no such file\\.`)));
  }
});

test("an unexpected error is one line too, and its stack is shown only for debugging", async () => {
  await using directory = await temporaryDirectory();
  const DATA_DIR = directory.path;
  // A directory in the place of the file that keeps the secret.
  await run(["token", "create", "--organization", "x"], { DATA_DIR });
  await writeFile(
    join(DATA_DIR, "gateway.sqlite"),
    "not a database at all, but long enough to be taken for one".repeat(50),
  );
  const { stderr } = await run(["token", "create", "--organization", "x"], { DATA_DIR });
  expect(stderr).toMatch(/^expense-gateway: .+\n$/);
  const debugging = await run(["token", "create", "--organization", "x"], { DATA_DIR, LOG_LEVEL: "debug" });
  expect(debugging.stderr).toMatch(/\n {4}at /);
});

test("a cluster is added beside the accounts of an organization, once, and never to one that is not there", async () => {
  await using directory = await temporaryDirectory();
  const DATA_DIR = directory.path;
  const file = join(DATA_DIR, "snapshot.json");
  const account = { id: "aws-1", organization_id: "acme-1", name: "AWS", type: "aws_cnr" };
  await writeFile(
    file,
    JSON.stringify({ organizations: [{ id: "acme-1", name: "Acme", currency: "USD" }], cloud_accounts: [account] }),
  );
  const add = ["cluster", "add", "Production", "--organization"];
  expect(await run([...add, "nobody"], { DATA_DIR })).toEqual(oneLine(/There is no organization nobody: .*/));
  expect(await run(["import", "snapshot", file], { DATA_DIR })).toMatchObject({ code: 0 });
  const { gateway, url } = await startGateway({ DATA_DIR, CLUSTER_SECRET: "hush" });
  await using _ = gateway;

  const added = await run([...add, "acme-1"], { DATA_DIR });
  expect(added).toMatchObject({ code: 0, stderr: "" });
  const [, id] = /^Production of Acme is cloud account (\S+)\.\n$/.exec(added.stdout) ?? [];
  expect(await run([...add, "acme-1", "--currency", "EUR"], { DATA_DIR })).toEqual(added);
  expect(await run([...add, "acme-1", "--currency", "euro"], { DATA_DIR })).toEqual(
    oneLine(/--currency takes three letters such as EUR\./),
  );
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", secret: "hush" },
    body: JSON.stringify({ query: '{ organization(id: "acme-1") { cloudAccounts { id type } } }' }),
  });
  expect(await response.json()).toEqual({
    data: {
      organization: {
        cloudAccounts: [
          { id: "aws-1", type: "AWS_CNR" },
          { id, type: "KUBERNETES_CNR" },
        ],
      },
    },
  });
});

test("while a gateway holds the data, imports say so, and tokens can still be made", async () => {
  await using directory = await temporaryDirectory();
  const DATA_DIR = directory.path;
  const file = join(DATA_DIR, "snapshot.json");
  await writeFile(
    file,
    JSON.stringify({ organizations: [{ id: "acme-1", name: "Acme", currency: "USD", deleted_at: 0 }] }),
  );
  expect(await run(["import", "snapshot", file], { DATA_DIR })).toMatchObject({ code: 0 });
  const { gateway, url } = await startGateway({ DATA_DIR });
  await using _ = gateway;
  const held = await Promise.all(
    [["import", "snapshot", file], ["import", "focus", file, "--organization", "Acme"], ["demo"], ["serve"]].map(
      (command) => run(command, { DATA_DIR }),
    ),
  );
  for (const outcome of held) {
    expect(outcome).toEqual(
      oneLine(/.* is in use by another process: stop the gateway that holds it, or choose another DATA_DIR\./),
    );
  }

  const { code, stdout: token } = await run(["token", "create", "--organization", "acme-1", "--expires", "1h"], {
    DATA_DIR,
  });
  expect(code).toBe(0);
  expect(token).toMatch(/^eg_\S+\n$/);
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token.trim()}` },
    body: JSON.stringify({ query: "{ viewer { organizations { name } } }" }),
  });
  expect(await response.json()).toEqual({ data: { viewer: { organizations: [{ name: "Acme" }] } } });
});

test("a taken port is noticed before any demo data is loaded", async () => {
  await using directory = await temporaryDirectory();
  const occupant = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => occupant.once("listening", resolve));
  try {
    const { port } = occupant.address() as { port: number };
    const environment = { DATA_DIR: directory.path, PORT: String(port) };
    expect(await run(["serve"], environment)).toEqual(
      oneLine(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken: .*`)),
    );
    expect(await run(["metroculus"], environment)).toEqual(
      oneLine(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken: .*`)),
    );
  } finally {
    occupant.close();
  }
});
