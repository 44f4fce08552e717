import type { ClickHouse } from "../stores/clickhouse.js";
import {
  type CompactSliceRow,
  losesMembers,
  type SliceRow,
  type Statement,
  sliceRanking,
  sliceRow,
} from "./ranking.js";
import type { ClusterSaving, ExpenseRow, ExpenseScope, RowsOptions } from "./source.js";
import { spooledRows } from "./spooled-rows.js";
import { storedRows } from "./stored-rows.js";

/** Resources that are ranked by one query: what it holds of them, in the engine and here, is some 20 MB. */
const RANKED_AT_ONCE = 25_000;
/**
 * Documents that are read by one query, as some MB of bytes. The dearest lie anywhere in the table, so that each query
 * reads most of it; a server takes no more ids in one parameter than fit into 128 KB.
 */
const READ_AT_ONCE = { embedded: 4_000, server: 2_500 } as const;

/**
 * See ExpenseSource.rows. So that no query holds much, the order is read in slices, which are merged, and documents
 * follow by key. The engine in this process sets aside on disk what is more than one slice: see `spooledRows`.
 */
export async function* readRows(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  limit: number | undefined,
  { signal, clusterSaving = "members" }: RowsOptions = {},
): AsyncGenerator<readonly ExpenseRow[]> {
  const resources =
    limit !== undefined && limit <= RANKED_AT_ONCE ? 0 : await storedResources(clickHouse, scope, signal);
  const of = Math.max(1, Math.ceil(resources / RANKED_AT_ONCE));
  if (of > 1 && clickHouse.kind === "embedded") {
    yield* spooledRows(clickHouse, scope, { limit, resources, slices: of }, { signal, clusterSaving });
    return;
  }
  const heads: Head[] = [];
  // One after the other: at the same time the queries would hold as much as one for all.
  for (let index = 0; index < of; index++) {
    const from = sliceRows(clickHouse, sliceRanking(scope, { index, of }, limit, clusterSaving), signal);
    const { value: rows, done } = await from.next();
    if (!done) heads.push({ rows, next: 0, from });
  }
  const atOnce = READ_AT_ONCE[clickHouse.kind];
  const dearest = limit === undefined ? merged(heads, atOnce) : limited(heads, atOnce, limit, clusterSaving);
  for await (const ranked of dearest) {
    for await (const batch of storedRows(clickHouse, scope, ranked, { signal })) yield batch.map(({ row }) => row);
  }
}

/** How many resources there are among which rows are found. */
async function storedResources(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  signal: AbortSignal | undefined,
): Promise<number> {
  const [stored] = await clickHouse.query<{ resources: number }>(
    "SELECT count() AS resources FROM resources WHERE cloud_account_id IN {accounts:Array(String)}",
    { accounts: scope.accounts.map(({ id }) => id) },
    { signal },
  );
  return stored?.resources ?? 0;
}

async function* sliceRows(
  clickHouse: ClickHouse,
  { sql, parameters }: Statement,
  signal: AbortSignal | undefined,
): AsyncGenerator<SliceRow[]> {
  const batches = clickHouse.batches<CompactSliceRow>(sql, parameters, { signal, compact: true });
  for await (const batch of batches) yield batch.map(sliceRow);
}

/** A slice that was read up to a row that is yet to be taken. */
interface Head {
  rows: SliceRow[];
  next: number;
  readonly from: AsyncIterator<SliceRow[]>;
}

const rowOf = ({ rows, next }: Head) => rows[next] as SliceRow;

/** The `limit` dearest rows among those with charges, filled up with others (contract §9); dearest first, ties by id. */
async function* limited(
  heads: Head[],
  atOnce: number,
  limit: number,
  clusterSaving: ClusterSaving,
): AsyncGenerator<SliceRow[]> {
  const sum = (of: (row: SliceRow) => number) => heads.reduce((total, head) => total + of(rowOf(head)), 0);
  const withoutMembers = losesMembers(
    clusterSaving,
    sum(({ documents }) => documents),
    limit,
  );
  let charged = Math.min(
    limit,
    sum(({ chargedRows }) => chargedRows),
  );
  let others = limit - charged;
  for await (const batch of merged(heads, atOnce)) {
    const taken = batch.filter(({ isCharged }) => (isCharged ? charged-- : others--) > 0);
    if (taken.length > 0) yield taken.map((row) => (withoutMembers && row.isCluster ? { ...row, saving: 0 } : row));
  }
}

/** Rows of several slices in the order of one: dearest first, ties by id; so many at a time. */
async function* merged(heads: Head[], atOnce: number): AsyncGenerator<SliceRow[]> {
  let batch: SliceRow[] = [];
  while (heads.length > 0) {
    let first = 0;
    for (let other = 1; other < heads.length; other++) {
      if (precedes(rowOf(heads[other]!), rowOf(heads[first]!))) first = other;
    }
    const head = heads[first]!;
    batch.push(rowOf(head));
    if (++head.next === head.rows.length) {
      const { value: rows, done } = await head.from.next();
      if (done) heads.splice(first, 1);
      else Object.assign(head, { rows, next: 0 });
    }
    if (batch.length < atOnce) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

function precedes(a: SliceRow, b: SliceRow): boolean {
  return a.cost > b.cost || (a.cost === b.cost && a.rowId < b.rowId);
}
