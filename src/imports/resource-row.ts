import { objectOf } from "../json.js";
import { LARGEST_AMOUNT } from "./storable.js";

/** A resource as OptScale's Mongo keeps it, with `id` for `_id` and tags with clear keys. Any key may be missing. */
export interface ResourceDocument {
  readonly id: string;
  readonly [key: string]: unknown;
}

/** A row of the `resources` table, column for column. */
export interface ResourceRow {
  readonly cloud_account_id: string;
  readonly id: string;
  readonly organization_id: string;
  readonly cluster_id: string;
  readonly cluster_type_id: string;
  readonly cloud_resource_id: string | null;
  readonly name: string | null;
  readonly resource_type: string | null;
  readonly region: string | null;
  readonly service_name: string | null;
  readonly employee_id: string | null;
  readonly pool_id: string | null;
  readonly k8s_node: string | null;
  readonly k8s_namespace: string | null;
  readonly k8s_service: string | null;
  readonly created_by_kind: string | null;
  readonly created_by_name: string | null;
  readonly tag_keys: readonly string[];
  readonly first_seen: number | null;
  readonly last_seen: number | null;
  readonly deleted_at: number;
  readonly active: boolean;
  readonly is_environment: boolean;
  readonly constraint_violated: boolean;
  readonly recommended_at: number | null;
  readonly saving: number;
  readonly document: string;
  readonly version: number;
  readonly removed: 0 | 1;
}

/**
 * The row that a resource document is stored as. The document itself is kept whole.
 * @param version of several rows of one resource the one with the highest version counts
 */
export function resourceRow(document: ResourceDocument, version: number): ResourceRow {
  const cloudAccountId = text(document.cloud_account_id) ?? "";
  return {
    cloud_account_id: cloudAccountId,
    id: document.id,
    // Who owns a resource of an account is the account's business; only cluster records say it themselves.
    organization_id: cloudAccountId === "" ? (text(document.organization_id) ?? "") : "",
    cluster_id: text(document.cluster_id) ?? "",
    cluster_type_id: text(document.cluster_type_id) ?? "",
    cloud_resource_id: text(document.cloud_resource_id),
    name: text(document.name),
    resource_type: text(document.resource_type),
    region: text(document.region),
    service_name: text(document.service_name),
    employee_id: text(document.employee_id),
    pool_id: text(document.pool_id),
    k8s_node: text(document.k8s_node),
    k8s_namespace: text(document.k8s_namespace),
    k8s_service: text(document.k8s_service),
    created_by_kind: text(document.created_by_kind),
    created_by_name: text(document.created_by_name),
    tag_keys: Object.keys(objectOf(document.tags)),
    // Bounds of windows are whole seconds: rounded inward, a fraction changes no comparison with them.
    first_seen: rounded(document.first_seen, Math.ceil),
    last_seen: rounded(document.last_seen, Math.floor),
    deleted_at: rounded(document.deleted_at, Math.ceil) ?? 0,
    active: document.active === true,
    is_environment: document.is_environment === true,
    constraint_violated: document.constraint_violated === true,
    ...recommendationsOf(document),
    document: JSON.stringify(document),
    version,
    removed: 0,
  };
}

function recommendationsOf(document: ResourceDocument): Pick<ResourceRow, "recommended_at" | "saving"> {
  const { run_timestamp, modules } = objectOf(document.recommendations);
  let saving = 0;
  for (const module of Array.isArray(modules) ? modules : []) {
    const part = objectOf(module).saving;
    if (typeof part === "number" && Math.abs(part) <= LARGEST_AMOUNT) saving += part;
  }
  return { recommended_at: rounded(run_timestamp, Math.floor), saving };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function rounded(value: unknown, round: (value: number) => number): number | null {
  if (typeof value !== "number" || !Number.isFinite(value)) return null;
  // Further away than any window either way; ClickHouse would not read more digits.
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(round(value), Number.MAX_SAFE_INTEGER));
}
