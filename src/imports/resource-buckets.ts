import type { ClickHouse } from "../stores/clickhouse.js";

/** Rows of which all the groups fit into memory at once, some hundred megabytes. */
export const ROWS_PER_BUCKET = 250_000;

/** The first four digits of an id. */
const PREFIXES = 0x10000;

/** A range of resource ids. Ids that charges make are hashes, so that ranges of one width hold about equally many. */
export interface ResourceBucket {
  readonly index: number;
  /** A condition in SQL on a column of resource ids; its values are constants of the code. */
  readonly holds: (column: string) => string;
}

/** As many buckets as the rows of these tables need; together they hold every id, each in one of them. */
export async function bucketsFor(
  clickHouse: ClickHouse,
  tables: readonly string[],
): Promise<readonly ResourceBucket[]> {
  const [size] = await clickHouse.query<{ rows: number }>(
    "SELECT sum(total_rows) AS rows FROM system.tables WHERE database = currentDatabase() AND name IN {tables:Array(String)}",
    { tables },
  );
  return resourceBuckets(Math.ceil((size?.rows ?? 0) / ROWS_PER_BUCKET));
}

export function resourceBuckets(wanted: number): readonly ResourceBucket[] {
  const count = Math.min(Math.max(wanted, 1), PREFIXES);
  const prefix = (index: number) =>
    Math.floor((PREFIXES * index) / count)
      .toString(16)
      .padStart(4, "0");
  return Array.from({ length: count }, (_, index) => ({
    index,
    // The outermost are open, for ids that are no hashes.
    holds: (column: string) =>
      [
        ...(index === 0 ? [] : [`${column} >= '${prefix(index)}'`]),
        ...(index === count - 1 ? [] : [`${column} < '${prefix(index + 1)}'`]),
      ].join(" AND ") || "true",
  }));
}
