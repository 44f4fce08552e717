import { columnsOf, sealedIn } from "../accounts/cluster-settings.js";
import { costCurrencyOf } from "../accounts/cost-currency.js";
import {
  metricsCredentialsMatch,
  type SealedMetricsCredentials,
  sealMetricsCredentials,
} from "../accounts/metrics-credentials.js";
import { secretDigest } from "../accounts/secrets.js";
import { GatewayError } from "../errors.js";
import type { Stores } from "../stores/stores.js";
import { type EpochSeconds, now } from "../time.js";
import type { Transaction } from "./journal.js";
import type { SnapshotKind, SnapshotRow } from "./snapshot-rows.js";

/** The relational kinds of a snapshot. They are small: an organization has thousands of such rows, not millions. */
export type OrganizationKind = Exclude<SnapshotKind, "resources" | "expenses" | "traffic_expenses">;

/** The relational part of a snapshot; a kind that is missing is left alone. */
export type OrganizationRows = { readonly [Kind in OrganizationKind]?: readonly SnapshotRow<Kind>[] };

/** Tokens that came from a snapshot bear this name; only they are replaced by the next one. */
const SNAPSHOT_TOKEN = "snapshot";

type OrganizationPart = "pools" | "employees" | "cloud_accounts" | "checklists";

/**
 * Replaces each kind that is there, for the organizations that the snapshot lists and those that its rows of that
 * kind belong to. What is the same before and after keeps when it was created and how its credentials are sealed.
 * @throws GatewayError BAD_IMPORT_FILE when an id belongs to an organization that is not replaced.
 */
export async function replaceOrganizations(transaction: Transaction, rows: OrganizationRows): Promise<void> {
  const at = now();
  for (const row of rows.organizations ?? []) {
    const data = {
      name: row.name,
      poolId: row.pool_id ?? null,
      isDemo: row.is_demo,
      currency: row.currency,
      deletedAt: row.deleted_at,
    };
    await transaction.organization.upsert({
      where: { id: row.id },
      create: { id: row.id, ...data, createdAt: row.created_at ?? at },
      update: { ...data, ...(row.created_at != null && { createdAt: row.created_at }) },
    });
  }
  if (rows.pools) await replacePools(transaction, rows.pools, concerned(rows, "pools"), at);
  if (rows.employees) await replaceEmployees(transaction, rows.employees, concerned(rows, "employees"), at);
  if (rows.cloud_accounts) {
    await replaceCloudAccounts(transaction, rows.cloud_accounts, concerned(rows, "cloud_accounts"), at);
  }
  if (rows.checklists) await replaceChecklists(transaction, rows.checklists, concerned(rows, "checklists"), at);
  if (rows.tokens) await replaceTokens(transaction, rows, rows.tokens, at);
}

function concerned(rows: OrganizationRows, kind: OrganizationPart): string[] {
  const ids = new Set(rows.organizations?.map((row) => row.id));
  for (const row of rows[kind] ?? []) ids.add(row.organization_id);
  return [...ids];
}

/** Ids of organizations that rows belong to and that are nowhere: nobody sees these rows until they are imported. */
export async function missingOrganizations({ relational }: Stores, rows: OrganizationRows): Promise<string[]> {
  const kinds = ["pools", "employees", "cloud_accounts", "checklists"] as const;
  const missing = new Set(kinds.flatMap((kind) => concerned(rows, kind)));
  await inChunks([...missing], async (chunk) => {
    for (const { id } of await relational.organization.findMany({ where: { id: { in: [...chunk] } } }))
      missing.delete(id);
  });
  return [...missing].sort();
}

async function replacePools(
  transaction: Transaction,
  rows: readonly SnapshotRow<"pools">[],
  organizationIds: string[],
  at: EpochSeconds,
): Promise<void> {
  const before = await transaction.pool.findMany({ where: { organizationId: { in: organizationIds } } });
  const createdAt = creationTimes(before, at);
  await transaction.pool.deleteMany({ where: { organizationId: { in: organizationIds } } });
  await inChunks(rows, async (chunk) => {
    const ids = chunk.map((row) => row.id);
    refuseForeign("pools", rows, await transaction.pool.findFirst({ where: { id: { in: ids } } }));
    await transaction.pool.createMany({
      data: chunk.map((row) => ({
        id: row.id,
        limit: row.limit,
        name: row.name,
        organizationId: row.organization_id,
        parentId: row.parent_id ?? null,
        purpose: row.purpose,
        defaultOwnerId: row.default_owner_id ?? null,
        createdAt: createdAt(row),
        deletedAt: row.deleted_at,
      })),
    });
  });
}

async function replaceEmployees(
  transaction: Transaction,
  rows: readonly SnapshotRow<"employees">[],
  organizationIds: string[],
  at: EpochSeconds,
): Promise<void> {
  const before = await transaction.employee.findMany({ where: { organizationId: { in: organizationIds } } });
  const createdAt = creationTimes(before, at);
  await transaction.employee.deleteMany({ where: { organizationId: { in: organizationIds } } });
  await inChunks(rows, async (chunk) => {
    const ids = chunk.map((row) => row.id);
    refuseForeign("employees", rows, await transaction.employee.findFirst({ where: { id: { in: ids } } }));
    await transaction.employee.createMany({
      data: chunk.map((row) => ({
        id: row.id,
        name: row.name,
        organizationId: row.organization_id,
        authUserId: row.auth_user_id ?? null,
        createdAt: createdAt(row),
        deletedAt: row.deleted_at,
      })),
    });
  });
}

async function replaceCloudAccounts(
  transaction: Transaction,
  rows: readonly SnapshotRow<"cloud_accounts">[],
  organizationIds: string[],
  at: EpochSeconds,
): Promise<void> {
  const before = await transaction.cloudAccount.findMany({ where: { organizationId: { in: organizationIds } } });
  const createdAt = creationTimes(before, at);
  await transaction.cloudAccount.deleteMany({ where: { organizationId: { in: organizationIds } } });
  await inChunks(rows, async (chunk) => {
    const ids = chunk.map((row) => row.id);
    const foreign = await transaction.cloudAccount.findFirst({ where: { id: { in: ids } } });
    refuseForeign("cloud_accounts", rows, foreign);
    await transaction.cloudAccount.createMany({
      data: chunk.map((row) => ({
        id: row.id,
        name: row.name,
        type: row.type,
        config: "{}",
        organizationId: row.organization_id,
        accountId: row.account_id ?? null,
        parentId: row.parent_id ?? null,
        createdAt: createdAt(row),
        deletedAt: row.deleted_at,
      })),
    });
  });
  const accountsBefore = before.map(({ id }) => id);
  await replaceClusterSettings(transaction, rows, accountsBefore);
}

/** The password is sealed with a new salt each time, so an unchanged one keeps the seal that it has. */
async function replaceClusterSettings(
  transaction: Transaction,
  rows: readonly SnapshotRow<"cloud_accounts">[],
  accountsBefore: readonly string[],
): Promise<void> {
  const before = new Map<string, SealedMetricsCredentials | null>();
  await inChunks(accountsBefore, async (ids) => {
    const found = await transaction.clusterSettings.findMany({ where: { cloudAccountId: { in: [...ids] } } });
    for (const settings of found) before.set(settings.cloudAccountId, sealedIn(settings));
    await transaction.clusterSettings.deleteMany({ where: { cloudAccountId: { in: [...ids] } } });
  });
  for (const { id, currency, metrics_credentials: credentials } of rows) {
    const costCurrency = costCurrencyOf(currency);
    if (!credentials && costCurrency === null) continue;
    const known = before.get(id);
    const unchanged = credentials && known && (await metricsCredentialsMatch(known, credentials));
    await transaction.clusterSettings.create({
      data: {
        cloudAccountId: id,
        costCurrency,
        ...(credentials && columnsOf(unchanged ? known : sealMetricsCredentials(credentials))),
      },
    });
  }
}

async function replaceChecklists(
  transaction: Transaction,
  rows: readonly SnapshotRow<"checklists">[],
  organizationIds: string[],
  at: EpochSeconds,
): Promise<void> {
  const before = await transaction.checklist.findMany({ where: { organizationId: { in: organizationIds } } });
  const createdAt = creationTimes(before, at);
  await transaction.checklist.deleteMany({ where: { organizationId: { in: organizationIds } } });
  await transaction.checklist.createMany({
    data: rows.map((row, index) => {
      const id = row.id ?? `${row.organization_id}:${index}`;
      return {
        id,
        organizationId: row.organization_id,
        lastRun: row.last_run ?? row.last_completed ?? 0,
        nextRun: row.next_run ?? 0,
        lastCompleted: row.last_completed ?? 0,
        createdAt: createdAt({ id, created_at: row.created_at }),
        deletedAt: row.deleted_at,
      };
    }),
  });
}

/** Tokens made by `token create` are not the snapshot's to take away. */
async function replaceTokens(
  transaction: Transaction,
  { organizations }: OrganizationRows,
  tokens: readonly SnapshotRow<"tokens">[],
  at: EpochSeconds,
): Promise<void> {
  const organizationIds = new Set(organizations?.map((row) => row.id));
  for (const token of tokens) for (const id of token.organizations) organizationIds.add(id);
  const digests = tokens.map((token) => secretDigest(token.token));
  await transaction.apiTokenScope.deleteMany({
    where: { organizationId: { in: [...organizationIds] }, token: { name: SNAPSHOT_TOKEN } },
  });
  await transaction.apiToken.deleteMany({
    where: { OR: [{ tokenSha256: { in: digests } }, { name: SNAPSHOT_TOKEN, scopes: { none: {} } }] },
  });
  for (const token of tokens) {
    await transaction.apiToken.create({
      data: {
        tokenSha256: secretDigest(token.token),
        name: SNAPSHOT_TOKEN,
        createdAt: at,
        // Any instant that has passed.
        expiresAt: token.expired ? 1 : null,
        scopes: { create: [...new Set(token.organizations)].map((organizationId) => ({ organizationId })) },
      },
    });
  }
}

function creationTimes(before: readonly { readonly id: string; readonly createdAt: number }[], at: EpochSeconds) {
  const known = new Map(before.map((row) => [row.id, row.createdAt]));
  return (row: { readonly id: string; readonly created_at?: number | null | undefined }): EpochSeconds =>
    row.created_at ?? known.get(row.id) ?? at;
}

function refuseForeign(
  kind: OrganizationPart,
  rows: readonly { readonly id?: string | undefined }[],
  foreign: { readonly id: string } | null,
): void {
  if (foreign === null) return;
  const index = rows.findIndex((row) => row.id === foreign.id);
  throw new GatewayError(
    "BAD_IMPORT_FILE",
    `${kind}[${index}].id: ${foreign.id} belongs to an organization that the snapshot does not list.`,
    { details: { path: `${kind}[${index}].id` } },
  );
}

/** Bounded statements: SQLite takes a limited number of parameters. */
async function inChunks<Row>(rows: readonly Row[], write: (chunk: readonly Row[]) => Promise<void>): Promise<void> {
  const size = 500;
  for (let offset = 0; offset < rows.length; offset += size) await write(rows.slice(offset, offset + size));
}

/** Which organization each known account belongs to: as the store has it, overruled by the snapshot. */
export async function accountOrganizations(stores: Stores, rows: OrganizationRows): Promise<Map<string, Set<string>>> {
  const organizations = new Map<string, Set<string>>();
  const add = (id: string, organizationId: string) => {
    const known = organizations.get(id);
    if (known) known.add(organizationId);
    else organizations.set(id, new Set([organizationId]));
  };
  const stored = await stores.relational.cloudAccount.findMany({ select: { id: true, organizationId: true } });
  for (const account of stored) add(account.id, account.organizationId);
  for (const account of rows.cloud_accounts ?? []) add(account.id, account.organization_id);
  return organizations;
}
