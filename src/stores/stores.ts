import { access, constants } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";
import { readCa } from "./certificate-authority.js";
import { ClickHouse } from "./clickhouse.js";
import { makeDirectory } from "./directory.js";
import {
  type OwnTables,
  openRelational,
  type Relational,
  type RelationalConfig,
  type RelationalStores,
} from "./relational.js";

/** The stores of one process. Disposing closes them. */
export interface Stores extends AsyncDisposable {
  readonly clickHouse: ClickHouse;
  /** OptScale's tables. */
  readonly relational: Relational;
  /** This project's own. */
  readonly own: OwnTables;
  /** `mariadb` is OptScale's own database: `relational` is only read. */
  readonly databaseKind: RelationalStores["kind"];
}

/** Opens the stores that the configuration names; ClickHouse first, because it is what holds the directory's lock. */
export async function openStores(
  config: Pick<Config, "DATA_DIR"> & Partial<Pick<Config, "CLICKHOUSE_URL" | "CLICKHOUSE_CA_FILE">> & RelationalConfig,
): Promise<Stores> {
  const directory = await usableDirectory(config.DATA_DIR);
  const clickHouse = await ClickHouse.open({
    url: config.CLICKHOUSE_URL,
    ca: config.CLICKHOUSE_CA_FILE === undefined ? undefined : readCa(config.CLICKHOUSE_CA_FILE, "CLICKHOUSE_CA_FILE"),
    path: join(directory, "clickhouse"),
  });
  try {
    const databases = await openRelational(config, embeddedUrl(directory));
    return {
      clickHouse,
      relational: databases.relational,
      own: databases.own,
      databaseKind: databases.kind,
      async [Symbol.asyncDispose]() {
        await databases[Symbol.asyncDispose]();
        await clickHouse.close();
      },
    };
  } catch (error) {
    await clickHouse.close();
    throw error;
  }
}

/**
 * Opens organizations, accounts and tokens alone, which works while a gateway holds the expenses.
 * @throws GatewayError DATA_DIR_UNUSABLE, and as openRelational
 */
export async function openRelationalOf(config: Pick<Config, "DATA_DIR"> & RelationalConfig): Promise<RelationalStores> {
  return openRelational(config, embeddedUrl(await usableDirectory(config.DATA_DIR)));
}

function embeddedUrl(directory: string): string {
  return `file:${join(directory, "gateway.sqlite")}`;
}

/** @throws GatewayError DATA_DIR_UNUSABLE */
async function usableDirectory(path: string): Promise<string> {
  const directory = resolve(path);
  try {
    await makeDirectory(directory);
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw new GatewayError(
      "DATA_DIR_UNUSABLE",
      `DATA_DIR ${path} cannot be written (${reason}): choose another directory.`,
      {
        cause: error,
      },
    );
  }
  return directory;
}
