import type { OwnTables } from "../stores/relational.js";
import {
  type MetricsCredentials,
  type SealedMetricsCredentials,
  sealMetricsCredentials,
} from "./metrics-credentials.js";

/** What can be set up for a Kubernetes account here; what is absent stays as it is. */
export interface ClusterSettingsChange {
  /** ISO 4217; null = not known. */
  readonly costCurrency?: string | null;
  readonly metricsCredentials?: MetricsCredentials;
}

/** What this project keeps of Kubernetes accounts, beside OptScale's own rows of them. */
export class ClusterSettings {
  constructor(private readonly own: OwnTables) {}

  /** The currencies that clusters' costs are set up to be in, by account id; those without one are missing. */
  async costCurrencies(cloudAccountIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (cloudAccountIds.length === 0) return new Map();
    const rows = await this.own.clusterSettings.findMany({
      where: { cloudAccountId: { in: [...cloudAccountIds] }, costCurrency: { not: null } },
      select: { cloudAccountId: true, costCurrency: true },
    });
    return new Map(rows.map(({ cloudAccountId, costCurrency }) => [cloudAccountId, costCurrency as string]));
  }

  /** What an account's Prometheus has to present, or null when nothing is set up. */
  async metricsCredentials(cloudAccountId: string): Promise<SealedMetricsCredentials | null> {
    const row = await this.own.clusterSettings.findUnique({ where: { cloudAccountId } });
    return row && sealedIn(row);
  }

  async change(cloudAccountId: string, { costCurrency, metricsCredentials }: ClusterSettingsChange): Promise<void> {
    const data = {
      ...(costCurrency !== undefined && { costCurrency }),
      ...(metricsCredentials && columnsOf(sealMetricsCredentials(metricsCredentials))),
    };
    await this.own.clusterSettings.upsert({
      where: { cloudAccountId },
      create: { cloudAccountId, ...data },
      update: data,
    });
  }
}

interface SealedColumns {
  readonly metricsUsername: string | null;
  readonly metricsSalt: string | null;
  readonly metricsHash: string | null;
}

export function columnsOf({ username, salt, hash }: SealedMetricsCredentials): SealedColumns {
  return { metricsUsername: username, metricsSalt: salt, metricsHash: hash };
}

export function sealedIn({
  metricsUsername,
  metricsSalt,
  metricsHash,
}: SealedColumns): SealedMetricsCredentials | null {
  return metricsUsername === null || metricsSalt === null || metricsHash === null
    ? null
    : { username: metricsUsername, salt: metricsSalt, hash: metricsHash };
}
