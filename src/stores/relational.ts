import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";
import type { PrismaClient } from "./generated/sqlite/client.js";

/** Organizations, cloud accounts, pools, people, checklists; in a SQLite store this project's own tables, too. */
export type Relational = PrismaClient;

/** This project's own tables. */
export type OwnTables = Pick<
  PrismaClient,
  "apiToken" | "apiTokenScope" | "clusterSettings" | "$transaction" | "$queryRaw" | "$disconnect"
>;

/** The relational databases of one process. Disposing disconnects them. */
export interface RelationalStores extends AsyncDisposable {
  readonly relational: Relational;
  /** The same client, where SQLite holds all of it. */
  readonly own: OwnTables;
  /** `mariadb` is an OptScale's database, of which only `own` is ever written. */
  readonly kind: "sqlite" | "mariadb";
}

/** What the repositories of organizations, accounts and tokens read. */
export type Databases = Pick<RelationalStores, "relational" | "own">;

export type RelationalConfig = Partial<Pick<Config, "DATABASE_URL" | "DATABASE_CA_FILE" | "TOKEN_DATABASE">>;

/**
 * Opens the database that DATABASE_URL names, and brings this project's own tables up to date. Whatever it fails on
 * later rejects with GatewayError STORE_UNAVAILABLE.
 * @param embedded `file:<path>`, for want of a DATABASE_URL
 * @throws GatewayError DATA_DIR_UNUSABLE when SQLite's file cannot be made or written; STORE_UNAVAILABLE when a server
 *   does not answer; BAD_CONFIGURATION when it answers, and credentials, databases or tables are not what they should be.
 */
export async function openRelational(config: RelationalConfig, embedded: string): Promise<RelationalStores> {
  const url = config.DATABASE_URL ?? embedded;
  // Either client takes a third of a second and 20 MB to load; the other is not needed.
  if (!url.startsWith("file:")) return (await import("./mariadb.js")).openMariaDb(url, config);
  if (config.TOKEN_DATABASE !== undefined) {
    throw new GatewayError(
      "BAD_CONFIGURATION",
      "TOKEN_DATABASE goes with a MariaDB in DATABASE_URL: SQLite keeps tokens in its own file. Unset one of them.",
    );
  }
  const { openSqlite } = await import("./sqlite.js");
  const relational = await openSqlite(url);
  return { relational, own: relational, kind: "sqlite", [Symbol.asyncDispose]: () => relational.$disconnect() };
}
