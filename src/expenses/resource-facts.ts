import type { CloudAccount } from "../accounts/accounts.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import { clickHouseInstant, type EpochSeconds, type Window } from "../time.js";
import { columnOfDimension } from "./dimension-columns.js";
import type { BreakdownDimension, ReadOptions } from "./source.js";

/** Where a live resource belongs, without its costs. */
export interface StoredResource {
  readonly id: string;
  /** Null on cluster records. */
  readonly cloudAccountId: string | null;
  /** Only on cluster records. */
  readonly organizationId: string | null;
  readonly cloudResourceId: string | null;
  readonly firstSeen: EpochSeconds | null;
  readonly lastSeen: EpochSeconds | null;
}

/** One record of the bill; `record` holds what the provider wrote, if the import kept it. */
export interface BillingRecord {
  readonly cloudAccountId: string;
  readonly cloudResourceId: string | null;
  readonly start: EpochSeconds;
  /** Exclusive. */
  readonly end: EpochSeconds;
  readonly cost: number;
  readonly record: Readonly<Record<string, unknown>>;
}

/** An attribute to group costs by; the account is always told apart. */
export type EntityGroup = Exclude<BreakdownDimension, "CLOUD_ACCOUNT">;

/** Whose expenses: of whole accounts, or of the resources that carry these pools or this owner. */
export type Entity =
  | { readonly kind: "CLOUD_ACCOUNT" }
  | { readonly kind: "POOL" | "OWNER"; readonly ids: readonly string[] };

export interface EntityExpense {
  readonly date: EpochSeconds;
  readonly cloudAccountId: string;
  /** The attribute asked for; null when the resource has none, or none was asked for. */
  readonly group: string | null;
  readonly cost: number;
}

/**
 * What is known of resources one by one, beside the filtered expense queries of `ExpenseSource`. Every method reads
 * the accounts that it is given and no others; all reject with GatewayError STORE_UNAVAILABLE when the store fails.
 */
export class ResourceFacts {
  constructor(private readonly clickHouse: ClickHouse) {}

  /** A live resource or cluster record, or null. The caller checks the right to its account or organization. */
  async resource(id: string, options: ReadOptions = {}): Promise<StoredResource | null> {
    const [row] = await this.clickHouse.query<StoredResource>(
      `SELECT id, nullIf(cloud_account_id, '') AS cloudAccountId, nullIf(organization_id, '') AS organizationId,
         cloud_resource_id AS cloudResourceId, first_seen AS firstSeen, last_seen AS lastSeen
       FROM resources FINAL
       WHERE id = {id:String} AND deleted_at = 0
       ORDER BY cloud_account_id LIMIT 1`,
      { id },
      options,
    );
    return row ?? null;
  }

  /**
   * The records of the bill that start within [start, end) for a resource, and for a cluster's members. Where the
   * import kept none, one record a day stands in, made of what the expenses say.
   */
  async billingRecords(
    resourceId: string,
    accounts: readonly CloudAccount[],
    { start, end }: Window,
    options: ReadOptions = {},
  ): Promise<BillingRecord[]> {
    const parameters = { id: resourceId, accounts: accounts.map(({ id }) => id), ...bounds({ start, end }) };
    const members = `SELECT cloud_account_id, id, cloud_resource_id FROM resources FINAL
      WHERE cloud_account_id IN {accounts:Array(String)} AND (id = {id:String} OR cluster_id = {id:String})`;
    const kept = await this.clickHouse.query<BillingRecord & { record: string }>(
      `SELECT e.cloud_account_id AS cloudAccountId, m.cloud_resource_id AS cloudResourceId,
         toUnixTimestamp(e.start_date) AS start, toUnixTimestamp(e.end_date) AS end, e.cost AS cost, e.record AS record
       FROM raw_expenses AS e
       INNER JOIN (${members}) AS m ON e.cloud_account_id = m.cloud_account_id AND e.resource_id = m.id
       WHERE e.cloud_account_id IN {accounts:Array(String)}
         AND e.start_date >= toDateTime({start:UInt32}, 'UTC') AND e.start_date < toDateTime({end:UInt32}, 'UTC')
       ORDER BY e.cost DESC, e.start_date, e.record`,
      parameters,
      options,
    );
    if (kept.length > 0) return kept.map((row) => ({ ...row, record: JSON.parse(row.record) }));
    const daily = await this.clickHouse.query<Omit<BillingRecord, "record">>(
      `SELECT e.cloud_account_id AS cloudAccountId, m.cloud_resource_id AS cloudResourceId,
         toUnixTimestamp(e.date) AS start, toUnixTimestamp(e.date) + 86400 AS end, sum(e.cost * e.sign) AS cost
       FROM expenses AS e
       INNER JOIN (${members}) AS m ON e.cloud_account_id = m.cloud_account_id AND e.resource_id = m.id
       WHERE e.cloud_account_id IN {accounts:Array(String)}
         AND e.date >= toDateTime({start:UInt32}, 'UTC') AND e.date < toDateTime({end:UInt32}, 'UTC')
       GROUP BY e.cloud_account_id, m.id, m.cloud_resource_id, e.date
       HAVING sum(e.sign) > 0
       ORDER BY cost DESC, e.date, m.id`,
      parameters,
      options,
    );
    return daily.map((row) => ({ ...row, record: {} }));
  }

  /**
   * Costs by day (midnight UTC within the window, both bounds inclusive), account and one attribute, over resources
   * last seen at or after the window's start: deleted ones and members of clusters count, each under its own attribute.
   */
  async entityExpenses(
    entity: Entity,
    accounts: readonly CloudAccount[],
    window: Window,
    by: EntityGroup | null,
    options: ReadOptions = {},
  ): Promise<EntityExpense[]> {
    const group = by === null ? "CAST(NULL AS Nullable(String))" : `CAST(${columnOfDimension[by]} AS Nullable(String))`;
    const belongs =
      entity.kind === "CLOUD_ACCOUNT"
        ? "true"
        : `${entity.kind === "POOL" ? "pool_id" : "employee_id"} IN {ids:Array(String)}`;
    return this.clickHouse.query<EntityExpense>(
      `SELECT toUnixTimestamp(e.date) AS date, e.cloud_account_id AS cloudAccountId, r.grouped AS group,
         sum(e.cost * e.sign) AS cost
       FROM expenses AS e
       INNER JOIN (
         SELECT cloud_account_id, id, ${group} AS grouped FROM resources FINAL
         WHERE cloud_account_id IN {accounts:Array(String)} AND last_seen >= {seenSince:Int64} AND ${belongs}
       ) AS r ON e.cloud_account_id = r.cloud_account_id AND e.resource_id = r.id
       WHERE e.cloud_account_id IN {accounts:Array(String)}
         AND e.date >= toDateTime({start:UInt32}, 'UTC') AND e.date <= toDateTime({end:UInt32}, 'UTC')
       GROUP BY e.date, e.cloud_account_id, r.grouped
       HAVING sum(e.sign) > 0
       ORDER BY e.date, cost DESC, e.cloud_account_id, r.grouped`,
      {
        accounts: accounts.map(({ id }) => id),
        ids: entity.kind === "CLOUD_ACCOUNT" ? [] : [...entity.ids],
        seenSince: window.start,
        ...bounds(window),
      },
      options,
    );
  }

  /** Whether any traffic was recorded for these accounts in the window: most have none, and need not be asked row by row. */
  async hasTraffic(accountIds: readonly string[], window: Window, options: ReadOptions = {}): Promise<boolean> {
    const rows = await this.clickHouse.query(
      `SELECT 1 FROM traffic_expenses
       WHERE cloud_account_id IN {accounts:Array(String)}
         AND date >= toDateTime({start:UInt32}, 'UTC') AND date <= toDateTime({end:UInt32}, 'UTC')
       LIMIT 1`,
      { accounts: [...accountIds], ...bounds(window) },
      options,
    );
    return rows.length > 0;
  }

  /** How many resources of each account were seen in the window; accounts without any are left out. */
  async resourceCounts(
    accounts: readonly CloudAccount[],
    window: Window,
    options: ReadOptions = {},
  ): Promise<ReadonlyMap<string, number>> {
    const rows = await this.clickHouse.query<{ cloudAccountId: string; count: number }>(
      `SELECT cloud_account_id AS cloudAccountId, count() AS count FROM resources FINAL
       WHERE cloud_account_id IN {accounts:Array(String)} AND first_seen <= {end:Int64} AND last_seen >= {start:Int64}
       GROUP BY cloud_account_id`,
      { accounts: accounts.map(({ id }) => id), start: window.start, end: window.end },
      options,
    );
    return new Map(rows.map(({ cloudAccountId, count }) => [cloudAccountId, count]));
  }

  /** What the recommendations made at or after `since` would save on the resources of these pools, and how many there are. */
  async recommendationsOfPools(
    poolIds: readonly string[],
    accounts: readonly CloudAccount[],
    since: EpochSeconds,
    options: ReadOptions = {},
  ): Promise<{ saving: number; count: number }> {
    const [row] = await this.clickHouse.query<{ saving: number; count: number }>(
      `SELECT sum(saving) AS saving, sum(JSONLength(document, 'recommendations', 'modules')) AS count
       FROM resources FINAL
       WHERE cloud_account_id IN {accounts:Array(String)} AND pool_id IN {pools:Array(String)}
         AND recommended_at >= {since:Int64}`,
      { accounts: accounts.map(({ id }) => id), pools: [...poolIds], since },
      options,
    );
    return row ?? { saving: 0, count: 0 };
  }
}

function bounds({ start, end }: Window): { start: number; end: number } {
  return { start: clickHouseInstant(start), end: clickHouseInstant(end) };
}
