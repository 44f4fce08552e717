import type { ClickHouse } from "../stores/clickhouse.js";
import { resourceCtes } from "./counted-resources.js";
import type { ResourceKind } from "./filter.js";
import { QueryValues } from "./query-values.js";
import { READ_SETTINGS } from "./read-settings.js";
import { kindExpression, recommendedExpression } from "./resource-conditions.js";
import type { AvailableValues, ExpenseScope, ReadOptions, TrafficEnd, ValueOfCloud } from "./source.js";
import { trafficFacts } from "./traffic-facts.js";

type Values = readonly [value: string | null][];
type ValuesOfAccounts = readonly [value: string | null, account: string][];

interface Found {
  readonly accounts: readonly string[];
  readonly pools: Values;
  readonly owners: Values;
  readonly regions: ValuesOfAccounts;
  readonly services: ValuesOfAccounts;
  readonly namespaces: ValuesOfAccounts;
  readonly nodes: ValuesOfAccounts;
  readonly k8sServices: ValuesOfAccounts;
  readonly types: readonly [name: string | null, kind: ResourceKind][];
  readonly tags: readonly string[];
  readonly active: readonly boolean[];
  readonly recommended: readonly boolean[];
  readonly violated: readonly boolean[];
}

/** Members of clusters are not looked at: what they have is found through their cluster (contract §12.2). */
const LOOKED_AT = "matches AND NOT is_member";

/** See ExpenseSource.availableValues. */
export async function readAvailableValues(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  options: ReadOptions = {},
): Promise<AvailableValues> {
  const [found, ends] = await Promise.all([
    readFound(clickHouse, scope, options),
    readTrafficEnds(clickHouse, scope, options),
  ]);
  const typeOf = accountTypes(scope);
  return {
    cloudAccountIds: found.accounts.filter((id) => id !== "").sort(),
    poolIds: found.pools.map(([value]) => value).sort(nullsLast),
    ownerIds: found.owners.map(([value]) => value).sort(nullsLast),
    regions: oncePerCloud(found.regions, typeOf),
    serviceNames: oncePerCloud(found.services, typeOf),
    k8sNamespaces: oncePerCloud(found.namespaces, typeOf),
    k8sNodes: oncePerCloud(found.nodes, typeOf),
    k8sServices: oncePerCloud(found.k8sServices, typeOf),
    resourceTypes: found.types
      .flatMap(([name, kind]) => (name === null ? [] : [{ name, kind }]))
      .sort((a, b) => compare(a.name, b.name) || compare(a.kind, b.kind)),
    tags: [...found.tags].sort(compare),
    active: [...found.active].sort(),
    recommendations: [...found.recommended].sort(),
    constraintViolated: [...found.violated].sort(),
    trafficFrom: trafficEnds(
      ends.map(({ from, account }) => [from, account] as const),
      typeOf,
    ),
    trafficTo: trafficEnds(
      ends.map(({ to, account }) => [to, account] as const),
      typeOf,
    ),
  };
}

async function readFound(clickHouse: ClickHouse, scope: ExpenseScope, { signal }: ReadOptions): Promise<Found> {
  const values = new QueryValues();
  const columns = [
    "pool_id",
    "employee_id",
    "region",
    "service_name",
    "k8s_namespace",
    "k8s_node",
    "k8s_service",
    "resource_type",
    "tag_keys",
    "active",
    "constraint_violated",
    `${kindExpression} AS kind`,
    `${recommendedExpression(scope, values)} AS recommended`,
  ];
  // groupUniqArray leaves out NULL, but not a tuple that holds one.
  const [found] = await clickHouse.query<Found>(
    `WITH ${resourceCtes(scope, values, columns)}
     SELECT
       groupUniqArray(cloud_account_id) AS accounts,
       groupUniqArray(tuple(pool_id)) AS pools,
       groupUniqArray(tuple(employee_id)) AS owners,
       groupUniqArray((region, cloud_account_id)) AS regions,
       groupUniqArray((service_name, cloud_account_id)) AS services,
       groupUniqArray((k8s_namespace, cloud_account_id)) AS namespaces,
       groupUniqArray((k8s_node, cloud_account_id)) AS nodes,
       groupUniqArray((k8s_service, cloud_account_id)) AS k8sServices,
       groupUniqArray((resource_type, kind)) AS types,
       groupUniqArrayArray(tag_keys) AS tags,
       groupUniqArray(active) AS active,
       groupUniqArray(toBool(recommended)) AS recommended,
       groupUniqArray(constraint_violated) AS violated
     FROM resource
     WHERE ${LOOKED_AT}`,
    values.bound,
    { signal, settings: READ_SETTINGS },
  );
  return found as Found;
}

async function readTrafficEnds(clickHouse: ClickHouse, scope: ExpenseScope, { signal }: ReadOptions) {
  const values = new QueryValues();
  const resources = resourceCtes(scope, values, ["cloud_resource_id"]);
  return clickHouse.query<{ from: string; to: string; account: string }>(
    `WITH ${resources}
     SELECT DISTINCT \`from\`, \`to\`, cloud_account_id AS account
     FROM (${trafficFacts(
       scope,
       values,
       `resource_id IN (SELECT cloud_resource_id FROM resource WHERE ${LOOKED_AT} AND cloud_resource_id IS NOT NULL)`,
     )})`,
    values.bound,
    { signal, settings: READ_SETTINGS },
  );
}

type AccountType = (account: string) => string;

function accountTypes({ accounts }: ExpenseScope): AccountType {
  const types = new Map<string, string>(accounts.map(({ id, type }) => [id, type]));
  return (account) => types.get(account) ?? "";
}

/** One entry for a value and type of account; absence is the same in every cloud. */
function oncePerCloud(found: ValuesOfAccounts, typeOf: AccountType): ValueOfCloud[] {
  const kept = new Map<string, ValueOfCloud>();
  for (const [value, cloudAccountId] of [...found].sort(([, a], [, b]) => compare(a, b))) {
    const name = JSON.stringify(value === null ? null : [value, typeOf(cloudAccountId)]);
    if (!kept.has(name)) kept.set(name, { value, cloudAccountId });
  }
  return [...kept.values()].sort((a, b) => nullsLast(a.value, b.value));
}

function trafficEnds(found: readonly (readonly [string, string])[], typeOf: AccountType): TrafficEnd[] {
  return oncePerCloud(
    found.map(([region, account]) => [region, account]),
    typeOf,
  ).map(({ value, cloudAccountId }) => ({ region: value as string, cloudAccountId }));
}

function nullsLast(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return compare(a, b);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
