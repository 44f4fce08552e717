import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GatewayError } from "../errors.js";

export interface Migration {
  /** The file's name, which is its place in the order. */
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

/** The SQL files for a kind of database, in the order in which they are applied. */
export async function migrationsFor(kind: "sqlite" | "mariadb"): Promise<Migration[]> {
  const directory = fileURLToPath(new URL(`../../prisma/migrations/${kind}/`, import.meta.url));
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(directory, name), "utf8");
      return { name, sql, sha256: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/**
 * Those that a database lacks.
 * @param applied name and SHA-256 of those that it has
 * @throws GatewayError BAD_CONFIGURATION when one was changed since
 */
export function pending(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): Migration[] {
  return migrations.filter(({ name, sha256 }) => {
    const before = applied.get(name);
    if (before !== undefined && before !== sha256) {
      throw new GatewayError(
        "BAD_CONFIGURATION",
        `The migration ${name} was changed after it had been applied to this database: restore it and add a new file instead.`,
      );
    }
    return before === undefined;
  });
}
