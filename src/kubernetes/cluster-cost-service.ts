import type { Config } from "../config.js";
import type { Logger } from "../log.js";
import { awaitingOthers } from "../request-record.js";
import { type Tracing, untraced } from "../telemetry/tracing.js";
import { type EpochSeconds, now as systemNow } from "../time.js";
import { type Budget, startBudget } from "./budget.js";
import { CachedLookUp, type LookUpPolicy } from "./cached-look-up.js";
import {
  type ClusterCost,
  type ClusterCostRequest,
  type ClusterCostService,
  type ClusterInventory,
  type ClusterWindow,
  clusterWindowKey,
  type LookUpOptions,
  type NamespaceCost,
} from "./cluster-cost.js";
import { ClusterCostReader } from "./cluster-cost-reader.js";
import { inCurrency } from "./currency.js";
import { figuresSource } from "./figures-source.js";
import { readInventory } from "./inventory.js";
import { type ClusterReading, failedReading } from "./judging.js";
import { lookUpFailed, readingOf } from "./look-up-outcome.js";
import { MethodHistory } from "./method-history.js";
import { MetroculusClient } from "./metroculus-client.js";
import { readNamespaces } from "./namespaces.js";
import type { Observation } from "./observation.js";
import { RedisCache, redisLocation } from "./redis-cache.js";
import { revivedReading } from "./revived-reading.js";
import { type CallLimits, Upstream } from "./upstream.js";

export interface ClusterCostServiceOptions {
  /** Base of Metroculus, without `/metroculus/v2`; asked for at each call, because our own port is known late. */
  readonly baseUrl: () => string;
  readonly secret: string;
  readonly config: Pick<Config, "METROCULUS_TIMEOUT_MS" | "K8S_COSTS_BUDGET_MS" | "K8S_COSTS_CONCURRENCY"> &
    Partial<
      Pick<Config, "REDIS_URL" | "REDIS_CA_FILE" | "METROCULUS_URL" | "THANOS_URL" | "CLICKHOUSE_URL" | "DATA_DIR">
    >;
  readonly log: Logger;
  /** The currencies (ISO 4217) that clusters are set up to cost in, by account id, as far as they are; for each look-up anew. */
  readonly costCurrencies?: (cloudAccountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  /** Told what happens, for metrics. */
  readonly observe?: (observation: Observation) => void;
  readonly tracing?: Tracing;
  /** The clock by which answers age. */
  readonly now?: () => EpochSeconds;
}

/** A Prometheus that keeps up sends nothing older than this. */
const LIVE_SAMPLES_SECONDS = 600;

export function createClusterCostService(options: ClusterCostServiceOptions): MetroculusClusterCosts {
  return new MetroculusClusterCosts(options);
}

/** See ClusterCostService. */
export class MetroculusClusterCosts implements ClusterCostService {
  readonly #client: MetroculusClient;
  readonly #upstream: Upstream;
  readonly #costs: CachedLookUp<ClusterReading>;
  readonly #namespaces: CachedLookUp<Found<NamespaceCost[]>>;
  readonly #inventories: CachedLookUp<Found<ClusterInventory>>;
  readonly #redis: RedisCache<ClusterReading> | null;
  readonly #methods = new MethodHistory();
  readonly #costCurrencies: NonNullable<ClusterCostServiceOptions["costCurrencies"]>;
  readonly #observe: (observation: Observation) => void;
  readonly #budgetMs: number;
  readonly #log: Logger;
  readonly #now: () => EpochSeconds;

  constructor(options: ClusterCostServiceOptions) {
    const { baseUrl, secret, config, log, observe = () => {}, tracing = untraced, now = systemNow } = options;
    this.#costCurrencies = options.costCurrencies ?? (async () => new Map());
    this.#log = log;
    this.#now = now;
    this.#budgetMs = config.K8S_COSTS_BUDGET_MS;
    this.#observe = (observation) => {
      if (observation.kind === "circuit") log.warn(observation, `the circuit to Metroculus is ${observation.state}`);
      else log.trace(observation, "cluster costs");
      observe(observation);
    };
    this.#client = new MetroculusClient({
      baseUrl,
      secret,
      timeoutMs: config.METROCULUS_TIMEOUT_MS,
      connections: config.K8S_COSTS_CONCURRENCY,
      tracing,
    });
    this.#upstream = new Upstream(this.#client, config.K8S_COSTS_CONCURRENCY, this.#observe);
    const location = redisLocation(config);
    this.#redis =
      location === null
        ? null
        : new RedisCache({ location, source: figuresSource(config), log, observe: this.#observe, revive: costOfKey });
    const common = { budgetMs: this.#budgetMs, now, observe: this.#observe };
    const reader = new ClusterCostReader(this.#upstream, now);
    this.#costs = new CachedLookUp<ClusterReading>({
      ...common,
      shared: this.#redis,
      name: COST,
      read: (cluster, limits) => reader.read(cluster, limits),
      isGood: ({ cost }) => cost !== null,
      isWhole: ({ status }) => status === "OK",
    });
    const extra = <Value>(
      name: string,
      read: (cluster: ClusterWindow, limits: CallLimits) => Promise<Value | null>,
    ): LookUpPolicy<Found<Value>> => ({
      ...common,
      shared: null,
      name,
      read: async (cluster, limits) => ({ found: await read(cluster, limits) }),
      isGood: ({ found }) => found !== null,
      isWhole: () => true,
    });
    this.#namespaces = new CachedLookUp(
      extra("namespaces", (cluster, limits) => readNamespaces(this.#upstream, cluster, limits)),
    );
    this.#inventories = new CachedLookUp(
      extra("inventory", (cluster, limits) => readInventory(this.#upstream, cluster, limits)),
    );
  }

  async load(requests: readonly ClusterCostRequest[], options: LookUpOptions = {}): Promise<ClusterCost[]> {
    using budget = this.#budgetOf(options);
    using _ = awaitingOthers();
    const pending = new Map<string, Promise<ClusterReading>>();
    for (const request of requests) {
      const key = clusterWindowKey(request);
      if (pending.has(key)) continue;
      const lookedUp = this.#costs.get(request, budget.signal);
      pending.set(
        key,
        lookedUp.then(
          (found) => readingOf(request, found, budget.exhausted),
          (error: unknown) => {
            this.#log.error({ err: error }, "a cluster's cost could not be looked up");
            return failedReading(request, lookUpFailed);
          },
        ),
      );
    }
    const ids = [...new Set(requests.map(({ cloudAccountId }) => cloudAccountId))];
    const [currencies, found] = await Promise.all([this.#costCurrencies(ids), Promise.all(pending.values())]);
    const readings = this.#methods.qualify(found);
    const byKey = new Map(readings.map((reading) => [clusterWindowKey(reading), reading]));
    for (const { status, cloudAccountId, window, coverage, cost, asOf } of readings) {
      const known = cost === null ? null : asOf;
      this.#observe({ kind: "answer", status, cloudAccountId, windowEnd: window.end, coverage, asOf: known });
    }
    return requests.map((request) =>
      inCurrency(
        byKey.get(clusterWindowKey(request)) as ClusterReading,
        request,
        currencies.get(request.cloudAccountId),
      ),
    );
  }

  async namespaces(cluster: ClusterWindow, options: LookUpOptions = {}): Promise<NamespaceCost[] | null> {
    return this.#foundBy(this.#namespaces, cluster, options);
  }

  async inventory(cluster: ClusterWindow, options: LookUpOptions = {}): Promise<ClusterInventory | null> {
    return this.#foundBy(this.#inventories, cluster, options);
  }

  /**
   * Samples of a cluster became readable that reach back to `oldest`: what is remembered of the time since then is
   * looked up anew. Live samples change nothing, for open windows are remembered briefly anyway.
   */
  samplesArrived(cloudAccountId: string, oldest: EpochSeconds): void {
    if (oldest > this.#now() - LIVE_SAMPLES_SECONDS) return;
    for (const lookUp of this.#lookUps) lookUp.outdate(cloudAccountId, oldest);
  }

  /** Whether Metroculus takes our calls, whatever it answers to them. */
  metroculusAnswers(): Promise<boolean> {
    return this.#client.answers();
  }

  /** Whether the connection to Redis stands; undefined when there is none to be had. */
  redisAnswers(): boolean | undefined {
    return this.#redis?.isConnected;
  }

  async close(): Promise<void> {
    for (const lookUp of this.#lookUps) lookUp.close();
    await Promise.all([this.#client.close(), this.#redis?.close()]);
  }

  get #lookUps() {
    return [this.#costs, this.#namespaces, this.#inventories];
  }

  #budgetOf({ signal, budget }: LookUpOptions): Budget {
    return startBudget(budget?.left(this.#budgetMs) ?? this.#budgetMs, signal);
  }

  async #foundBy<Value>(
    lookUp: CachedLookUp<Found<Value>>,
    cluster: ClusterWindow,
    options: LookUpOptions,
  ): Promise<Value | null> {
    using budget = this.#budgetOf(options);
    using _ = awaitingOthers();
    try {
      const { latest, lastGood } = await lookUp.get(cluster, budget.signal);
      return latest?.found ?? lastGood?.found ?? null;
    } catch (error) {
      this.#log.error({ err: error }, "a cluster's particulars could not be looked up");
      return null;
    }
  }
}

const COST = "cost";

/** Nothing that lies under a wrong key is believed: it is another cluster's. */
function costOfKey(found: unknown, key: string): ClusterReading | null {
  const reading = revivedReading(found);
  return reading !== null && key === `${COST}:${clusterWindowKey(reading)}` ? reading : null;
}

/** What an endpoint that not every Metroculus has brought; null when it brought nothing. */
interface Found<Value> {
  readonly found: Value | null;
}
