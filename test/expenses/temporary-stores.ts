import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStores, type Stores } from "../../src/stores/stores.js";

/** Real stores in a directory of their own, which disposing removes. One a test file. */
export async function temporaryStores(): Promise<Stores> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-expenses-"));
  const stores = await openStores({ DATA_DIR: directory, CLICKHOUSE_URL: undefined, DATABASE_URL: undefined });
  return {
    ...stores,
    async [Symbol.asyncDispose]() {
      await stores[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
