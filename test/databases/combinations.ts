import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { startGateway } from "../../src/gateway.js";
import { importSnapshot } from "../../src/imports/snapshot.js";
import { createLogger } from "../../src/log.js";
import { openStores } from "../../src/stores/stores.js";
import { ACME, CLUSTER_ONE, CLUSTER_TWO, DAY, given, JANUARY_1, SECRET } from "../graphql/support/acme.js";
import { type StandIn, startMetroculus } from "../graphql/support/metroculus.js";
import { hasRedis, type RunningRedis, redis } from "../kubernetes/redis.js";
import { hasMariaDb, mariaDb, type TestMariaDb } from "./mariadb.js";
import { makeRestapi } from "./restapi.js";

const either = [true, false];

/** Starts a gateway with every choice of the other stores, and asks it something. */
export function everyCombination(title: string, clickHouseUrl: () => Promise<string | undefined>): void {
  describe(title, () => {
    let directory: string;
    let mariadb: TestMariaDb | undefined;
    let shared: RunningRedis | undefined;
    let metroculus: StandIn;
    let database: Record<string, string> = {};
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "gateway-combination-"));
      metroculus = await startMetroculus({ [CLUSTER_ONE]: 40, [CLUSTER_TWO]: 60 });
      if (hasRedis) shared = await redis();
      if (!hasMariaDb) return;
      mariadb = await mariaDb();
      const restapi = await mariadb.createDatabase();
      const organization = given.organizations.map((row) => ({ ...row, created_at: 1 }));
      const cloudaccount = given.cloud_accounts.map((row) => ({
        ...row,
        type: row.type.toUpperCase(),
        config: "",
        created_at: 1,
      }));
      await makeRestapi(mariadb.root, restapi, { organization, cloudaccount });
      database = { DATABASE_URL: mariadb.urlOf("root", "") + restapi, TOKEN_DATABASE: mariadb.name() };
    });
    afterAll(async () => {
      await metroculus?.[Symbol.asyncDispose]();
      await shared?.[Symbol.asyncDispose]();
      await mariadb?.[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    });

    for (const onMariaDb of either) {
      for (const withRedis of either) {
        for (const foreign of either) {
          const name = [
            onMariaDb ? "MariaDB" : "SQLite",
            withRedis ? "Redis" : "no Redis",
            foreign ? "another's Metroculus" : "the built-in Metroculus",
          ].join(", ");
          test.skipIf((onMariaDb && !hasMariaDb) || (withRedis && !hasRedis))(
            `with ${name} it starts and answers`,
            async () => {
              const url = await clickHouseUrl();
              const config = loadConfig({
                DATA_DIR: directory,
                PORT: "0",
                LOG_LEVEL: "silent",
                CLUSTER_SECRET: SECRET,
                ...(onMariaDb && database),
                ...(url !== undefined && { CLICKHOUSE_URL: url }),
                ...(withRedis && shared && { REDIS_URL: shared.url }),
                ...(foreign && { METROCULUS_URL: metroculus.url }),
              });
              await using stores = await openStores(config);
              if (!onMariaDb) {
                const { organizations, cloud_accounts } = given;
                await importSnapshot(stores, { organizations, cloud_accounts });
              }
              await using gateway = await startGateway({
                config,
                stores,
                clusterSecret: SECRET,
                log: createLogger(config),
              });
              expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
              // Redis keeps what the other Metroculus said of a day: each choice asks about one of its own.
              const day =
                JANUARY_1 + DAY * [onMariaDb, withRedis, foreign].reduce((number, bit) => 2 * number + Number(bit), 0);
              const response = await fetch(`${gateway.url}/graphql`, {
                method: "POST",
                headers: { "content-type": "application/json", secret: SECRET },
                body: JSON.stringify({
                  query: `{ organization(id: "${ACME}") { name }
                  cleanExpenses(organizationId: "${ACME}", startDate: ${day}, endDate: ${day + DAY - 1}) { totalCost k8sCosts { clusters { status } } } }`,
                }),
              });
              const { data } = (await response.json()) as { data: { organization: unknown; cleanExpenses: unknown } };
              expect(data.organization).toEqual({ name: "Acme" });
              const status = foreign ? "OK" : "NO_DATA";
              expect(data.cleanExpenses).toEqual({
                totalCost: 0,
                k8sCosts: { clusters: [{ status }, { status }] },
              });
            },
          );
        }
      }
    }
  });
}
