import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStores, type Stores } from "../../src/stores/stores.js";

export interface TemporaryStores extends AsyncDisposable {
  readonly stores: Stores;
  /** A directory for files of the test. */
  readonly directory: string;
}

/** Real stores in a directory of their own, which disposing removes. One a test file. */
export async function temporaryStores(): Promise<TemporaryStores> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-imports-"));
  const stores = await openStores({
    DATA_DIR: join(directory, "data"),
    CLICKHOUSE_URL: undefined,
    DATABASE_URL: undefined,
  });
  return {
    stores,
    directory,
    async [Symbol.asyncDispose]() {
      await stores[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
