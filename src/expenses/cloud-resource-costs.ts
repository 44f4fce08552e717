import type { ClickHouse } from "../stores/clickhouse.js";
import { spentCtes } from "./charges.js";
import { QueryValues } from "./query-values.js";
import { READ_SETTINGS } from "./read-settings.js";
import type { CloudResourceCost, ExpenseScope, ReadOptions } from "./source.js";

/** What a resource is found by: its cloud id in lower case, of an ARN the part that follows the account. */
const foundBy = `replaceRegexpOne(
  replaceRegexpOne(lower(assumeNotNull(cloud_resource_id)), '^arn(:[^:]*){4}:', ''),
  '^(loadbalancer/)?(app|net|gwy)/([^/]+)/[0-9a-f]+$', 'loadbalancer/\\\\3')`;

/**
 * See ExpenseSource.costOfCloudResources. Resources count as in `totals` (alive, seen in the window): what is
 * compared with the cloud bill must be part of it.
 */
export async function readCostOfCloudResources(
  clickHouse: ClickHouse,
  { accounts, window }: Pick<ExpenseScope, "accounts" | "window">,
  cloudResourceIds: readonly string[],
  { signal }: ReadOptions = {},
): Promise<readonly CloudResourceCost[]> {
  if (cloudResourceIds.length === 0 || accounts.length === 0) return [];
  const values = new QueryValues();
  const sought = [...new Set(cloudResourceIds.map((id) => id.toLowerCase()))];
  const live = accounts.map(({ id }) => id);
  return clickHouse.query<CloudResourceCost>(
    `WITH ${spentCtes({ accounts, window, selectedAccountIds: live, includesClusterRecords: true }, values)}
     SELECT cloud_resource_id AS cloudResourceId, found_by AS foundBy, resource.cloud_account_id AS cloudAccountId, sum(spent.cost) AS cost
     FROM (
       SELECT id, cloud_account_id, assumeNotNull(cloud_resource_id) AS cloud_resource_id, ${foundBy} AS found_by
       FROM resources FINAL
       WHERE cloud_account_id IN ${values.bind("readAccounts", "Array(String)", live)}
         AND isNotNull(cloud_resource_id)
         AND found_by IN ${values.bind("cloudResourceIds", "Array(String)", sought)}
         AND deleted_at = 0
         AND first_seen <= ${values.bind("windowEnd", "Int64", window.end)}
         AND last_seen >= ${values.bind("windowStart", "Int64", window.start)}) AS resource
     LEFT JOIN spent ON spent.resource_id = resource.id
     GROUP BY cloudResourceId, foundBy, cloudAccountId
     ORDER BY cost DESC, cloudResourceId, cloudAccountId`,
    values.bound,
    { signal, settings: READ_SETTINGS },
  );
}
