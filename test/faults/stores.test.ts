import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { importSnapshot } from "../../src/imports/snapshot.js";
import { openStores } from "../../src/stores/stores.js";
import { temporaryDirectory } from "../cli/command-line.js";
import { optScaleRows } from "../databases/acme-rows.js";
import { hasMariaDbProgram, ownMariaDb } from "../databases/mariadb.js";
import { makeRestapi } from "../databases/restapi.js";
import { ACME, ACME_TOTAL, CLUSTER_ONE, CLUSTER_TWO, given, JANUARY_1, JANUARY_31 } from "../graphql/support/acme.js";
import { startMetroculus } from "../graphql/support/metroculus.js";
import { freePort, hasRedis, redis } from "../kubernetes/redis.js";
import { clickHouseProcess } from "./support/clickhouse-process.js";
import { directoryWith, type GatewayProcess, gatewayProcess } from "./support/gateway-process.js";

const QUERY = `{ cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) {
  totalCost k8sCosts { totalCost complete }
} }`;
const REST = `/restapi/v2/organizations/${ACME}/clean_expenses?start_date=${JANUARY_1}&end_date=${JANUARY_31}`;
const right = { totalCost: ACME_TOTAL, k8sCosts: { totalCost: 100, complete: true } };

async function answersRightly(gateway: GatewayProcess): Promise<void> {
  const { codes, data } = await gateway.ask(QUERY);
  expect(codes).toEqual([]);
  expect(data.cleanExpenses).toEqual(right);
}

/** Of the same process, without a restart. */
const recovers = (gateway: GatewayProcess) =>
  vi.waitFor(() => answersRightly(gateway), { timeout: 120_000, interval: 300 });

/** Asked together: each may take as long as a connection is waited for. */
async function refusesPlainly(gateway: GatewayProcess): Promise<void> {
  const [{ codes, data }, rest, isReady] = await Promise.all([
    gateway.ask(QUERY),
    gateway.get(REST),
    gateway.isReady(),
  ]);
  expect(codes).toEqual(["STORE_UNAVAILABLE"]);
  expect(data?.cleanExpenses ?? null).toBeNull();
  expect(rest.status).toBe(503);
  expect(await rest.json()).toMatchObject({ error: { error_code: "OE0003" } });
  expect(isReady).toBe(false);
}

test("a ClickHouse server that is killed in mid-query, refuses, hangs and comes back: never a wrong total, no restart", async () => {
  await using directory = await temporaryDirectory();
  await using metroculus = await startMetroculus({ [CLUSTER_ONE]: 40, [CLUSTER_TWO]: 60 });
  const path = join(directory.path, "clickhouse-server");
  await using first = await clickHouseProcess(path);
  const port = Number(new URL(first.url).port);
  const environment = { CLICKHOUSE_URL: first.url, METROCULUS_URL: metroculus.url };
  {
    await using stores = await openStores({ DATA_DIR: directory.path, ...environment });
    await importSnapshot(stores, given);
  }
  await using gateway = await gatewayProcess(directory.path, environment);
  await answersRightly(gateway);

  // In mid-query.
  const { came: held } = await first.holdNext();
  const inMidQuery = gateway.ask(QUERY);
  await held;
  await first.kill();
  expect((await inMidQuery).codes).toEqual(["STORE_UNAVAILABLE"]);
  await refusesPlainly(gateway);

  await using second = await clickHouseProcess(path, port);
  await recovers(gateway);

  // When half of its answer has been sent: what the client of v2 gets is a refusal, or cut off, and never a bill.
  const { came: halved } = await second.halveNext();
  const inHalf = gateway.get(REST).then(async (response) => ({ status: response.status, body: await response.text() }));
  const cutOff = inHalf.catch(() => undefined);
  await halved;
  await second.kill();
  const answer = await cutOff;
  if (answer !== undefined) {
    expect(answer.status).toBe(503);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { error_code: "OE0003" } });
  }

  // Slow: it stands still while it is asked, and goes on.
  await using third = await clickHouseProcess(path, port);
  await recovers(gateway);
  third.freeze(true);
  const patient = gateway.ask(QUERY);
  // What does not need it is answered meanwhile.
  expect((await gateway.ask("{ viewer { kind } }")).data).toEqual({ viewer: { kind: "SERVICE" } });
  third.freeze(false);
  expect((await patient).data.cleanExpenses).toEqual(right);
  expect(await gateway.isReady()).toBe(true);
});

describe.skipIf(!hasMariaDbProgram || !hasRedis)(
  "MariaDB and Redis (skipped without Debian's mariadb-server, redis-server)",
  () => {
    test("stopped and started again: refusals and right totals, of one process", async () => {
      await using directory = await directoryWith(given);
      await using metroculus = await startMetroculus({ [CLUSTER_ONE]: 40, [CLUSTER_TWO]: 60 });
      await using database = await ownMariaDb();
      const restapi = await database.createDatabase();
      await makeRestapi(database.root, restapi, optScaleRows);
      const port = await freePort();
      let cache = await redis({ port });
      await using gateway = await gatewayProcess(directory.path, {
        DATABASE_URL: database.urlOf("root", "") + restapi,
        REDIS_URL: `redis://127.0.0.1:${port}`,
        METROCULUS_URL: metroculus.url,
      });
      await answersRightly(gateway);

      await cache[Symbol.asyncDispose]();
      await answersRightly(gateway);
      await database.kill();
      await refusesPlainly(gateway);
      cache = await redis({ port });
      await refusesPlainly(gateway);
      await database.startAgain();
      await recovers(gateway);
      expect(await gateway.isReady()).toBe(true);
      await cache[Symbol.asyncDispose]();
      await answersRightly(gateway);
    });
  },
);
