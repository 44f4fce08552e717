import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GatewayError } from "../../src/errors.js";
import { ClickHouse } from "../../src/stores/clickhouse.js";
import { openStores } from "../../src/stores/stores.js";
import { type ClickHouseOverHttp, clickHouseOverHttp } from "../clickhouse-over-http.js";
import { freePort } from "../kubernetes/redis.js";
import { hasOpenssl, selfSigned } from "./certificate.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-clickhouse-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const open = (url: string, ca?: string) => ClickHouse.open({ url, ca, path: directory });

async function refusal(url: string, ca?: string): Promise<{ code: string; message: string }> {
  const clickHouse = await open(url, ca).catch((error: GatewayError) => error);
  if (!(clickHouse instanceof Error)) {
    await clickHouse.close();
    throw new Error("It opened.");
  }
  expect(clickHouse.message).toMatch(/^[^\n]+\.$/);
  expect(clickHouse.message).not.toMatch(/hunter2|reader|127\.0\.0\.1/);
  return { code: clickHouse.code, message: clickHouse.message };
}

describe.skipIf(!hasOpenssl)(
  "a ClickHouse server over HTTPS (the engine in this process behind a front that speaks its protocol; skipped without openssl)",
  () => {
    let server: ClickHouseOverHttp;
    let ca: string;
    let url: string;
    beforeAll(async () => {
      const { certificate, key } = await selfSigned(directory);
      ca = await readFile(certificate, "utf8");
      server = await clickHouseOverHttp({
        tls: { cert: Buffer.from(ca), key: await readFile(key) },
        user: { name: "reader", password: "hunter2" },
      });
      url = server.url.replace("://", "://reader:hunter2@");
    });
    afterAll(() => server?.[Symbol.asyncDispose]());

    test("it is trusted with the authority in CLICKHOUSE_CA_FILE, and refused without", async () => {
      expect(await refusal(url)).toMatchObject({
        code: "BAD_CONFIGURATION",
        message: expect.stringContaining("CLICKHOUSE_CA_FILE"),
      });
      await using stores = await openStores({
        DATA_DIR: directory,
        CLICKHOUSE_URL: url,
        CLICKHOUSE_CA_FILE: join(directory, "certificate.pem"),
      });
      expect(await stores.clickHouse.query("SELECT 1 AS one")).toEqual([{ one: 1 }]);
    });

    test("a wrong password and a missing database are told apart", async () => {
      expect(await refusal(url.replace("hunter2", "hunter22"), ca)).toEqual({
        code: "BAD_CONFIGURATION",
        message: "CLICKHOUSE_URL: the server does not accept this user and password.",
      });
      expect(await refusal(`${url}/nowhere`, ca)).toMatchObject({
        code: "BAD_CONFIGURATION",
        message: expect.stringMatching(/^CLICKHOUSE_URL: there is no database of this name/),
      });
    });

    test("http:// to its port is told to be no ClickHouse", async () => {
      expect(await refusal(url.replace("https:", "http:"))).toMatchObject({ code: "STORE_UNAVAILABLE" });
    });

    test("a read whose connection is lost is asked again, twice at most; what changes something is not", async () => {
      await using clickHouse = await open(url, ca);
      const sent = (part: string) => server.statements.filter((statement) => statement.includes(part)).length;
      server.drop(2);
      expect(await clickHouse.query("SELECT 'held' AS value")).toEqual([{ value: "held" }]);
      expect(sent("'held'")).toBe(3);
      server.drop(3);
      await expect(clickHouse.query("SELECT 'lost' AS value")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      expect(sent("'lost'")).toBe(3);
      server.drop(1);
      await expect(clickHouse.command("ALTER TABLE expenses COMMENT COLUMN cost 'once'")).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
      });
      expect(sent("'once'")).toBe(1);
      server.drop(1);
      const row = { cloud_account_id: "a", resource_id: "r", date: 0, cost: 1, sign: 1 };
      await expect(clickHouse.insert("expenses", [row])).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
      expect(sent("INSERT INTO expenses")).toBe(1);
      server.drop(1);
      const rows: unknown[] = [];
      for await (const batch of clickHouse.stream("SELECT number FROM numbers(3)")) rows.push(...batch);
      expect(rows).toHaveLength(3);
    });

    test("a statement that the server refuses is not asked again", async () => {
      await using clickHouse = await open(url, ca);
      await expect(clickHouse.query("SELECT nothing_of_this_name")).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
      });
      expect(server.statements.filter((statement) => statement.includes("nothing_of_this_name"))).toHaveLength(1);
    });

    test("a table of another program is named with what it lacks", async () => {
      const clickHouse = await open(url, ca);
      await clickHouse.command("RENAME TABLE traffic_expenses TO kept");
      await clickHouse.command("CREATE TABLE traffic_expenses (a String) ENGINE = MergeTree ORDER BY a");
      try {
        expect(await refusal(url, ca)).toMatchObject({
          code: "BAD_CONFIGURATION",
          message: expect.stringMatching(/^The ClickHouse table traffic_expenses has no column cloud_account_id, /),
        });
      } finally {
        await clickHouse.command("DROP TABLE traffic_expenses");
        await clickHouse.command("RENAME TABLE kept TO traffic_expenses");
        await clickHouse.close();
      }
    });

    test("tables that are there are not made again: the right to create is not needed then", async () => {
      await (await open(url, ca)).close();
      const before = server.statements.length;
      await (await open(url, ca)).close();
      expect(server.statements.slice(before).filter((statement) => /CREATE|ALTER/.test(statement))).toEqual([]);
    });
  },
);

test("a server that is not there is told", async () => {
  expect(await refusal(`http://reader:hunter2@127.0.0.1:${await freePort()}`)).toEqual({
    code: "STORE_UNAVAILABLE",
    message: "CLICKHOUSE_URL does not answer (ECONNREFUSED): check address and port, and that the server runs.",
  });
});

test.each([
  [
    "another web server",
    200,
    "<html>Welcome to Acme</html>",
    "STORE_UNAVAILABLE",
    /^CLICKHOUSE_URL does not answer as a ClickHouse server/,
  ],
  [
    "a server of another time",
    200,
    '{"version":"21.8.15.7"}\n',
    "BAD_CONFIGURATION",
    /^CLICKHOUSE_URL: the server is ClickHouse 21\.8\.15\.7: 24\.3 or later is needed\.$/,
  ],
  [
    "a user without rights",
    403,
    "Code: 497. DB::Exception: reader: Not enough privileges. (ACCESS_DENIED) (version 26.7.2.1)",
    "BAD_CONFIGURATION",
    /^CLICKHOUSE_URL: this user may not do what is needed/,
  ],
  [
    "a user who may not change settings",
    500,
    "Code: 164. DB::Exception: Cannot modify 'max_execution_time' setting in readonly mode. (READONLY) (version 26.7.2.1)",
    "BAD_CONFIGURATION",
    /^CLICKHOUSE_URL: this user may not change settings/,
  ],
])("%s is told as what it is", async (_what, status, body, code, message) => {
  const server = createServer((_request, response) => void response.writeHead(status).end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const { port } = server.address() as AddressInfo;
    expect(await refusal(`http://reader:hunter2@127.0.0.1:${port}`)).toEqual({
      code,
      message: expect.stringMatching(message),
    });
    // TLS to a port that does not speak it.
    expect(await refusal(`https://reader:hunter2@127.0.0.1:${port}`)).toMatchObject({
      code: "BAD_CONFIGURATION",
      message: expect.stringMatching(/^CLICKHOUSE_URL: the server does not speak TLS/),
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
