import { randomBytes } from "node:crypto";
import type { ClickHouse } from "../stores/clickhouse.js";

/** The tables that an import can change in the expense store. */
export type StagedTable = "resources" | "expenses" | "traffic_expenses" | "raw_expenses";

/** An import's staging tables begin like this, and no other table does. */
export const STAGING_PREFIX = "import_";

/** Letters and digits only: it becomes part of table names. */
export function newImportId(): string {
  return randomBytes(12).toString("hex");
}

export function stagingTable(importId: string, table: StagedTable): string {
  return stagingName(importId, table);
}

/** A table or view of an import; `part` is a constant of the code. */
export function stagingName(importId: string, part: string): string {
  if (!/^[0-9a-f]{24}$/.test(importId)) throw new Error("Not an import's id.");
  return `${STAGING_PREFIX}${importId}_${part}`;
}

const engines: Readonly<Record<StagedTable, string>> = {
  resources: "MergeTree ORDER BY (cloud_account_id, id)",
  // Not a collapsing engine: here two equal rows are two rows.
  expenses: "MergeTree ORDER BY (cloud_account_id, date, resource_id)",
  traffic_expenses: "MergeTree ORDER BY (cloud_account_id, resource_id, date, from, to)",
  // Exactly the engine of raw_expenses, so that parts can move there without being written again.
  raw_expenses: "MergeTree PARTITION BY toYYYYMM(start_date) ORDER BY (cloud_account_id, resource_id, start_date)",
};

/**
 * Staging tables live for seconds: to merge their parts would be work for nothing, and so would be a file for each
 * column of a part.
 */
export const UNMERGED = "SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1, min_bytes_for_wide_part = 1000000000000";

/** Makes an empty table of the same columns for what an import brings, in which nothing is collapsed or replaced. */
export async function createStaging(clickHouse: ClickHouse, importId: string, table: StagedTable): Promise<string> {
  const staging = stagingTable(importId, table);
  await clickHouse.command(`CREATE TABLE ${staging} AS ${table} ENGINE = ${engines[table]} ${UNMERGED}`);
  return staging;
}

export async function dropStaging(clickHouse: ClickHouse, importId: string): Promise<void> {
  const tables = await clickHouse.query<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, {prefix:String}) ORDER BY engine = 'MaterializedView' DESC",
    { prefix: `${STAGING_PREFIX}${importId}_` },
  );
  for (const { name } of tables) await clickHouse.command(`DROP TABLE IF EXISTS ${name} SYNC`);
}

/** Collects rows and inserts them by the batch, so that memory stays bounded. */
export class StagingWriter<Row> {
  private batch: Row[] = [];

  constructor(
    private readonly clickHouse: ClickHouse,
    private readonly table: string,
    private readonly batchRows = 10_000,
  ) {}

  async write(row: Row): Promise<void> {
    this.batch.push(row);
    if (this.batch.length >= this.batchRows) await this.flush();
  }

  async flush(): Promise<void> {
    const rows = this.batch;
    this.batch = [];
    await this.clickHouse.insert(this.table, rows);
  }
}
