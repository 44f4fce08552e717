import type { Relational } from "../stores/relational.js";
import type { CloudAccountType, PoolPurpose } from "./accounts.js";

/** A cloud account's whole row, but for its configuration, which holds credentials. Timestamps are epoch seconds; null or 0 = never yet. */
export interface CloudAccountRecord {
  readonly id: string;
  readonly name: string;
  readonly type: CloudAccountType;
  readonly organizationId: string;
  readonly costModelId: string | null;
  readonly autoImport: boolean;
  readonly importPeriod: number;
  readonly lastImportAt: number | null;
  readonly lastImportModifiedAt: number | null;
  readonly accountId: string | null;
  readonly processRecommendations: boolean;
  readonly lastImportAttemptAt: number | null;
  readonly lastImportAttemptError: string | null;
  readonly lastGettingMetricsAt: number | null;
  readonly lastGettingMetricAttemptAt: number | null;
  readonly lastGettingMetricAttemptError: string | null;
  readonly cleanedAt: number | null;
  readonly parentId: string | null;
  /** Whether its bill comes with that of another account; null when its configuration is encrypted. */
  readonly linked: boolean | null;
  readonly createdAt: number;
  readonly deletedAt: number;
}

export interface OrganizationRecord {
  readonly id: string;
  readonly name: string;
  readonly poolId: string | null;
  readonly isDemo: boolean;
  readonly currency: string;
  readonly createdAt: number;
  readonly deletedAt: number;
}

export interface PoolRecord {
  readonly id: string;
  readonly name: string;
  /** In the organization's currency; 0 = none set. */
  readonly limit: bigint;
  readonly purpose: PoolPurpose;
  readonly organizationId: string;
  readonly parentId: string | null;
  readonly defaultOwnerId: string | null;
  readonly createdAt: number;
  readonly deletedAt: number;
}

const alive = { deletedAt: 0 } as const;
const byName = [{ name: "asc" }, { id: "asc" }] as const;

/** Whole rows of organizations, accounts and pools, for answers that show them. Deleted rows are never returned. */
export class AccountRecords {
  constructor(private readonly relational: Relational) {}

  /** All there are. The caller picks those that may be shown. */
  organizations(): Promise<OrganizationRecord[]> {
    return this.relational.organization.findMany({ where: alive, orderBy: [...byName] });
  }

  /** The caller checks the right to it. */
  organization(id: string): Promise<OrganizationRecord | null> {
    return this.relational.organization.findFirst({ where: { id, ...alive } });
  }

  async cloudAccountsOf(organizationId: string): Promise<CloudAccountRecord[]> {
    const rows = await this.relational.cloudAccount.findMany({
      where: { organizationId, ...alive },
      orderBy: [...byName],
    });
    return rows.map(withoutConfig);
  }

  /** The caller checks the right to its organization. */
  async cloudAccount(id: string): Promise<CloudAccountRecord | null> {
    const row = await this.relational.cloudAccount.findFirst({ where: { id, ...alive } });
    return row?.id === id ? withoutConfig(row) : null;
  }

  poolsOf(organizationId: string): Promise<PoolRecord[]> {
    return this.relational.pool.findMany({ where: { organizationId, ...alive }, orderBy: [...byName] });
  }

  /** The caller checks the right to its organization. */
  async pool(id: string): Promise<PoolRecord | null> {
    const row = await this.relational.pool.findFirst({ where: { id, ...alive } });
    return row?.id === id ? row : null;
  }
}

function withoutConfig({
  config,
  ...row
}: Omit<CloudAccountRecord, "linked"> & { readonly config: string }): CloudAccountRecord {
  return { ...row, linked: linkedOf(config) };
}

function linkedOf(config: string): boolean | null {
  try {
    return Boolean((JSON.parse(config) as { linked?: unknown } | null)?.linked);
  } catch {
    return null;
  }
}
