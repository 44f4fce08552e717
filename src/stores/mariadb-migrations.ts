import type { Connection } from "mariadb";
import { now } from "../time.js";
import { type Migration, migrationsFor, pending } from "./migration-files.js";

/** How long a replica waits for another one that brings the tables up to date. Seconds. */
const PATIENCE = 60;

/**
 * Applies each SQL file once to the database of the connection. Of replicas that start together one applies, and the
 * others wait for it. The lock is the server's own and, in a Galera cluster, of one node: so each statement of a file
 * may run again, too. Without anything to apply, nothing but the right to read is needed.
 */
export async function applyMigrations(connection: Connection, database: string): Promise<void> {
  const migrations = await migrationsFor("mariadb");
  if (pending(migrations, await appliedTo(connection, database)).length === 0) return;
  const lock = `expense_gateway:${database}`.slice(0, 64);
  const [taken] = await connection.query<{ taken: unknown }[]>("SELECT GET_LOCK(?, ?) AS taken", [lock, PATIENCE]);
  if (Number(taken?.taken) !== 1) throw new Error("Another process has been changing the tables for a minute.");
  try {
    await connection.query(
      `CREATE TABLE IF NOT EXISTS gateway_migration (
         name VARCHAR(128) NOT NULL PRIMARY KEY, sha256 CHAR(64) NOT NULL, applied_at INT NOT NULL
       ) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
    );
    for (const migration of pending(migrations, await appliedTo(connection, database))) {
      for (const statement of statementsOf(migration)) await connection.query(statement);
      await connection.query("INSERT IGNORE INTO gateway_migration (name, sha256, applied_at) VALUES (?, ?, ?)", [
        migration.name,
        migration.sha256,
        now(),
      ]);
    }
  } finally {
    await connection.query("DO RELEASE_LOCK(?)", [lock]);
  }
}

/** Name and SHA-256 of each file that was applied. */
async function appliedTo(connection: Connection, database: string): Promise<Map<string, string>> {
  const tables = await connection.query<unknown[]>(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = 'gateway_migration'",
    [database],
  );
  if (tables.length === 0) return new Map();
  const rows = await connection.query<{ name: string; sha256: string }[]>("SELECT name, sha256 FROM gateway_migration");
  return new Map(rows.map(({ name, sha256 }) => [name, sha256]));
}

/** The files are ours: a statement ends with a semicolon at the end of a line, and comments have lines of their own. */
function statementsOf({ sql }: Migration): string[] {
  return sql
    .replaceAll(/^--.*$/gm, "")
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}
