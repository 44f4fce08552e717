import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { skewOf } from "../../src/cli/doctor/clock.js";
import { acme } from "../accounts/acme.js";
import { type ClickHouseOverHttp, clickHouseOverHttp } from "../clickhouse-over-http.js";
import { hasOpenssl, selfSigned } from "../databases/certificate.js";
import { hasMariaDb, mariaDb, mariaDbOrWhy, type TestMariaDb } from "../databases/mariadb.js";
import { makeRestapi } from "../databases/restapi.js";
import { startMetroculus } from "../graphql/support/metroculus.js";
import { freePort, hasRedis, redis } from "../kubernetes/redis.js";
import { run, startGateway, temporaryDirectory } from "./command-line.js";

// Several processes a test: on a machine that has other work, each takes its time to start.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
beforeAll(async () => {
  directory = await temporaryDirectory();
});
afterAll(() => directory[Symbol.asyncDispose]());

/** What the doctor says: exit code, and the state and sentence of each thing it looked at. */
async function examined(environment: Record<string, string>) {
  const { code, stdout, stderr } = await run(["doctor"], { DATA_DIR: directory.path, ...environment });
  expect(stderr).toBe("");
  const lines = stdout.trimEnd().split("\n");
  const findings = Object.fromEntries(
    lines.map((line) => {
      const [, state = "", name = "", text = ""] = /^(\S+) +(\S.*?) {2,}(\S.*\.)$/.exec(line) ?? [];
      return [name, `${state} ${text}`];
    }),
  );
  expect(Object.keys(findings)).toHaveLength(lines.length);
  return { code, findings, stdout };
}

/** A service that answers each request so; its base address. */
async function service(answer: RequestListener): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

test("with nothing configured, all is in the process and in order", async () => {
  const { code, findings } = await examined({});
  expect(findings).toEqual({
    "relational store": "ok SQLite, brought up to date; 0 organizations.",
    "token store": "ok in the same file; 0 tokens.",
    ClickHouse: expect.stringMatching(/^ok in the process, [\d.]+; its files open\.$/),
    Redis: "- REDIS_URL is not set: each process keeps cluster costs for itself.",
    Metroculus: "ok built in.",
  });
  expect(code).toBe(0);
});

test("while a gateway runs, that is no fault", async () => {
  await using own = await temporaryDirectory();
  const file = join(own.path, "gateway.sqlite");
  const { gateway } = await startGateway({ DATA_DIR: own.path, DATABASE_URL: `file:${file}` });
  await using _ = gateway;
  const { code, findings } = await examined({ DATA_DIR: own.path, DATABASE_URL: `file:${file}` });
  expect(findings.ClickHouse).toBe("ok in the process; a gateway that runs holds its files.");
  expect(findings["relational store"]).toBe("ok SQLite, brought up to date; 1 organization.");
  expect(code).toBe(0);
});

test("whatever does not answer is named with what to do, and nothing of its credentials", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  const at = `reader:hunter2@${address}`;
  const { code, findings, stdout } = await examined({
    DATABASE_URL: `mysql://${at}/restapi`,
    CLICKHOUSE_URL: `http://${at}`,
    REDIS_URL: `redis://${at}`,
    METROCULUS_URL: `http://${address}`,
    CLUSTER_SECRET: "hunter2",
    AUTH_URL: `http://${address}`,
    OIDC_ISSUER: `http://${address}`,
    OIDC_AUDIENCE: "acme",
  });
  expect(code).toBe(1);
  expect(findings).toEqual({
    "relational store": expect.stringMatching(/^FAIL DATABASE_URL: no server answers there \(ECONNREFUSED\): check /),
    "token store": "- not looked at, as the relational store does not open.",
    ClickHouse: expect.stringMatching(/^FAIL CLICKHOUSE_URL does not answer \(ECONNREFUSED\): check /),
    Redis: expect.stringMatching(/^FAIL REDIS_URL: no Redis answers there \(ECONNREFUSED\): check /),
    Metroculus: expect.stringMatching(/^FAIL Metroculus cannot be reached \(ECONNREFUSED\): .*METROCULUS_URL\.$/),
    "auth service": expect.stringMatching(
      /^FAIL OptScale's auth service cannot be reached|^FAIL auth service cannot be reached/,
    ),
    "OpenID issuer": expect.stringMatching(/^FAIL OpenID issuer cannot be reached/),
  });
  expect(stdout).not.toMatch(/hunter2|reader|127\.0\.0\.1/);
});

test("services that answer otherwise than they should are told", async () => {
  await using wrong = await service((_request, response) => void response.writeHead(403).end("{}"));
  await using web = await service((_request, response) => void response.writeHead(404).end("<html>"));
  const refused = await examined({
    METROCULUS_URL: wrong.url,
    CLUSTER_SECRET: "not-theirs",
    AUTH_URL: web.url,
    OIDC_ISSUER: web.url,
    OIDC_AUDIENCE: "acme",
  });
  expect(refused.code).toBe(1);
  expect(refused.findings).toMatchObject({
    Metroculus: expect.stringMatching(/^FAIL Metroculus refuses the gateway's secret \(HTTP 403\): .*CLUSTER_SECRET/),
    "auth service": expect.stringMatching(/^FAIL it answers HTTP 404 .* check AUTH_URL\.$/),
    "OpenID issuer": expect.stringMatching(/^FAIL it answers HTTP 404 .* check OIDC_ISSUER\.$/),
  });
  expect(refused.stdout).not.toContain("not-theirs");
  const thanos = await examined({ THANOS_URL: web.url });
  expect(thanos.findings.Thanos).toMatch(/^FAIL it answers HTTP 404 to a query: check that THANOS_URL/);
});

test("in front of an OptScale with a Metroculus no store is looked at", async () => {
  await using optScale = await service((_request, response) => void response.writeHead(401).end("{}"));
  await using metroculus = await startMetroculus({});
  const { code, findings } = await examined({ OPTSCALE_URL: optScale.url, METROCULUS_URL: metroculus.url });
  expect(findings).toMatchObject({
    stores: "- not needed in front of OPTSCALE_URL with METROCULUS_URL.",
    OptScale: "ok it answers; its clock agrees.",
    Metroculus: "ok it answers; its clock agrees.",
  });
  expect(code).toBe(0);
});

test("a clock that is wrong is told with how wrong", async () => {
  const yesterday = new Date(Date.now() - 86_400_000).toUTCString();
  await using late = await service((_request, response) => void response.writeHead(200, { date: yesterday }).end("{}"));
  const { code, findings } = await examined({ METROCULUS_URL: late.url });
  expect(findings.Metroculus).toMatch(
    /^FAIL it answers, but its clock is 86\d\d\d s behind this machine's: set both by NTP\.$/,
  );
  expect(code).toBe(1);
});

test.each([
  ["between question and answer", { theirs: 1_500, asked: 1_000, answered: 2_000, resolution: 1 }, 0],
  ["ahead", { theirs: 5_000, asked: 1_000, answered: 2_000, resolution: 1 }, 3_000],
  ["behind", { theirs: 500, asked: 1_000, answered: 2_000, resolution: 1 }, -499],
  ["told in whole seconds", { theirs: 1_000, asked: 1_900, answered: 1_950, resolution: 1_000 }, 0],
])("a clock that is %s", (_what, reading, skew) => {
  expect(skewOf(reading)).toBe(skew);
});

test("--help says what it does", async () => {
  const { code, stdout } = await run(["doctor", "--help"], {});
  expect(code).toBe(0);
  expect(stdout).toMatch(/exit\s+code 1/);
});

describe.skipIf(!hasRedis)("Redis (skipped without redis-server)", () => {
  test("a real one is well, and without its password it is told so", async () => {
    await using server = await redis();
    expect((await examined({ REDIS_URL: server.url })).findings.Redis).toMatch(
      /^ok server \d+\.\d+\.\d+; it takes the credentials; its clock agrees\.$/,
    );
    const wrong = server.url.replace("://", "://reader:hunter2@");
    const { code, findings } = await examined({ REDIS_URL: wrong });
    expect(findings.Redis).toBe("FAIL REDIS_URL: the server does not accept this user and password.");
    expect(code).toBe(1);
  });

  test.skipIf(!hasOpenssl)("one with a certificate of its own is told how to be trusted, and then is", async () => {
    await using own = await temporaryDirectory();
    const tls = await selfSigned(own.path);
    await using server = await redis({ tls });
    expect((await examined({ REDIS_URL: server.url })).findings.Redis).toMatch(
      /^FAIL REDIS_URL: the server's certificate is not trusted: set REDIS_CA_FILE /,
    );
    const trusting = { REDIS_URL: server.url, REDIS_CA_FILE: tls.certificate };
    expect((await examined(trusting)).findings.Redis).toMatch(/^ok server /);
  });
});

describe.skipIf(!hasMariaDb)(
  `OptScale's database on ${mariaDbOrWhy}, and a ClickHouse server (the engine behind an HTTP front)`,
  () => {
    let server: TestMariaDb;
    let clickHouse: ClickHouseOverHttp;
    let restapi: string;
    beforeAll(async () => {
      server = await mariaDb();
      restapi = await server.createDatabase();
      await makeRestapi(server.root, restapi, acme);
      clickHouse = await clickHouseOverHttp();
    });
    afterAll(async () => {
      await clickHouse?.[Symbol.asyncDispose]();
      await server?.[Symbol.asyncDispose]();
    });

    test("all is in order, and nothing is left behind in the token store", async () => {
      const TOKEN_DATABASE = server.name();
      const url = await server.user(
        `SELECT ON ${restapi}.*`,
        `SELECT, INSERT, UPDATE, DELETE, CREATE ON ${TOKEN_DATABASE}.*`,
      );
      await using metroculus = await startMetroculus({});
      const { code, findings } = await examined({
        DATABASE_URL: url + restapi,
        TOKEN_DATABASE,
        CLICKHOUSE_URL: clickHouse.url,
        METROCULUS_URL: metroculus.url,
      });
      expect(findings).toMatchObject({
        "relational store": expect.stringMatching(
          /^ok MariaDB \d+\.\d+\.\d+; OptScale's database, only read; 2 organizations; its clock agrees\.$/,
        ),
        "token store": expect.stringMatching(/^ok MariaDB \d+\.\d+\.\d+; 0 tokens; its clock agrees\.$/),
        ClickHouse: expect.stringMatching(/^ok server [\d.]+; its tables are there; its clock agrees\.$/),
        Metroculus: "ok it answers; its clock agrees.",
      });
      expect(code).toBe(0);
      expect(await server.root.query(`SELECT * FROM ${TOKEN_DATABASE}.gateway_api_token`)).toEqual([]);
    });

    test("a token store that cannot be written is a warning, one that cannot be made a failure", async () => {
      const TOKEN_DATABASE = server.name();
      const all = await server.user(`SELECT ON ${restapi}.*`, `ALL ON ${TOKEN_DATABASE}.*`);
      expect((await examined({ DATABASE_URL: all + restapi, TOKEN_DATABASE })).code).toBe(0);
      const reader = await server.user(`SELECT ON ${restapi}.*`, `SELECT ON ${TOKEN_DATABASE}.*`);
      const { code, findings } = await examined({ DATABASE_URL: reader + restapi, TOKEN_DATABASE });
      expect(findings["token store"]).toMatch(/^warn 0 tokens, but this user cannot make another: grant it INSERT/);
      expect(code).toBe(0);
      const missing = await examined({ DATABASE_URL: reader + restapi, TOKEN_DATABASE: server.name() });
      expect(missing.findings).toMatchObject({
        "relational store": "- not looked at, as the token store does not open.",
        "token store": expect.stringMatching(/^FAIL TOKEN_DATABASE: there is no database \S+ for tokens/),
      });
      expect(missing.code).toBe(1);
    });

    test("a type of account that OptScale has got since is a warning", async () => {
      const later = await server.createDatabase();
      await makeRestapi(server.root, later);
      await server.root.query(`ALTER TABLE ${later}.cloudaccount MODIFY type ENUM('AWS_CNR', 'MOON_CNR') NOT NULL`);
      const { code, findings } = await examined({
        DATABASE_URL: server.urlOf("root", "") + later,
        TOKEN_DATABASE: server.name(),
      });
      expect(findings["relational store"]).toMatch(
        /^warn OptScale's database knows MOON_CNR, which this version does not/,
      );
      expect(code).toBe(0);
    });
  },
);
