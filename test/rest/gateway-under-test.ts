import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../../src/config.js";
import { type Gateway, startGateway } from "../../src/gateway.js";
import { importSnapshot } from "../../src/imports/snapshot.js";
import { createLogger } from "../../src/log.js";
import { openStores, type Stores } from "../../src/stores/stores.js";

export const CLUSTER_SECRET = "cluster-secret";

/** A gateway that really listens, with stores of its own that go with it. */
export interface GatewayUnderTest extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly stores: Stores;
  readonly url: string;
  empty(): Promise<void>;
  /** Empties both stores and loads this snapshot. */
  load(given: object): Promise<void>;
}

export async function gatewayUnderTest(environment: Record<string, string> = {}): Promise<GatewayUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-rest-"));
  const config = loadConfig({
    DATA_DIR: directory,
    PORT: "0",
    LOG_LEVEL: process.env.LOG_LEVEL ?? "silent",
    CLUSTER_SECRET,
    ...environment,
  });
  const stores = await openStores(config);
  const gateway = await startGateway({ config, stores, clusterSecret: CLUSTER_SECRET, log: createLogger(config) });
  return {
    gateway,
    stores,
    url: gateway.url,
    empty: () => emptied(stores),
    async load(given) {
      await emptied(stores);
      await importSnapshot(stores, given);
    },
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await stores[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function emptied({ clickHouse, relational, own }: Stores): Promise<void> {
  for (const table of ["expenses", "traffic_expenses", "resources", "raw_expenses"]) {
    await clickHouse.command(`TRUNCATE TABLE ${table}`);
  }
  await own.clusterSettings.deleteMany();
  await relational.apiToken.deleteMany();
  await relational.checklist.deleteMany();
  await relational.cloudAccount.deleteMany();
  await relational.employee.deleteMany();
  await relational.pool.deleteMany();
  await relational.organization.deleteMany();
}
