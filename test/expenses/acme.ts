import type { CloudAccount, Organization } from "../../src/accounts/accounts.js";
import type { ExpenseFilter } from "../../src/expenses/filter.js";
import type { ExpenseRow, ExpenseScope } from "../../src/expenses/source.js";
import { type ResourceDocument, resourceRow } from "../../src/imports/resource-row.js";
import type { ClickHouse } from "../../src/stores/clickhouse.js";
import type { Window } from "../../src/time.js";

/** 2020-01-14T00:00:00Z */
export const T0 = 1_578_960_000;
export const DAY = 86_400;

/** A row of the expenses table; sign 1 unless given. */
export interface Charge {
  readonly cloud_account_id: string;
  readonly resource_id: string;
  readonly date: number;
  readonly cost: number;
  readonly sign?: 1 | -1;
}

export interface TrafficFact extends Charge {
  readonly from: string;
  readonly to: string;
  readonly usage: number;
}

export interface Books {
  readonly documents: readonly ResourceDocument[];
  readonly charges: readonly Charge[];
  readonly traffic?: readonly TrafficFact[];
}

/** Puts books in place of what the store held. */
export async function keep(clickHouse: ClickHouse, { documents, charges, traffic = [] }: Books): Promise<void> {
  for (const table of ["resources", "expenses", "traffic_expenses"])
    await clickHouse.command(`TRUNCATE TABLE ${table}`);
  await clickHouse.insert(
    "resources",
    documents.map((document) => resourceRow(document, 1)),
  );
  const signed = <Fact extends Charge>(facts: readonly Fact[]) => facts.map((fact) => ({ sign: 1, ...fact }));
  await clickHouse.insert("expenses", signed(charges));
  await clickHouse.insert(
    "traffic_expenses",
    signed(traffic).map((fact) => ({ ...fact, type: "outbound" })),
  );
}

export const acme: Organization = { id: "acme", name: "Acme", currency: "USD", poolId: null };

export function account(id: string, type: CloudAccount["type"] = "AWS_CNR", organizationId = acme.id): CloudAccount {
  return { id, name: id, type, organizationId };
}

/** A scope as `resolveScope` makes it, for accounts and pools that are known to exist. */
export function scopeOf(
  accounts: readonly CloudAccount[],
  window: Window,
  filter: ExpenseFilter = {},
  lastCompletedChecklist = 0,
): ExpenseScope {
  const named = filter.cloudAccountIds?.length ? filter.cloudAccountIds : undefined;
  return {
    organization: acme,
    window,
    filter,
    accounts,
    selectedAccountIds: named ? named.filter((id) => id !== null) : accounts.map(({ id }) => id),
    includesClusterRecords: named === undefined || named.includes(null),
    namesAccounts: named !== undefined,
    poolIds: filter.pools?.length ? filter.pools.map(({ id }) => id) : undefined,
    lastCompletedChecklist,
  };
}

export async function collected(batches: AsyncIterable<readonly ExpenseRow[]>): Promise<ExpenseRow[]> {
  const rows: ExpenseRow[] = [];
  for await (const batch of batches) rows.push(...batch);
  return rows;
}
