import type { ClickHouse } from "../stores/clickhouse.js";
import { boundedMemory, boundedMemorySql, settingsClause } from "./bounded-memory.js";

/** A fact table of a collapsing engine, and what tells its rows apart. */
interface FactTable {
  readonly name: "expenses" | "traffic_expenses";
  /** The sorting key: rows equal in it are one fact, and at a merge only the last of them stays. */
  readonly key: string;
  /** Summed over the rows of a fact. */
  readonly sums: readonly string[];
  /** A column that is neither, of which one value is kept. */
  readonly other?: string;
}

export const expenseFacts: FactTable = {
  name: "expenses",
  key: "cloud_account_id, date, resource_id",
  sums: ["cost"],
};

export const trafficFacts: FactTable = {
  name: "traffic_expenses",
  key: "cloud_account_id, resource_id, date, `from`, `to`",
  sums: ["usage", "cost"],
  other: "type",
};

/**
 * One thread, whatever else the bounds say: the row that takes back must lie before the one that stands in its place. A
 * merge keeps the first -1 and the last +1 of a key, and drops both when they come the other way round.
 */
const inRowOrder = settingsClause({ ...boundedMemory, max_insert_threads: 1 });

/** Which facts a replacement covers: what is there and not staged goes away. */
export interface Coverage {
  /** A condition on the fact table's columns. */
  readonly where: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Ends the names of this replacement's tables where the facts of one staging table are replaced part by part. */
  readonly part?: string;
}

/**
 * Makes the covered facts of a table equal to the staged ones by taking back what differs (sign -1) and adding
 * what is new. Doing it again changes nothing, so it can be repeated after a crash.
 */
export async function replaceFacts(
  clickHouse: ClickHouse,
  table: FactTable,
  staging: string,
  coverage: Coverage,
): Promise<void> {
  await removeOddFacts(clickHouse, table, staging, coverage);
  const { name, key, sums, other } = table;
  const columns = (render: (index: number) => string) => sums.map((_, index) => render(index + 1)).join(", ");
  await clickHouse.command(
    `
INSERT INTO ${name} (${key}, ${sums.join(", ")}, ${other ? `${other}, ` : ""}sign)
SELECT ${key}, ${columns((index) => `fact.1.${index}`)}, ${other ? "kept, " : ""}fact.2
FROM (${comparison(table, staging, coverage)})
ARRAY JOIN arrayConcat(
  if(stored_sign = 0, [], [(stored_sums, toInt8(-1))]),
  multiIf(
    staged_sign > 0, [(staged_sums, toInt8(1))],
    staged_sign < 0, [((${columns((index) => `-staged_sums.${index}`)},), toInt8(-1))],
    staged_sums = (${columns(() => "0.")},), [],
    [((${columns(() => "0.")},), toInt8(-1)), (staged_sums, toInt8(1))])
) AS fact
WHERE stored_sign != staged_sign OR stored_sums != staged_sums
${inRowOrder}`,
    coverage.parameters,
  );
}

/**
 * One row a fact: its sums and its sign as stored and as staged.
 *
 * One fact is one row: of two +1 rows with one key a merge would lose one, so a staged sign is 1 or -1. Where the
 * signs of a fact cancel out and its costs do not, both are kept (as a pair of rows), because readers drop a
 * resource by the sum of its signs over all days, which one day alone cannot tell.
 */
function comparison({ name, key, sums, other }: FactTable, staging: string, { where }: Coverage): string {
  const columns = [key, ...sums, ...(other ? [other] : []), "sign"].join(", ");
  const totals = (side: string) => `(${sums.map((sum) => `sumIf(${sum} * sign, ${side})`).join(", ")},)`;
  return `
  SELECT
    ${key},
    ${other ? `argMax(${other}, staged) AS kept,` : ""}
    ${totals("NOT staged")} AS stored_sums,
    ${totals("staged")} AS staged_sums,
    sumIf(toInt64(sign), NOT staged) AS stored_sign,
    sign(sumIf(toInt64(sign), staged)) AS staged_sign
  FROM (
    SELECT ${columns}, false AS staged FROM ${name} WHERE ${where}
    UNION ALL
    SELECT ${columns}, true AS staged FROM ${staging}
  )
  GROUP BY ${key}`;
}

/**
 * Deletes the rows of facts that are, or are to become, anything but one +1 row or nothing. Taking such rows back
 * leaves a history of signs that the next merge would collapse wrongly.
 */
async function removeOddFacts(
  clickHouse: ClickHouse,
  table: FactTable,
  staging: string,
  coverage: Coverage,
): Promise<void> {
  const { name, key, sums } = table;
  const odd = `${staging}_odd${coverage.part ?? ""}`;
  const nothing = `(${sums.map(() => "0.").join(", ")},)`;
  const selection = `
    SELECT ${key} FROM (${comparison(table, staging, coverage)})
    WHERE stored_sign NOT IN (0, 1) OR (stored_sign = 0 AND stored_sums != ${nothing})
      OR staged_sign < 0 OR (staged_sign = 0 AND staged_sums != ${nothing})`;
  // Found once and remembered: after a crash amid the deletion they could no longer be told.
  if (!(await isFilled(clickHouse, odd))) {
    const found = await clickHouse.query(`${selection} LIMIT 1 ${boundedMemorySql}`, coverage.parameters);
    if (found.length === 0) return;
    await clickHouse.command(
      `CREATE TABLE IF NOT EXISTS ${odd} ENGINE = MergeTree ORDER BY tuple() AS SELECT ${key} FROM ${name} WHERE false`,
    );
    await clickHouse.command(
      `INSERT INTO ${odd} ${selection}
       SETTINGS max_insert_threads = 1, max_execution_time = 0,
         min_insert_block_size_rows = 1000000000, min_insert_block_size_bytes = 0`,
      coverage.parameters,
    );
  }
  await clickHouse.command(
    `DELETE FROM ${name} WHERE (${key}) IN (SELECT ${key} FROM ${odd}) SETTINGS max_execution_time = 0`,
  );
}

async function isFilled(clickHouse: ClickHouse, table: string): Promise<boolean> {
  const [state] = await clickHouse.query<{ rows: number }>(
    "SELECT total_rows AS rows FROM system.tables WHERE database = currentDatabase() AND name = {table:String}",
    { table },
  );
  return (state?.rows ?? 0) > 0;
}
