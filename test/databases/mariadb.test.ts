import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Tokens } from "../../src/accounts/tokens.js";
import type { GatewayError } from "../../src/errors.js";
import type { RelationalConfig } from "../../src/stores/relational.js";
import { openRelationalOf } from "../../src/stores/stores.js";
import { acme } from "../accounts/acme.js";
import { freePort } from "../kubernetes/redis.js";
import { hasOpenssl, selfSigned } from "./certificate.js";
import { hasMariaDb, hasMariaDbProgram, mariaDb, mariaDbOrWhy, ownMariaDb, type TestMariaDb } from "./mariadb.js";
import { digestOf, makeRestapi } from "./restapi.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-mariadb-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const open = (config: RelationalConfig) => openRelationalOf({ DATA_DIR: directory, ...config });

/** What the start says: a code and one line, without anything of the URL but names of databases. */
async function refusal(config: RelationalConfig): Promise<{ code: string; message: string }> {
  const databases = await open(config).catch((error: GatewayError) => error);
  if (!(databases instanceof Error)) {
    await databases[Symbol.asyncDispose]();
    throw new Error("It started.");
  }
  expect(databases.message).toMatch(/^[^\n]+\.$/);
  const url = [config.DATABASE_URL, config.TOKEN_DATABASE].find((text) => text?.includes("@"));
  const [user = "", password = ""] = /\/\/([^:@]*):?([^@]*)@/.exec(url ?? "")?.slice(1) ?? [];
  for (const secret of [user, password, password.replaceAll("%40", "@").replaceAll("%2F", "/")]) {
    if (secret.length > 4) expect(databases.message).not.toContain(secret);
  }
  return { code: databases.code, message: databases.message };
}

describe.skipIf(!hasMariaDb)(`an OptScale database on ${mariaDbOrWhy}`, () => {
  let server: TestMariaDb;
  let restapi: string;
  beforeAll(async () => {
    server = await mariaDb();
    restapi = await server.createDatabase();
    await makeRestapi(server.root, restapi, acme);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const rootUrl = () => server.urlOf("root", "") + restapi;

  test("it is read by a user with SELECT alone, who may CREATE and INSERT in the token database", async () => {
    const tokenDatabase = server.name();
    const before = await digestOf(server.root, restapi);
    const url = await server.user(`SELECT ON ${restapi}.*`, `SELECT, CREATE, INSERT ON ${tokenDatabase}.*`);
    await using databases = await open({ DATABASE_URL: url + restapi, TOKEN_DATABASE: tokenDatabase });
    expect(databases.kind).toBe("mariadb");
    const tokens = new Tokens(databases.own);
    const token = await tokens.create({ organizationIds: ["acme"] });
    expect(await tokens.organizationsOf(token)).toEqual(new Set(["acme"]));
    expect(await digestOf(server.root, restapi)).toEqual(before);
  });

  test("it is not written even by a user who may: not by a model, and not by SQL", async () => {
    const before = await digestOf(server.root, restapi);
    await using databases = await open({ DATABASE_URL: rootUrl(), TOKEN_DATABASE: server.name() });
    const { relational } = databases;
    const writes = [
      () => relational.organization.create({ data: { id: "new", name: "New", createdAt: 1 } }),
      () => relational.cloudAccount.updateMany({ data: { config: "{}" } }),
      () => relational.pool.upsert({ where: { id: "web" }, create: {} as never, update: { name: "x" } }),
      () => relational.checklist.deleteMany(),
      () => relational.$executeRawUnsafe("DELETE FROM checklist"),
      () => relational.$transaction((transaction) => transaction.employee.delete({ where: { id: "ann" } })),
    ];
    for (const write of writes) await expect(write()).rejects.toMatchObject({ code: "DATABASE_READ_ONLY" });
    // The server itself refuses what would get past the client.
    await expect(relational.$queryRawUnsafe("DELETE FROM checklist")).rejects.toMatchObject({
      message: expect.stringContaining("READ ONLY transaction"),
    });
    await expect(relational.$queryRawUnsafe("CREATE TABLE gateway_own (a INT)")).rejects.toThrow();
    expect(await digestOf(server.root, restapi)).toEqual(before);
  });

  test("replicas that start at once apply each migration once, and later ones need no right to create", async () => {
    const tokenDatabase = server.name();
    const config = { DATABASE_URL: rootUrl(), TOKEN_DATABASE: tokenDatabase };
    const replicas = await Promise.all(Array.from({ length: 6 }, () => open(config)));
    for (const replica of replicas) await replica[Symbol.asyncDispose]();
    const applied = await server.root.query<{ name: string }[]>(`SELECT name FROM ${tokenDatabase}.gateway_migration`);
    expect(applied.map(({ name }) => name)).toEqual(["0001_tokens_and_cluster_settings.sql"]);
    const reader = await server.user(`SELECT ON ${restapi}.*`, `SELECT ON ${tokenDatabase}.*`);
    await using later = await open({ DATABASE_URL: reader + restapi, TOKEN_DATABASE: tokenDatabase });
    expect(await later.own.apiToken.count()).toBe(0);
  });

  test("a migration that was cut off after a statement is finished by the next start", async () => {
    const tokenDatabase = await server.createDatabase();
    await server.root.query(
      `CREATE TABLE ${tokenDatabase}.gateway_cluster (cloud_account_id VARCHAR(36) PRIMARY KEY, cost_currency VARCHAR(3),
         metrics_username VARCHAR(256), metrics_salt VARCHAR(64), metrics_hash VARCHAR(64))`,
    );
    await using databases = await open({ DATABASE_URL: rootUrl(), TOKEN_DATABASE: tokenDatabase });
    expect(await databases.own.apiToken.count()).toBe(0);
  });

  test("a migration that was changed since is refused", async () => {
    const tokenDatabase = server.name();
    const config = { DATABASE_URL: rootUrl(), TOKEN_DATABASE: tokenDatabase };
    await (await open(config))[Symbol.asyncDispose]();
    await server.root.query(`UPDATE ${tokenDatabase}.gateway_migration SET sha256 = REPEAT('0', 64)`);
    expect(await refusal(config)).toMatchObject({
      code: "BAD_CONFIGURATION",
      message: expect.stringMatching(/^The migration 0001_\S+ was changed after/),
    });
  });

  test("the token database can be on a server of its own URL, by a user of its own", async () => {
    const tokenDatabase = server.name();
    const reader = await server.user(`SELECT ON ${restapi}.*`);
    const writer = await server.user(`SELECT, INSERT, UPDATE, DELETE, CREATE ON ${tokenDatabase}.*`);
    await using databases = await open({ DATABASE_URL: reader + restapi, TOKEN_DATABASE: writer + tokenDatabase });
    expect(await databases.own.apiToken.count()).toBe(0);
    expect(await databases.relational.organization.count()).toBe(3);
  });

  test("a wrong password is told, and not repeated", async () => {
    const url = await server.user(`SELECT ON ${restapi}.*`);
    const wrong = url.replace(/:[^:@]*@/, ":hunter2hunter2@");
    expect(await refusal({ DATABASE_URL: wrong + restapi })).toMatchObject({
      code: "BAD_CONFIGURATION",
      message: expect.stringMatching(/^DATABASE_URL: the server does not accept this user and password/),
    });
  });

  test("a database that is not there is named, whether the user may know it or not", async () => {
    expect(await refusal({ DATABASE_URL: `${server.urlOf("root", "")}acme_nowhere` })).toEqual({
      code: "BAD_CONFIGURATION",
      message: "DATABASE_URL: there is no database acme_nowhere on the server: check the name.",
    });
    const url = await server.user(`SELECT ON ${restapi}.*`);
    expect(await refusal({ DATABASE_URL: `${url}acme_nowhere` })).toMatchObject({
      code: "BAD_CONFIGURATION",
      message: expect.stringMatching(
        /^DATABASE_URL: there is no database acme_nowhere, or this user .* SELECT on it\.$/,
      ),
    });
  });

  test("a token database that may not be made is named, with what to grant", async () => {
    const url = await server.user(`SELECT ON ${restapi}.*`);
    const tokenDatabase = server.name();
    expect(await refusal({ DATABASE_URL: url + restapi, TOKEN_DATABASE: tokenDatabase })).toEqual({
      code: "BAD_CONFIGURATION",
      message: `TOKEN_DATABASE: there is no database ${tokenDatabase} for tokens, and this user may not make it: create it and grant the user SELECT, INSERT, UPDATE, DELETE and CREATE on it.`,
    });
    const readOnly = await server.createDatabase();
    const reader = await server.user(`SELECT ON ${restapi}.*`, `SELECT ON ${readOnly}.*`);
    expect(await refusal({ DATABASE_URL: reader + restapi, TOKEN_DATABASE: readOnly })).toMatchObject({
      code: "BAD_CONFIGURATION",
      message: expect.stringMatching(/^TOKEN_DATABASE: this user may not do what is needed in/),
    });
  });

  test("OptScale's own database is refused as the place of tokens", async () => {
    for (const TOKEN_DATABASE of [restapi, restapi.toUpperCase(), rootUrl()]) {
      expect(await refusal({ DATABASE_URL: rootUrl(), TOKEN_DATABASE })).toMatchObject({
        code: "BAD_CONFIGURATION",
        message: expect.stringMatching(/^TOKEN_DATABASE is OptScale's own database/),
      });
    }
  });

  test.each([
    ["table checklist", "DROP TABLE checklist"],
    ["column cloudaccount.cleaned_at", "ALTER TABLE cloudaccount DROP COLUMN cleaned_at"],
  ])("a schema of another age is named by what it lacks: %s", async (part, change) => {
    const database = await server.createDatabase();
    await makeRestapi(server.root, database);
    await server.root.query(`USE ${database}`);
    await server.root.query(change);
    const { code, message } = await refusal({
      DATABASE_URL: server.urlOf("root", "") + database,
      TOKEN_DATABASE: server.name(),
    });
    expect(code).toBe("BAD_CONFIGURATION");
    expect(message).toMatch(
      new RegExp(
        `^DATABASE_URL: the database ${database} has no ${part.split(" ")[0]} \\S*${part.split(/[ .]/).at(-1)}: `,
      ),
    );
  });

  test("a table that the user may not read is told", async () => {
    const url = await server.user(`SELECT ON ${restapi}.organization`, `ALL ON ${server.name()}.*`);
    expect(await refusal({ DATABASE_URL: url + restapi, TOKEN_DATABASE: server.name() })).toMatchObject({
      code: "BAD_CONFIGURATION",
    });
  });

  test("TLS that the server does not offer is told", async () => {
    await using plain = await ownMariaDb();
    const url = `${plain.urlOf("root", "")}test?ssl=true`;
    expect(await refusal({ DATABASE_URL: url })).toMatchObject({
      code: "BAD_CONFIGURATION",
      message: expect.stringMatching(/^DATABASE_URL: TLS is asked for, and the server does not offer it/),
    });
  });
});

describe.skipIf(!hasMariaDbProgram || !hasOpenssl)(
  "a MariaDB that wants TLS (skipped without mariadb-server, openssl)",
  () => {
    let server: TestMariaDb;
    let certificate: string;
    let url: string;
    let tokens: string;
    beforeAll(async () => {
      const made = await selfSigned(directory);
      certificate = made.certificate;
      server = await ownMariaDb(
        `--ssl-cert=${made.certificate}`,
        `--ssl-key=${made.key}`,
        "--require-secure-transport",
      );
      const restapi = await server.createDatabase();
      await makeRestapi(server.root, restapi, acme);
      tokens = server.name();
      url = (await server.user(`SELECT ON ${restapi}.*`, `ALL ON ${tokens}.*`)) + restapi;
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    test("it is not spoken to in clear", async () => {
      expect(await refusal({ DATABASE_URL: url, TOKEN_DATABASE: tokens })).toMatchObject({
        code: "BAD_CONFIGURATION",
        message: expect.stringContaining("TLS"),
      });
    });

    test("its certificate has to be one of the authority in DATABASE_CA_FILE", async () => {
      const other = await mkdtemp(join(directory, "other-"));
      const { certificate: stranger } = await selfSigned(other);
      expect(await refusal({ DATABASE_URL: url, TOKEN_DATABASE: tokens, DATABASE_CA_FILE: stranger })).toMatchObject({
        code: "BAD_CONFIGURATION",
        message: expect.stringContaining("DATABASE_CA_FILE"),
      });
      await using databases = await open({ DATABASE_URL: url, TOKEN_DATABASE: tokens, DATABASE_CA_FILE: certificate });
      expect(await databases.relational.organization.count()).toBe(3);
      const [row] = await databases.relational.$queryRawUnsafe<{ Value: string }[]>("SHOW STATUS LIKE 'Ssl_cipher'");
      expect(row?.Value).not.toBe("");
    });
  },
);

test.skipIf(!hasMariaDbProgram)(
  "a server that goes away is STORE_UNAVAILABLE, and is used again once it is back (skipped without mariadb-server)",
  async () => {
    await using server = await ownMariaDb();
    const restapi = await server.createDatabase();
    await makeRestapi(server.root, restapi, acme);
    await using databases = await open({ DATABASE_URL: server.urlOf("root", "") + restapi });
    expect(await databases.relational.organization.count()).toBe(3);
    await server.kill();
    await expect(databases.relational.organization.count()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await expect(databases.own.apiToken.count()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await server.startAgain();
    expect(await databases.relational.organization.count()).toBe(3);
    expect(await databases.own.apiToken.count()).toBe(0);
  },
);

test.skipIf(!hasMariaDbProgram).each([
  ["5.5.68-MariaDB", /^DATABASE_URL: the server is MariaDB 5\.5\.68: MariaDB 10\.11 or later is needed\.$/],
  ["8.0.36", /^DATABASE_URL: the server is no MariaDB, but 8\.0\.36: MariaDB 10\.11 or later is needed\.$/],
])("a server that says it is %s is refused", async (version, sentence) => {
  await using server = await ownMariaDb(`--version=${version}`);
  expect(await refusal({ DATABASE_URL: `${server.urlOf("root", "")}mysql` })).toMatchObject({
    code: "BAD_CONFIGURATION",
    message: expect.stringMatching(sentence),
  });
});

test("a server that is not there is told", async () => {
  const DATABASE_URL = `mysql://reader:hunter2@127.0.0.1:${await freePort()}/restapi`;
  expect(await refusal({ DATABASE_URL })).toMatchObject({
    code: "STORE_UNAVAILABLE",
    message: expect.stringMatching(/^DATABASE_URL: no server answers there \(ECONNREFUSED\)/),
  });
});

test.each([
  ["says nothing", ""],
  ["speaks another protocol", "SSH-2.0-Acme\r\n"],
])("what %s is told to be no MariaDB", async (_what, greeting) => {
  const server = createServer((socket) => void socket.on("error", () => {}).write(greeting)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as { port: number };
    expect(await refusal({ DATABASE_URL: `mysql://reader:hunter2@127.0.0.1:${port}/restapi` })).toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: expect.stringMatching(/^DATABASE_URL: what is there does not answer as a MariaDB server/),
    });
  } finally {
    server.close();
  }
});

test.each([
  ["mysql://reader:hunter2@db", {}, /^DATABASE_URL names no database/],
  ["mysql://reader:hunter2%@db/restapi", {}, /^DATABASE_URL holds a % that starts no escape/],
  ["mysql://reader:hunter2@db/restapi?sslmode=require", {}, /^DATABASE_URL: the parameter sslmode is not known/],
  [
    "mysql://reader:hunter2@db/restapi",
    { DATABASE_CA_FILE: "/nowhere.pem" },
    /^DATABASE_CA_FILE cannot be read \(ENOENT\)/,
  ],
  ["file:/nowhere/x.sqlite", { TOKEN_DATABASE: "tokens" }, /^TOKEN_DATABASE goes with a MariaDB/],
])("%s is refused before anything is connected to", async (DATABASE_URL, more, sentence) => {
  expect(await refusal({ DATABASE_URL, ...more })).toMatchObject({
    code: "BAD_CONFIGURATION",
    message: expect.stringMatching(sentence),
  });
});

test("a CA file without a certificate is told", async () => {
  const path = join(directory, "empty.pem");
  await writeFile(path, "nothing");
  expect(await refusal({ DATABASE_URL: "mysql://db/restapi", DATABASE_CA_FILE: path })).toMatchObject({
    message: expect.stringMatching(/^DATABASE_CA_FILE holds no certificate/),
  });
});
