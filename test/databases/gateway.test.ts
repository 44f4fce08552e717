import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { loadDemo } from "../../src/demo/load.js";
import { type Gateway, startGateway } from "../../src/gateway.js";
import { importFocus } from "../../src/imports/focus.js";
import { importSnapshot } from "../../src/imports/snapshot.js";
import { createLogger } from "../../src/log.js";
import { openStores, type Stores } from "../../src/stores/stores.js";
import { run } from "../cli/command-line.js";
import {
  ACME,
  CLUSTER_ONE,
  CLUSTER_TWO,
  given,
  JANUARY_1,
  JANUARY_31,
  SECRET,
  TOKEN,
} from "../graphql/support/acme.js";
import { type StandIn, startMetroculus } from "../graphql/support/metroculus.js";
import { optScaleRows } from "./acme-rows.js";
import { hasMariaDb, mariaDb, mariaDbOrWhy, type TestMariaDb } from "./mariadb.js";
import { digestOf, makeRestapi } from "./restapi.js";

const dates = `startDate: ${JANUARY_1}, endDate: ${JANUARY_31}`;
const GRAPHQL = `{
  viewer { kind organizations { id name currency cloudAccounts { id name type } pools { id name purpose } } }
  cleanExpenses(organizationId: "${ACME}", ${dates}) {
    totalCount totalCost currency
    expenses(first: 5) { nodes { id cost cloudAccount { name type } pool { name purpose } owner { name } } }
    breakdown(by: POOL) { total groups { key label } }
    availableFilters { cloudAccounts { name } pools { name } owners { name } }
    k8sCosts { totalCost complete clusters { cloudAccount { id } status cost } }
    unified { total kubernetes }
  }
}`;
const REST = [
  `organizations/${ACME}/clean_expenses?start_date=${JANUARY_1}&end_date=${JANUARY_31}`,
  `organizations/${ACME}/available_filters?start_date=${JANUARY_1}&end_date=${JANUARY_31}`,
  `organizations/${ACME}/summary_expenses?start_date=${JANUARY_1}&end_date=${JANUARY_31}`,
  `organizations/${ACME}/cloud_accounts?details=true`,
  `organizations/${ACME}/pools`,
];

const { organizations, pools, cloud_accounts } = given;

describe.skipIf(!hasMariaDb)(`a gateway whose relational store is OptScale's, on ${mariaDbOrWhy}`, () => {
  let directory: string;
  let server: TestMariaDb;
  let metroculus: StandIn;
  let restapi: string;
  let environment: Record<string, string>;
  let before: Record<string, string>;
  /** What a gateway on SQLite answers of the same data. */
  let onSqlite: { graphql: unknown; rest: unknown[] };
  let stores: Stores;
  let gateway: Gateway;
  let token: string;

  async function start(more: Record<string, string>): Promise<{ stores: Stores; gateway: Gateway }> {
    const config = loadConfig({
      DATA_DIR: directory,
      PORT: "0",
      METROCULUS_URL: metroculus.url,
      CLUSTER_SECRET: SECRET,
      LOG_LEVEL: "silent",
      ...more,
    });
    const opened = await openStores(config);
    return {
      stores: opened,
      gateway: await startGateway({ config, stores: opened, clusterSecret: SECRET, log: createLogger(config) }),
    };
  }

  async function answers(url: string, bearer: string): Promise<{ graphql: unknown; rest: unknown[] }> {
    const headers = { authorization: `Bearer ${bearer}`, "content-type": "application/json" };
    const graphql = await fetch(`${url}/graphql`, {
      method: "POST",
      headers,
      body: JSON.stringify({ query: GRAPHQL }),
    });
    const rest = await Promise.all(
      REST.map(async (path) => {
        const response = await fetch(`${url}/restapi/v2/${path}`, { headers });
        return { status: response.status, body: await response.json() };
      }),
    );
    return { graphql: await graphql.json(), rest };
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gateway-optscale-"));
    server = await mariaDb();
    metroculus = await startMetroculus({ [CLUSTER_ONE]: 40, [CLUSTER_TWO]: 60 });
    const embedded = await start({});
    await importSnapshot(embedded.stores, {
      ...given,
      organizations: organizations.map((row) => ({ ...row, created_at: JANUARY_1 })),
      pools: pools.map((row) => ({ ...row, created_at: JANUARY_1 })),
      cloud_accounts: cloud_accounts.map((row) => ({ ...row, created_at: JANUARY_1 })),
    });
    onSqlite = await answers(embedded.gateway.url, TOKEN);
    await embedded.gateway.close();
    await embedded.stores[Symbol.asyncDispose]();

    restapi = await server.createDatabase();
    await makeRestapi(server.root, restapi, optScaleRows);
    before = await digestOf(server.root, restapi);
    const tokens = server.name();
    const url = await server.user(`SELECT ON ${restapi}.*`, `SELECT, INSERT, UPDATE, DELETE, CREATE ON ${tokens}.*`);
    environment = { DATABASE_URL: url + restapi, TOKEN_DATABASE: tokens, DATA_DIR: directory };
    ({ stores, gateway } = await start(environment));
    const organizationsOfToken = given.tokens.find((row) => row.token === TOKEN)?.organizations ?? [];
    const made = await run(["token", "create", "--organization", ...organizationsOfToken], environment);
    token = made.stdout.trim();
  });
  afterAll(async () => {
    await gateway?.close();
    await stores?.[Symbol.asyncDispose]();
    await metroculus?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  test("GraphQL and REST answer what they answer on SQLite, to a token that the command line made", async () => {
    expect(token).toMatch(/^eg_\S+$/);
    const here = await answers(gateway.url, token);
    expect(here).toEqual(onSqlite);
    expect(here.graphql).toMatchObject({
      data: {
        cleanExpenses: { totalCost: 300, k8sCosts: { totalCost: 100 } },
        viewer: { organizations: [{ name: "Acme" }, {}] },
      },
    });
    expect(here.rest.map((answer) => (answer as { status: number }).status)).toEqual(REST.map(() => 200));
    expect(await (await fetch(`${gateway.url}/readyz`)).json()).toMatchObject({ database: true });
  });

  test("what its Prometheus writes with is set up by the command line, and of use at once", async () => {
    const passwordFile = join(directory, "password");
    await writeFile(passwordFile, "correct horse\n");
    const write = (password: string) =>
      fetch(`${gateway.url}/storage/api/v2/write?cloud_account_id=${CLUSTER_ONE}`, {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(`acme:${password}`).toString("base64")}`,
          "content-type": "application/x-protobuf",
          "content-encoding": "snappy",
        },
        // An empty message, packed.
        body: new Uint8Array([0]),
      });
    const set = [
      "cluster",
      "set",
      CLUSTER_ONE,
      "--currency",
      "eur",
      "--metrics-username",
      "acme",
      "--metrics-password-file",
    ];
    expect(await run([...set, passwordFile], environment)).toMatchObject({ code: 0, stderr: "" });
    expect((await write("wrong")).status).toBe(401);
    expect((await write("correct horse")).status).toBe(204);
    expect(await stores.own.clusterSettings.findMany()).toMatchObject([
      { cloudAccountId: CLUSTER_ONE, costCurrency: "EUR" },
    ]);
    expect(JSON.stringify(await stores.own.clusterSettings.findMany())).not.toContain("correct horse");
  });

  test.each([
    [["cluster", "set", ACME, "--currency", "EUR"], /names no Kubernetes cloud account/],
    [
      ["cluster", "add", "Production", "--organization", ACME],
      /DATABASE_URL is OptScale's database, which is only read/,
    ],
    [["cluster", "set", CLUSTER_ONE], /Give --currency, or --metrics-username/],
    [["cluster", "set", CLUSTER_ONE, "--currency", "euro"], /--currency takes three letters/],
    [["cluster", "set", CLUSTER_ONE, "--metrics-username", "x"], /go together/],
    [
      ["cluster", "set", CLUSTER_ONE, "--metrics-username", "x", "--metrics-password-file", "/nowhere"],
      /\/nowhere cannot be read \(ENOENT\)/,
    ],
  ])("%j is refused with one line", async (args, sentence) => {
    expect(await run(args, environment)).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(new RegExp(`^expense-gateway: .*${sentence.source}.*\\n$`)),
    });
  });

  test("imports and the demo refuse with a code, and stage nothing", async () => {
    const imports = [
      () => importSnapshot(stores, given),
      () => importFocus(stores, { files: ["/nowhere.csv"], organization: "Acme" }),
      () => loadDemo(stores, { now: JANUARY_31 }),
    ];
    for (const attempt of imports) await expect(attempt()).rejects.toMatchObject({ code: "DATABASE_READ_ONLY" });
    expect(await stores.clickHouse.query("SELECT name FROM system.tables WHERE name LIKE 'import_%'")).toEqual([]);
  });

  test("import commands and the demo say so in one line", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "gateway-optscale-"));
    const file = join(elsewhere, "snapshot.json");
    await writeFile(file, "{}");
    try {
      for (const args of [
        ["import", "snapshot", file],
        ["import", "focus", file, "--organization", "Acme"],
        ["demo"],
      ]) {
        expect(await run(args, { ...environment, DATA_DIR: elsewhere })).toEqual({
          code: 1,
          stdout: "",
          stderr: expect.stringMatching(
            /^expense-gateway: DATABASE_URL is OptScale's database, which is only read: .*\n$/,
          ),
        });
      }
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  test("a start that cannot connect is one line on standard error, without the password", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "gateway-optscale-"));
    try {
      const DATABASE_URL = (environment.DATABASE_URL as string).replace(/:[^:@]*@/, ":hunter2@");
      const { code, stderr } = await run(["serve"], {
        ...environment,
        DATABASE_URL,
        DATA_DIR: elsewhere,
        LOG_LEVEL: "debug",
      });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^expense-gateway: DATABASE_URL: the server does not accept this user and password/);
      expect(stderr).not.toContain("hunter2");
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  test("after all of this, nothing in OptScale's database has changed", async () => {
    expect(await digestOf(server.root, restapi)).toEqual(before);
  });
});
