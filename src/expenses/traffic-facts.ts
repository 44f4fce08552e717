import type { ClickHouse } from "../stores/clickhouse.js";
import { clickHouseInstant } from "../time.js";
import type { TrafficSelector } from "./filter.js";
import { QueryValues } from "./query-values.js";
import { READ_SETTINGS } from "./read-settings.js";
import type { ExpenseScope, ReadOptions, TrafficExpense } from "./source.js";

/**
 * The condition that traffic filters put on a resource; undefined without such filters. The account of a fact and that
 * of the resource need not be the same (contract §5.2).
 */
export function trafficCondition(scope: ExpenseScope, values: QueryValues): string | undefined {
  const { trafficFrom, trafficTo } = scope.filter;
  if (!trafficFrom?.length && !trafficTo?.length) return undefined;
  if (asksForNoCloudId(scope)) return "cloud_resource_id IS NULL";
  return `cloud_resource_id IN (SELECT resource_id FROM (${trafficFacts(scope, values)}))`;
}

/** See ExpenseSource.traffic. */
export async function readTraffic(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  cloudResourceIds: readonly string[],
  { signal }: ReadOptions = {},
): Promise<ReadonlyMap<string, readonly TrafficExpense[]>> {
  const found = new Map<string, TrafficExpense[]>();
  if (cloudResourceIds.length === 0 || asksForNoCloudId(scope)) return found;
  const values = new QueryValues();
  const ids = values.bind("cloudResourceIds", "Array(String)", cloudResourceIds);
  const rows = await clickHouse.query<TrafficExpense & { resource_id: string }>(
    `SELECT resource_id, \`from\`, \`to\`, usage, cost
     FROM (${trafficFacts(scope, values, `resource_id IN ${ids}`)})
     ORDER BY resource_id, \`from\`, \`to\`, cloud_account_id`,
    values.bound,
    { signal, settings: READ_SETTINGS },
  );
  for (const { resource_id, ...fact } of rows) {
    const facts = found.get(resource_id);
    if (facts) facts.push(fact);
    else found.set(resource_id, [fact]);
  }
  return found;
}

/** A SELECT of the window's facts that pass the traffic filters, one row an (account, cloud resource, from, to). */
export function trafficFacts(scope: ExpenseScope, values: QueryValues, condition = "true"): string {
  return `
    SELECT cloud_account_id, resource_id, \`from\`, \`to\`, sum(usage * sign) AS usage, sum(cost * sign) AS cost
    FROM traffic_expenses
    WHERE cloud_account_id IN ${values.bind("trafficAccounts", "Array(String)", scope.selectedAccountIds)}
      AND date BETWEEN toDateTime(${values.bind("trafficStart", "UInt32", clickHouseInstant(scope.window.start))}, 'UTC')
        AND toDateTime(${values.bind("trafficEnd", "UInt32", clickHouseInstant(scope.window.end))}, 'UTC')
      AND ${endCondition("from", scope.filter.trafficFrom, scope, values)}
      AND ${endCondition("to", scope.filter.trafficTo, scope, values)}
      AND ${condition}
    GROUP BY cloud_account_id, resource_id, \`from\`, \`to\`
    HAVING sum(sign) > 0`;
}

/** Null on either side asks for resources without a cloud id, to which no traffic can belong. */
function asksForNoCloudId({ filter: { trafficFrom, trafficTo } }: ExpenseScope): boolean {
  return Boolean(trafficFrom?.includes(null) || trafficTo?.includes(null));
}

/** A region counts together with the type of the fact's account, whose case does not matter; ANY lifts the condition. */
function endCondition(
  end: "from" | "to",
  selectors: readonly TrafficSelector[] | undefined,
  { accounts }: ExpenseScope,
  values: QueryValues,
): string {
  if (!selectors?.length || selectors.includes("ANY")) return "true";
  const conditions = selectors.flatMap((selector, index) => {
    if (selector === null || selector === "ANY") return [];
    const type = selector.cloudType.toLowerCase();
    const ofType = accounts.filter((account) => account.type.toLowerCase() === type).map(({ id }) => id);
    const region = values.bind(`${end}Region${index}`, "String", selector.region);
    return [
      `(\`${end}\` = ${region} AND cloud_account_id IN ${values.bind(`${end}Accounts${index}`, "Array(String)", ofType)})`,
    ];
  });
  return `(${conditions.join(" OR ")})`;
}
