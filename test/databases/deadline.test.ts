import { mkdtemp, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { startGateway } from "../../src/gateway.js";
import { createLogger } from "../../src/log.js";
import { openStores } from "../../src/stores/stores.js";
import { type ClickHouseOverHttp, clickHouseOverHttp } from "../clickhouse-over-http.js";
import { eventually } from "../eventually.js";
import { ACME, JANUARY_1, JANUARY_31, SECRET } from "../graphql/support/acme.js";
import { startTestGateway } from "../graphql/support/gateway.js";
import { optScaleRows } from "./acme-rows.js";
import { hasMariaDb, mariaDb, mariaDbOrWhy } from "./mariadb.js";
import { makeRestapi } from "./restapi.js";

const REQUEST_TIMEOUT_MS = "3000";

let server: ClickHouseOverHttp;
let holding = false;
const held: ServerResponse[] = [];
beforeAll(async () => {
  server = await clickHouseOverHttp({
    misbehave(response) {
      if (holding) held.push(response);
      return holding;
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

test("a ClickHouse server is told to end the statements of a request that took too long, or whose client left", async () => {
  const overview = `{ cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) { totalCost } }`;
  await using gateway = await startTestGateway({ environment: { CLICKHOUSE_URL: server.url, REQUEST_TIMEOUT_MS } });
  expect((await gateway.ask(overview)).errors).toBeUndefined();
  expect(server.killed).toEqual([]);

  holding = true;
  const finished = server.ids.length;
  const { errors } = await gateway.ask(overview);
  expect(errors?.[0]?.extensions.code).toBe("DEADLINE_EXCEEDED");
  await eventually(() => expect(server.killed).toHaveLength(1));
  expect(server.ids.slice(finished)).toContain(server.killed[0]);

  const leaving = new AbortController();
  const before = held.length;
  const left = gateway.post(overview, {}, undefined, leaving.signal).catch(() => undefined);
  await eventually(() => expect(held.length).toBeGreaterThan(before));
  leaving.abort();
  await left;
  await eventually(() => expect(server.killed).toHaveLength(2));

  holding = false;
  await eventually(async () => expect((await gateway.ask(overview)).errors).toBeUndefined());
});

describe.skipIf(!hasMariaDb)(`a relational store on ${mariaDbOrWhy}`, () => {
  test("that does not answer holds a request no longer than it may take", async () => {
    const directory = await mkdtemp(join(tmpdir(), "gateway-deadline-"));
    try {
      await using database = await mariaDb();
      const restapi = await database.createDatabase();
      await makeRestapi(database.root, restapi, optScaleRows);
      const config = loadConfig({
        DATA_DIR: directory,
        PORT: "0",
        LOG_LEVEL: "silent",
        CLUSTER_SECRET: SECRET,
        CLICKHOUSE_URL: server.url,
        DATABASE_URL: database.urlOf("root", "") + restapi,
        TOKEN_DATABASE: database.name(),
        REQUEST_TIMEOUT_MS,
      });
      await using stores = await openStores(config);
      await using gateway = await startGateway({ config, stores, clusterSecret: SECRET, log: createLogger(config) });
      const ask = async () => {
        const response = await fetch(`${gateway.url}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json", secret: SECRET },
          body: JSON.stringify({ query: "{ viewer { organizations { name } } }" }),
        });
        return (await response.json()) as { data: unknown; errors?: { extensions: { code: string } }[] };
      };
      expect((await ask()).errors).toBeUndefined();

      await database.root.query(`LOCK TABLES ${restapi}.organization WRITE`);
      try {
        expect((await ask()).errors?.[0]?.extensions.code).toBe("DEADLINE_EXCEEDED");
      } finally {
        await database.root.query("UNLOCK TABLES");
      }
      await eventually(async () => expect((await ask()).errors).toBeUndefined());
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
