import { z } from "zod";
import { CloudAccountType, PoolPurpose } from "../stores/generated/sqlite/enums.js";
import { LARGEST_AMOUNT } from "./storable.js";

const id = z.string().min(1);
const name = z.string();
/** OptScale's columns end in 2038. */
const epochSeconds = z.int().min(0).max(2_147_483_647);
/** 0 or absent while the row is alive. */
const deletedAt = epochSeconds.nullish().transform((value) => value ?? 0);
const amount = z.number().min(-LARGEST_AMOUNT).max(LARGEST_AMOUNT);
const optionalText = z.string().nullish();
const sign = z.union([z.literal(1), z.literal(-1)]).default(1);
/** ClickHouse's DateTime ends in 2106. */
const expenseDate = z.int().min(0).max(4_294_967_295);

/** The API shows values (`aws_cnr`), the database stores names (`AWS_CNR`). */
function apiValueOf<Name extends string>(names: Readonly<Record<Name, Name>>) {
  const values = Object.values<Name>(names).map((value) => value.toLowerCase());
  return z.enum(values as [string, ...string[]]).transform((value) => value.toUpperCase() as Name);
}

const row = z.looseObject;

/**
 * What one entry of each list of a snapshot must be. Columns that the gateway does not use may be there; a date
 * is in epoch seconds.
 */
export const snapshotRows = {
  tokens: row({ token: z.string().min(1), organizations: z.array(id), expired: z.boolean().default(false) }),
  organizations: row({
    id,
    name,
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, "expected three capital letters, an ISO 4217 code")
      .default("USD"),
    pool_id: optionalText,
    is_demo: z.boolean().default(false),
    created_at: epochSeconds.nullish(),
    deleted_at: deletedAt,
  }),
  pools: row({
    id,
    organization_id: id,
    name,
    parent_id: optionalText,
    purpose: apiValueOf(PoolPurpose).default("BUDGET"),
    limit: z.int().default(0),
    default_owner_id: optionalText,
    created_at: epochSeconds.nullish(),
    deleted_at: deletedAt,
  }),
  employees: row({
    id,
    organization_id: id,
    name,
    auth_user_id: optionalText,
    created_at: epochSeconds.nullish(),
    deleted_at: deletedAt,
  }),
  cloud_accounts: row({
    id,
    organization_id: id,
    name,
    type: apiValueOf(CloudAccountType),
    account_id: optionalText,
    parent_id: optionalText,
    /** Of a cluster's figures, where Metroculus does not say it. */
    currency: z.string().nullish(),
    metrics_credentials: z.object({ username: z.string().min(1), password: z.string() }).nullish(),
    created_at: epochSeconds.nullish(),
    deleted_at: deletedAt,
  }),
  checklists: row({
    id: id.optional(),
    organization_id: id,
    last_run: epochSeconds.nullish(),
    next_run: epochSeconds.nullish(),
    last_completed: epochSeconds.nullish(),
    created_at: epochSeconds.nullish(),
    deleted_at: deletedAt,
  }),
  resources: row({
    id,
    cloud_account_id: optionalText,
    organization_id: optionalText,
    cloud_resource_id: optionalText,
    first_seen: z.number().nullish(),
    last_seen: z.number().nullish(),
    deleted_at: z.number().nullish(),
    tags: z.record(z.string(), z.unknown()).nullish(),
    meta: z.record(z.string(), z.unknown()).nullish(),
  }),
  expenses: row({ cloud_account_id: id, resource_id: id, date: expenseDate, cost: amount, sign }),
  traffic_expenses: row({
    cloud_account_id: id,
    resource_id: id,
    date: expenseDate,
    type: z.enum(["outbound", "inbound"]).default("outbound"),
    from: z.string(),
    to: z.string(),
    usage: amount.default(0),
    cost: amount,
    sign,
  }),
} as const;

export type SnapshotKind = keyof typeof snapshotRows;
export type SnapshotRow<Kind extends SnapshotKind> = z.output<(typeof snapshotRows)[Kind]>;

export const snapshotKinds = Object.keys(snapshotRows) as SnapshotKind[];
