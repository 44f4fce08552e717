import { LRUCache } from "lru-cache";
import { ClusterSettings } from "../accounts/cluster-settings.js";
import { metricsCredentialsMatch, type SealedMetricsCredentials } from "../accounts/metrics-credentials.js";
import { secretDigest } from "../accounts/secrets.js";
import type { Databases, Relational } from "../stores/relational.js";

/** Whether a sender may write for a cloud account, and if not, why. */
export type Access = "granted" | "wrong-credentials" | "no-such-cluster" | "no-credentials";

/** Accounts change rarely and senders write often: how long either answer is remembered. */
const REMEMBERED_MS = 10_000;

/** Checks senders of samples against the credentials of the cluster's cloud account. */
export class ClusterAccess {
  private readonly found = new LRUCache<string, Promise<Cluster | null>>({ max: 10_000, ttl: REMEMBERED_MS });
  /** Keyed by a digest, so that no password stays in memory. */
  private readonly verdicts = new LRUCache<string, Promise<boolean>>({ max: 10_000, ttl: 6 * REMEMBERED_MS });

  private readonly relational: Relational;
  private readonly settings: ClusterSettings;

  constructor({ relational, own }: Databases) {
    this.relational = relational;
    this.settings = new ClusterSettings(own);
  }

  /** @param authorization the header as it came. @throws whatever the relational store throws */
  async check(cloudAccountId: string, authorization: string | undefined): Promise<Access> {
    const cluster = await this.clusterOf(cloudAccountId);
    if (cluster === null) return "no-such-cluster";
    const { sealed } = cluster;
    if (sealed === null) return "no-credentials";
    const credentials = basicCredentials(authorization);
    if (credentials === null) return "wrong-credentials";
    const digest = secretDigest(`${JSON.stringify(sealed)}\n${authorization}`);
    let verdict = this.verdicts.get(digest);
    if (verdict === undefined) {
      verdict = metricsCredentialsMatch(sealed, credentials);
      this.verdicts.set(digest, verdict);
    }
    return (await verdict) ? "granted" : "wrong-credentials";
  }

  /** A live Kubernetes account; null when there is none, which is asked anew each time. */
  private async clusterOf(cloudAccountId: string): Promise<Cluster | null> {
    let pending = this.found.get(cloudAccountId);
    if (pending === undefined) {
      pending = this.look(cloudAccountId);
      this.found.set(cloudAccountId, pending);
    }
    try {
      const cluster = await pending;
      if (cluster === null) this.found.delete(cloudAccountId);
      return cluster;
    } catch (error) {
      this.found.delete(cloudAccountId);
      throw error;
    }
  }

  private async look(cloudAccountId: string): Promise<Cluster | null> {
    const account = await this.relational.cloudAccount.findFirst({
      where: { id: cloudAccountId, type: "KUBERNETES_CNR", deletedAt: 0 },
      select: { id: true },
    });
    return account?.id === cloudAccountId ? { sealed: await this.settings.metricsCredentials(cloudAccountId) } : null;
  }
}

interface Cluster {
  /** What a sender has to present; null when nothing was set up. */
  readonly sealed: SealedMetricsCredentials | null;
}

function basicCredentials(authorization: string | undefined): { username: string; password: string } | null {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? null : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
