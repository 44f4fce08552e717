import { objectOf } from "../json.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import { QueryValues } from "./query-values.js";
import type { RankedRow } from "./ranking.js";
import { READ_SETTINGS } from "./read-settings.js";
import type { ExpenseRow, ExpenseScope, ReadOptions } from "./source.js";

/** The columns of a row beside its document. */
export const RESOURCE_COLUMNS = `id, cloud_account_id, cluster_type_id, cloud_resource_id, name, resource_type, region, service_name,
  employee_id, pool_id, first_seen, last_seen, active, is_environment, constraint_violated`;

/** In the order of the columns, for their names would be a third of all that is read. */
export type ResourceColumns = [
  id: string,
  account: string,
  clusterTypeId: string,
  cloudResourceId: string | null,
  name: string | null,
  resourceType: string | null,
  region: string | null,
  serviceName: string | null,
  employeeId: string | null,
  poolId: string | null,
  firstSeen: number | null,
  lastSeen: number | null,
  active: boolean,
  isEnvironment: boolean,
  constraintViolated: boolean,
];

/** With the place of the ranked row, from 1. */
type StoredResource = [place: number, document: string, ...ResourceColumns];

/**
 * The rows with their documents, in the same order, each with its ranked row; found by primary key, so that no other
 * document is read. A resource that was removed since it was ranked is left out. Rows come in batches and become objects
 * only when they are asked for.
 */
export async function* storedRows<Ranked extends RankedRow>(
  clickHouse: ClickHouse,
  scope: ExpenseScope,
  ranked: readonly Ranked[],
  { signal }: ReadOptions = {},
): AsyncGenerator<{ ranked: Ranked; row: ExpenseRow }[]> {
  if (ranked.length === 0) return;
  const values = new QueryValues();
  const accounts = values.bind(
    "accounts",
    "Array(String)",
    ranked.map(({ account }) => account),
  );
  const ids = values.bind(
    "ids",
    "Array(String)",
    ranked.map(({ rowId }) => rowId),
  );
  const resources = clickHouse.batches<StoredResource>(
    `SELECT
       transform(id, ${ids}, arrayEnumerate(${ids}), 0) AS place, document, ${RESOURCE_COLUMNS}
     FROM resources FINAL
     WHERE (cloud_account_id, id) IN arrayZip(${accounts}, ${ids})
       AND (cloud_account_id != '' OR organization_id = ${values.bind("organization", "String", scope.organization.id)})
     ORDER BY place`,
    values.bound,
    { signal, settings: READ_SETTINGS, compact: true },
  );
  for await (const batch of resources) {
    yield batch.map(([place, document, ...columns]) => {
      const row = ranked[place - 1] as Ranked;
      return { ranked: row, row: expenseRow(columns, document, row, scope.organization.id) };
    });
  }
}

export function expenseRow(
  columns: ResourceColumns,
  text: string,
  { cost, saving }: Pick<RankedRow, "cost" | "saving">,
  organizationId: string,
): ExpenseRow {
  const [id, account, clusterTypeId, cloudResourceId, name, resourceType, region, serviceName, ...rest] = columns;
  const [ownerId, poolId, firstSeen, lastSeen, active, isEnvironment, constraintViolated] = rest;
  const document = objectOf(JSON.parse(text));
  const isCluster = account === "" && clusterTypeId !== "";
  return {
    id,
    organizationId,
    kind: isCluster ? "CLUSTER" : isEnvironment ? "ENVIRONMENT" : "REGULAR",
    cost,
    saving,
    cloudAccountId: account === "" ? null : account,
    cloudResourceId,
    resourceName: name,
    resourceType,
    region,
    serviceName,
    ownerId,
    poolId,
    active,
    constraintViolated,
    firstSeen,
    lastSeen,
    tags: objectOf(document.tags),
    // What is gone has no page in its cloud's console any more.
    meta: { ...objectOf(document.meta), ...(!active && { cloud_console_link: null }) },
    document,
  };
}
