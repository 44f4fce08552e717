import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ClickHouse } from "../stores/clickhouse.js";
import { QueryValues } from "./query-values.js";
import { losesMembers, sliceRanking } from "./ranking.js";
import type { ExpenseRow, ExpenseScope, RowsOptions } from "./source.js";
import { expenseRow, RESOURCE_COLUMNS, type ResourceColumns } from "./stored-rows.js";

/** Rows of one file, which is read as a whole: some MB. */
const ROWS_OF_FILE = 8_192;
/** The engine has that many files open at once, each with a buffer; of more rows, each file holds more. */
const MOST_FILES = 24;
/** Rows that are objects at a time: so few that they die young. */
const BATCH = 50;
/** Documents of less than this share of the resources are looked up by key; else all documents are read. */
const FEW = 1 / 10;

/** The columns of `sliceRanking`. */
const RANKED =
  "row_id String, account String, cost Float64, saving Float64, is_charged Bool, is_cluster Bool, charged_rows UInt64, all_documents UInt64";

/** Documents pass through in blocks that are small, as their buffers are, and what is joined to them is the ranking. */
const SETTINGS = `SETTINGS max_threads = 2, max_insert_threads = 1, max_block_size = 2048, max_read_buffer_size = 131072,
  query_plan_join_swap_table = 'false', join_algorithm = 'hash', output_format_parallel_formatting = 0`;

export interface SpoolRequest {
  readonly limit: number | undefined;
  /** How many resources there are among which the rows are found. */
  readonly resources: number;
  /** Into how many slices their ranking falls. */
  readonly slices: number;
}

/**
 * See ExpenseSource.rows, for the engine in this process, which hands over each result as a whole. It sets aside on disk
 * what would not fit into memory: first the ranking, slice by slice; then, in one pass over the documents in the order
 * in which they are stored, each row in the file of its place in the order. Each file is then read and put in order.
 *
 * TSVRaw escapes nothing, so that a document can be read as it stands. JSON has line feeds and tabs between its values
 * only, where blanks do as well.
 */
export async function* spooledRows(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  { limit, resources, slices }: SpoolRequest,
  { signal, clusterSaving = "members" }: RowsOptions,
): AsyncGenerator<readonly ExpenseRow[]> {
  await using scratch = await clickHouse.scratch();
  const rankedFiles = join(scratch.path, "ranked_*");
  // No statement is left while it runs, for it would go on to write into a directory that is no more.
  for (let index = 0; index < slices; index++) {
    signal?.throwIfAborted();
    const { sql, parameters } = sliceRanking(scope, { index, of: slices }, limit, clusterSaving);
    await clickHouse.command(`INSERT INTO FUNCTION file({rankedFile:String}, 'Native', '${RANKED}') ${sql}`, {
      ...parameters,
      rankedFile: join(scratch.path, `ranked_${index}`),
    });
    await clickHouse.releaseMemory();
  }
  signal?.throwIfAborted();
  const found = await clickHouse.query<{ rows: number; documents: number }>(
    `SELECT count() AS rows, any(all_documents) AS documents FROM file({rankedFiles:String}, 'Native', '${RANKED}')
     GROUP BY _file`,
    { rankedFiles },
    { signal },
  );
  const sum = (of: (slice: { rows: number; documents: number }) => number) =>
    found.reduce((total, slice) => total + of(slice), 0);
  const rows = Math.min(
    sum((slice) => slice.rows),
    limit ?? Number.POSITIVE_INFINITY,
  );
  const rowsOfFile = Math.max(ROWS_OF_FILE, Math.ceil(rows / MOST_FILES));
  const withoutMembers = losesMembers(
    clusterSaving,
    sum((slice) => slice.documents),
    limit,
  );

  const values = new QueryValues();
  const ranked = `file(${values.bind("rankedFiles", "String", rankedFiles)}, 'Native', '${RANKED}')`;
  const chosen =
    limit === undefined
      ? ranked
      : `(SELECT * FROM ${ranked} ORDER BY is_charged DESC, cost DESC, row_id LIMIT ${values.bind("rowLimit", "UInt32", limit)})`;
  await clickHouse.command(
    `INSERT INTO FUNCTION file(${values.bind("rowFiles", "String", join(scratch.path, "rows_{_partition_id}"))}, 'TSVRaw', 'place UInt64, columns String, document String')
     PARTITION BY intDiv(place, ${values.bind("rowsOfFile", "UInt32", rowsOfFile)})
     SELECT place, toJSONString(tuple(cost, shown_saving, ${RESOURCE_COLUMNS})), translate(document, '\\n\\t', '  ')
     FROM (
       SELECT ${RESOURCE_COLUMNS}, document
       FROM resources FINAL
       WHERE cloud_account_id IN ${values.bind("accounts", "Array(String)", ["", ...scope.accounts.map(({ id }) => id)])}
         AND (cloud_account_id != '' OR organization_id = ${values.bind("organization", "String", scope.organization.id)})
         ${rows < resources * FEW ? `AND (cloud_account_id, id) IN (SELECT account, row_id FROM ${chosen})` : ""}
     ) AS resource
     INNER JOIN (
       SELECT account, row_id, cost, ${withoutMembers ? "if(is_cluster, 0, saving)" : "saving"} AS shown_saving,
         row_number() OVER (ORDER BY cost DESC, row_id) - 1 AS place
       FROM ${chosen}
     ) AS ranked ON ranked.account = resource.cloud_account_id AND ranked.row_id = resource.id
     ${SETTINGS}`,
    values.bound,
  );
  await clickHouse.releaseMemory();
  const files = new Set(await readdir(scratch.path));
  for (let index = 0; index * rowsOfFile < rows; index++) {
    if (!files.has(`rows_${index}`)) continue;
    const path = join(scratch.path, `rows_${index}`);
    const bytes = await readFile(path);
    await rm(path);
    yield* rowsOf(bytes, index * rowsOfFile, scope.organization.id, signal);
  }
}

const TAB = 9;
const NEWLINE = 10;

/** The rows of a file in order of their places, in batches that become objects only when they are asked for. */
function* rowsOf(
  bytes: Buffer,
  firstPlace: number,
  organizationId: string,
  signal: AbortSignal | undefined,
): Generator<readonly ExpenseRow[]> {
  const starts: number[] = [];
  for (let start = 0; start < bytes.length; start = bytes.indexOf(NEWLINE, start) + 1) {
    let place = 0;
    let digit = start;
    for (; bytes[digit] !== TAB; digit++) place = place * 10 + (bytes[digit] as number) - 48;
    starts[place - firstPlace] = digit + 1;
  }
  let batch: ExpenseRow[] = [];
  for (const start of starts) {
    // A resource that was removed since it was ranked has no row.
    if (start === undefined) continue;
    const line = bytes.toString("utf8", start, bytes.indexOf(NEWLINE, start));
    const tab = line.indexOf("\t");
    const [cost, saving, ...columns] = JSON.parse(line.slice(0, tab)) as [number, number, ...ResourceColumns];
    batch.push(expenseRow(columns, line.slice(tab + 1), { cost, saving }, organizationId));
    if (batch.length < BATCH) continue;
    signal?.throwIfAborted();
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
