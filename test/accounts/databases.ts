import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import type { Databases, RelationalStores } from "../../src/stores/relational.js";
import { openRelationalOf } from "../../src/stores/stores.js";
import { mariaDb } from "../databases/mariadb.js";
import { makeRestapi, type OptScaleRows } from "../databases/restapi.js";

export interface TestDatabases extends AsyncDisposable {
  readonly databases: Databases;
}

/** A new SQLite store, with these rows. */
export async function onSqlite(rows: OptScaleRows): Promise<TestDatabases> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-accounts-"));
  const databases = await openRelationalOf({ DATA_DIR: directory });
  const client = createClient({ url: `file:${join(directory, "gateway.sqlite")}` });
  for (const [table, list] of Object.entries(rows)) {
    for (const row of list) {
      const columns = Object.keys(row).map((name) => `"${name}"`);
      await client.execute({
        sql: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
        args: Object.values(row) as (string | number | bigint | boolean | null)[],
      });
    }
  }
  client.close();
  return {
    databases,
    async [Symbol.asyncDispose]() {
      await databases[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** An OptScale database on a real MariaDB, with these rows, read by a user that may do nothing else with it. */
export async function onMariaDb(rows: OptScaleRows): Promise<TestDatabases> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-accounts-"));
  const server = await mariaDb();
  let databases: RelationalStores | undefined;
  const dispose = async () => {
    await databases?.[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const restapi = await server.createDatabase();
    await makeRestapi(server.root, restapi, rows);
    const tokens = server.name();
    const url = await server.user(`SELECT ON ${restapi}.*`, `SELECT, INSERT, UPDATE, DELETE, CREATE ON ${tokens}.*`);
    databases = await openRelationalOf({
      DATA_DIR: directory,
      DATABASE_URL: url + restapi,
      TOKEN_DATABASE: tokens,
    });
    return { databases, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
