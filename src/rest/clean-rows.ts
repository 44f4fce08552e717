import type { CloudAccount, Employee, Pool } from "../accounts/accounts.js";
import type { ExpenseRow, ExpenseScope, TrafficExpense } from "../expenses/source.js";
import type { Services } from "../services.js";
import { type EpochSeconds, startOfDay } from "../time.js";

/** A row of `clean_expenses`: the resource document, with what belongs to it joined (contract §7.1). */
export type CleanRow = Record<string, unknown>;

/** What nearly every row has, as a row without any content. */
export const usualCleanRow: CleanRow = {
  id: "",
  resource_id: "",
  resource_name: "",
  cloud_resource_id: "",
  resource_type: "",
  service_name: "",
  cloud_account_id: "",
  region: "",
  employee_id: "",
  pool_id: "",
  last_seen: 0,
  active: false,
  is_environment: false,
  shareable: false,
  constraint_violated: false,
  tags: {},
  meta: {},
  cost: 0,
  saving: 0,
  owner: { id: "", name: "" },
  pool: { id: "", name: "", purpose: "" },
  cloud_account_name: "",
  cloud_account_type: "",
};

/** What rows refer to by id: live objects of the organization only. */
interface Joins {
  readonly accounts: ReadonlyMap<string, CloudAccount>;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly owners: ReadonlyMap<string, Employee>;
  /** Days as they are written, by their start: many rows share one, and writing a date takes as long as half a row. */
  readonly days: Map<EpochSeconds, string>;
}

export interface RowRequest {
  readonly services: Services;
  readonly scope: ExpenseScope;
  readonly limit: number | undefined;
  readonly signal: AbortSignal;
}

/** Keys that never leave the document (contract §7.1), or that are shown under another name. */
const hidden: ReadonlySet<string> = new Set([
  "id",
  "_id",
  "name",
  "recommendations",
  "dismissed_recommendations",
  "excluded_recommendations",
  "dismissed",
  "cluster_id",
  "raw_data_links",
]);

/** Rows whose traffic is asked for at once. */
const TRAFFIC_BATCH = 1_000;

/** All rows, or the `limit` dearest, dearest first, in batches. */
export async function* cleanRows({ services, scope, limit, signal }: RowRequest): AsyncGenerator<CleanRow[]> {
  const { expenses, resourceFacts } = services;
  const joins = await joinsOf(services, scope);
  const batches = expenses.rows(scope, limit, { signal, clusterSaving: "v2" });
  if (!(await resourceFacts.hasTraffic(scope.selectedAccountIds, scope.window, { signal }))) {
    for await (const batch of batches) yield batch.map((row) => cleanRow(row, joins, withoutTraffic));
    return;
  }
  for await (const batch of joined(batches, TRAFFIC_BATCH)) {
    const ids = batch.flatMap(({ cloudResourceId }) => (cloudResourceId ? [cloudResourceId] : []));
    const traffic = await expenses.traffic(scope, ids, { signal });
    yield batch.map((row) => cleanRow(row, joins, traffic));
  }
}

type Traffic = ReadonlyMap<string, readonly TrafficExpense[]>;
const withoutTraffic: Traffic = new Map();

/** Batches of at least this size, but for the last. */
async function* joined<T>(batches: AsyncIterable<readonly T[]>, size: number): AsyncGenerator<T[]> {
  let joint: T[] = [];
  for await (const batch of batches) {
    joint.push(...batch);
    if (joint.length < size) continue;
    yield joint;
    joint = [];
  }
  if (joint.length > 0) yield joint;
}

async function joinsOf({ accounts }: Services, scope: ExpenseScope): Promise<Joins> {
  const [pools, owners] = await Promise.all([
    accounts.poolsOf(scope.organization.id),
    accounts.employeesOf(scope.organization.id),
  ]);
  return { accounts: byId(scope.accounts), pools: byId(pools), owners: byId(owners), days: new Map() };
}

function byId<T extends { readonly id: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

function cleanRow(row: ExpenseRow, joins: Joins, traffic: Traffic): CleanRow {
  const { document } = row;
  const account = row.cloudAccountId === null ? undefined : joins.accounts.get(row.cloudAccountId);
  const owner = row.ownerId === null ? undefined : joins.owners.get(row.ownerId);
  const pool = row.poolId === null ? undefined : joins.pools.get(row.poolId);
  const clean: CleanRow = {
    id: row.id,
    resource_id: row.id,
    resource_name: document.name ?? null,
    ...passedThrough(document),
    region: row.region,
    employee_id: row.ownerId,
    pool_id: row.poolId,
    last_seen: document.last_seen ?? 0,
    active: row.active,
    is_environment: document.is_environment === true,
    shareable: document.shareable === true,
    constraint_violated: row.constraintViolated,
    tags: row.tags,
    meta: row.meta,
    cost: row.cost,
    saving: row.saving,
    owner: owner ? { id: owner.id, name: owner.name } : null,
    pool: pool ? { id: pool.id, name: pool.name, purpose: pool.purpose.toLowerCase() } : null,
  };
  if (account) {
    clean.cloud_account_name = account.name;
    clean.cloud_account_type = account.type.toLowerCase();
  }
  if (row.firstSeen !== null) clean._first_seen_date = midnight(row.firstSeen, joins);
  if (row.lastSeen !== null) clean._last_seen_date = midnight(row.lastSeen, joins);
  const facts = row.cloudResourceId ? traffic.get(row.cloudResourceId) : undefined;
  if (facts) clean.traffic_expenses = facts;
  return clean;
}

function passedThrough(document: Readonly<Record<string, unknown>>): CleanRow {
  // Without a prototype, `__proto__` is a key like any other.
  const shown = Object.create(null) as CleanRow;
  for (const key in document) {
    const value = document[key];
    if (hidden.has(key) || (key === "cloud_account_id" && (value === null || value === ""))) continue;
    shown[key] = value;
  }
  return shown;
}

/** A helper field of the original that leaks into its rows: a date-time without a zone. */
function midnight(instant: EpochSeconds, { days }: Joins): string {
  const start = startOfDay(instant);
  const known = days.get(start);
  if (known !== undefined) return known;
  const written = new Date(start * 1000).toISOString().slice(0, 19);
  days.set(start, written);
  return written;
}
