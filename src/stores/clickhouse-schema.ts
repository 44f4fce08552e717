import { GatewayError } from "../errors.js";
import type { ClickHouse } from "./clickhouse.js";
import { clickHouseTables } from "./clickhouse-tables.js";
import { kubernetesMerging } from "./kubernetes-tables.js";

/** The oldest server whose SQL has all that is asked of it; what is tested is the engine of `chdb`. */
const OLDEST_CLICKHOUSE = [24, 3] as const;

/**
 * Makes the tables that are missing. Those that are there stay as they are: they may be OptScale's, or a cluster's, and
 * a user without the right to create is enough then. Only the engine in this process, whose tables are nobody else's,
 * is told how to merge them.
 * @throws GatewayError BAD_CONFIGURATION when the server is too old, or a table lacks a column
 */
export async function bringUpToDate(clickHouse: ClickHouse): Promise<void> {
  if (clickHouse.kind === "server") await assertClickHouse(clickHouse);
  const rows = await clickHouse.query<{ table: string; columns: string[] }>(
    "SELECT table, groupArray(name) AS columns FROM system.columns WHERE database = currentDatabase() GROUP BY table",
  );
  const existing = new Map(rows.map(({ table, columns }) => [table, new Set(columns)]));
  for (const { name, columns, statement } of clickHouseTables) {
    const found = existing.get(name);
    if (found === undefined) {
      await clickHouse.command(statement);
      continue;
    }
    const missing = columns.filter((column) => !found.has(column));
    if (missing.length > 0) {
      throw new GatewayError(
        "BAD_CONFIGURATION",
        `The ClickHouse table ${name} has no column ${missing.join(", ")}: it is of another version or of another program; use a database of its own.`,
      );
    }
  }
  if (clickHouse.kind === "embedded") await mergeSparingly(clickHouse);
}

async function mergeSparingly(clickHouse: ClickHouse): Promise<void> {
  const { table, setting, value } = kubernetesMerging;
  const [row] = await clickHouse.query<{ engine: string }>(
    "SELECT engine_full AS engine FROM system.tables WHERE database = currentDatabase() AND name = {table:String}",
    { table },
  );
  const wanted = `${setting} = ${value}`;
  if (!row?.engine.includes(wanted)) await clickHouse.command(`ALTER TABLE ${table} MODIFY SETTING ${wanted}`);
}

async function assertClickHouse(clickHouse: ClickHouse): Promise<void> {
  const [row] = await clickHouse.query<{ version: unknown }>("SELECT version() AS version");
  const version = row?.version;
  if (typeof version !== "string") throw new Error("It answers, but not with a version.");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_CLICKHOUSE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new GatewayError(
    "BAD_CONFIGURATION",
    `CLICKHOUSE_URL: the server is ClickHouse ${version}: ${OLDEST_CLICKHOUSE.join(".")} or later is needed.`,
  );
}

/**
 * For what replaces rows.
 * @throws GatewayError DATABASE_READ_ONLY when tables stand in front of the shards of a cluster
 */
export async function assertReplaceable(clickHouse: ClickHouse): Promise<void> {
  if (clickHouse.kind === "embedded") return;
  const [distributed] = await clickHouse.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'Distributed' AND name IN {names:Array(String)} LIMIT 1",
    { names: clickHouseTables.map(({ name }) => name) },
  );
  if (distributed === undefined) return;
  throw new GatewayError(
    "DATABASE_READ_ONLY",
    `CLICKHOUSE_URL is a cluster whose table ${distributed.name} is Distributed, in which no rows can be replaced: import into a server that is not sharded.`,
  );
}
