import { z } from "zod";
import type { ExpenseRow } from "../expenses/source.js";

const text = z.string().nullish();
const flag = z.boolean().nullish();
const instant = z.number().nullish();
const keyed = z.record(z.string(), z.unknown()).nullish();
const named = z.object({ id: z.string(), name: z.string() });

/** What is read of a row of `clean_expenses` (contract §7.1); whatever else it holds is passed over, or on. */
export const cleanRow = z.looseObject({
  id: z.string().optional(),
  resource_id: z.string().optional(),
  cost: z.number(),
  saving: z.number().default(0),
  cloud_account_id: text,
  cloud_resource_id: text,
  cluster_type_id: text,
  resource_name: text,
  resource_type: text,
  region: text,
  service_name: text,
  employee_id: text,
  pool_id: text,
  active: flag,
  constraint_violated: flag,
  is_environment: flag,
  first_seen: instant,
  last_seen: instant,
  tags: keyed,
  meta: keyed,
  owner: named.nullish(),
  pool: z.object({ ...named.shape, purpose: z.string() }).nullish(),
  traffic_expenses: z
    .array(z.object({ from: z.string(), to: z.string(), usage: z.number(), cost: z.number() }))
    .nullish(),
});

export type CleanRow = z.output<typeof cleanRow>;

/** @returns undefined for a row without an id. */
export function expenseRow(row: CleanRow, organizationId: string): ExpenseRow | undefined {
  const id = row.id ?? row.resource_id;
  if (id === undefined) return undefined;
  return {
    id,
    organizationId,
    kind: row.cluster_type_id ? "CLUSTER" : row.is_environment ? "ENVIRONMENT" : "REGULAR",
    cost: row.cost,
    saving: row.saving,
    cloudAccountId: row.cloud_account_id || null,
    cloudResourceId: row.cloud_resource_id ?? null,
    resourceName: row.resource_name ?? null,
    resourceType: row.resource_type ?? null,
    region: row.region ?? null,
    serviceName: row.service_name ?? null,
    ownerId: row.employee_id ?? null,
    poolId: row.pool_id ?? null,
    active: row.active ?? false,
    constraintViolated: row.constraint_violated ?? false,
    firstSeen: row.first_seen ?? null,
    lastSeen: row.last_seen ?? null,
    tags: row.tags ?? {},
    meta: row.meta ?? {},
    document: row,
  };
}
