import { dirname } from "node:path";
import { type Client, createClient } from "@libsql/client";
import { PrismaLibSql } from "@prisma/adapter-libsql";
import { GatewayError } from "../errors.js";
import { now } from "../time.js";
import { makeDirectory } from "./directory.js";
import { PrismaClient } from "./generated/sqlite/client.js";
import { type Migration, migrationsFor, pending } from "./migration-files.js";
import { withNamedFailures } from "./relational-failures.js";

/** How long to wait for another process, such as `token create`, that writes at the same time. Milliseconds. */
const BUSY_TIMEOUT = 5_000;

/**
 * Opens the SQLite database, making it and bringing it up to date if needed. Whatever it fails on later rejects with
 * GatewayError STORE_UNAVAILABLE.
 * @param url `file:<path>`
 * @throws GatewayError DATA_DIR_UNUSABLE when the file cannot be made or written.
 */
export async function openSqlite(url: string): Promise<PrismaClient> {
  try {
    await makeDirectory(dirname(url.replace(/^file:/, "")));
    await bringUpToDate(url);
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError(
      "DATA_DIR_UNUSABLE",
      `The database ${url} cannot be opened or written: choose another DATA_DIR.`,
      {
        cause: error,
      },
    );
  }
  return withNamedFailures(new PrismaClient({ adapter: new PrismaLibSql({ url, timeout: BUSY_TIMEOUT }) }));
}

async function bringUpToDate(url: string): Promise<void> {
  const client = createClient({ url, timeout: BUSY_TIMEOUT });
  try {
    await client.executeMultiple(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS gateway_migration (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL);
    `);
    const applied = new Map<string, string>();
    for (const row of (await client.execute("SELECT name, sha256 FROM gateway_migration")).rows) {
      applied.set(String(row.name), String(row.sha256));
    }
    for (const migration of pending(await migrationsFor("sqlite"), applied)) await applyOnce(client, migration);
  } finally {
    client.close();
  }
}

/** The file and the record of it are one transaction. Another process may have been quicker: then nothing is left to do. */
async function applyOnce(client: Client, { name, sql, sha256 }: Migration): Promise<void> {
  const transaction = await client.transaction("write");
  try {
    const { rows } = await transaction.execute({ sql: "SELECT 1 FROM gateway_migration WHERE name = ?", args: [name] });
    if (rows.length > 0) return;
    await transaction.executeMultiple(sql);
    await transaction.execute({
      sql: "INSERT INTO gateway_migration (name, sha256, applied_at) VALUES (?, ?, ?)",
      args: [name, sha256, now()],
    });
    await transaction.commit();
  } finally {
    transaction.close();
  }
}
