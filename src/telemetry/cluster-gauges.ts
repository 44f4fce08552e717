import { LRUCache } from "lru-cache";
import { Gauge, type Registry } from "prom-client";

const LABEL = ["cloud_account_id"] as const;
/** More clusters than this are not told of one by one: those seen last are. */
const MOST_CLUSTERS = 1_000;
const HOUR_MS = 3_600_000;

/** What is known of single clusters: how old and how complete, never what they cost. */
export class ClusterGauges {
  readonly #coverage;
  readonly #age;
  readonly #known;
  readonly #lastSample;

  /** @param clock by which values age, in milliseconds */
  constructor(registry: Registry, clock: Clock = performance) {
    // A cluster that nobody asks for any more, or that is gone, must not be told of for ever.
    this.#coverage = gaugeOfClusters(registry, clock, 6 * HOUR_MS, {
      name: "expense_gateway_cluster_coverage_ratio",
      help: "Share of the window looked up last, among those that reach into the last day, for which a cluster has samples.",
    });
    this.#known = gaugeOfClusters(registry, clock, 6 * HOUR_MS, {
      name: "expense_gateway_cluster_cost_known",
      help: "1 if the last look-up of such a window found the cluster's cost, else 0.",
    });
    this.#age = gaugeOfClusters(registry, clock, 6 * HOUR_MS, {
      name: "expense_gateway_cluster_cost_age_seconds",
      help: "How old the figures of the last such answer were when it was given.",
    });
    this.#lastSample = gaugeOfClusters(registry, clock, 7 * 24 * HOUR_MS, {
      name: "expense_gateway_cluster_last_sample_timestamp_seconds",
      help: "Time of a cluster's newest sample taken by remote_write since the start.",
    });
  }

  /** @param coverage 0 to 1; null when it cannot be told. @param ageSeconds null when the cost is not known. */
  answered(cloudAccountId: string, coverage: number | null, ageSeconds: number | null): void {
    this.#known(cloudAccountId, ageSeconds === null ? 0 : 1);
    this.#coverage(cloudAccountId, coverage);
    this.#age(cloudAccountId, ageSeconds);
  }

  sampled(cloudAccountId: string, newestSeconds: number): void {
    this.#lastSample(cloudAccountId, newestSeconds, Math.max);
  }
}

interface Clock {
  now(): number;
}

/** Sets a cluster's value; null takes it back. */
type SetCluster = (
  cloudAccountId: string,
  value: number | null,
  merge?: (earlier: number, value: number) => number,
) => void;

function gaugeOfClusters(
  registry: Registry,
  perf: Clock,
  ttl: number,
  { name, help }: { name: string; help: string },
): SetCluster {
  const values = new LRUCache<string, number>({ max: MOST_CLUSTERS, ttl, ttlResolution: 0, perf });
  new Gauge({
    name,
    help,
    labelNames: LABEL,
    registers: [registry],
    collect() {
      this.reset();
      values.purgeStale();
      for (const [cloudAccountId, value] of values.entries()) this.set({ cloud_account_id: cloudAccountId }, value);
    },
  });
  return (cloudAccountId, value, merge) => {
    if (value === null) {
      values.delete(cloudAccountId);
      return;
    }
    const earlier = merge && values.peek(cloudAccountId);
    values.set(cloudAccountId, merge && earlier !== undefined ? merge(earlier, value) : value);
  };
}
