import type { CloudAccount } from "../../src/accounts/accounts.js";
import { clickHouseExpenses } from "../../src/expenses/clickhouse-expenses.js";
import type { ExpenseFilter } from "../../src/expenses/filter.js";
import type { ExpenseScope, ExpenseSource } from "../../src/expenses/source.js";
import { resourceRow } from "../../src/imports/resource-row.js";
import type { ClusterCost } from "../../src/kubernetes/cluster-cost.js";
import type { ClickHouse } from "../../src/stores/clickhouse.js";
import { settled } from "./service-under-test.js";

export const acme = { id: "acme", name: "Acme", currency: "USD", poolId: null };

export function account(id: string, type: CloudAccount["type"]): CloudAccount {
  return { id, name: `The ${id}`, type, organizationId: acme.id };
}

/** Two clouds and two clusters. */
export const accounts = [
  account("aws", "AWS_CNR"),
  account("gcp", "GCP_CNR"),
  account("east", "KUBERNETES_CNR"),
  account("west", "KUBERNETES_CNR"),
];

export function scopeOf(filter: ExpenseFilter = {}): ExpenseScope {
  const named = filter.cloudAccountIds;
  return {
    organization: acme,
    window: settled,
    filter,
    accounts,
    selectedAccountIds: accounts.map(({ id }) => id).filter((id) => named === undefined || named.includes(id)),
    includesClusterRecords: named === undefined,
    namesAccounts: named !== undefined,
    poolIds: undefined,
    lastCompletedChecklist: 0,
  };
}

export interface BilledResource {
  readonly account: string;
  readonly cloudResourceId: string;
  readonly cost: number;
  readonly region?: string;
}

/** Writes resources and one day's expenses of each into a real store. */
export async function billed(clickHouse: ClickHouse, resources: readonly BilledResource[]): Promise<ExpenseSource> {
  await clickHouse.insert(
    "resources",
    resources.map(({ account, cloudResourceId, region = "eu-west-1" }) =>
      resourceRow(
        {
          id: `${account}/${cloudResourceId}`,
          cloud_account_id: account,
          cloud_resource_id: cloudResourceId,
          name: cloudResourceId,
          region,
          first_seen: settled.start,
          last_seen: settled.end,
          active: true,
        },
        1,
      ),
    ),
  );
  await clickHouse.insert(
    "expenses",
    resources.map(({ account, cloudResourceId, cost }) => ({
      cloud_account_id: account,
      resource_id: `${account}/${cloudResourceId}`,
      date: settled.start,
      cost,
      sign: 1,
    })),
  );
  return clickHouseExpenses(clickHouse);
}

/** A cluster's cost as the service would give it. */
export function costOf(cloudAccountId: string, cost: number | null, rest: Partial<ClusterCost> = {}): ClusterCost {
  return {
    cloudAccountId,
    window: settled,
    status: cost === null ? "UNAVAILABLE" : "OK",
    cost,
    currency: cost === null ? null : "USD",
    components: null,
    efficiency: null,
    method: cost === null ? null : "ALLOCATION",
    coverage: null,
    asOf: null,
    warnings: [],
    summary: null,
    ...rest,
  };
}
