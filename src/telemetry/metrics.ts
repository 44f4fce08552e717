import { collectDefaultMetrics, Registry } from "prom-client";
import { ClusterGauges } from "./cluster-gauges.js";
import { GraphQLMetrics } from "./graphql-metrics.js";
import { HttpMetrics } from "./http-metrics.js";
import { MetroculusMetrics } from "./metroculus-metrics.js";
import { SampleMetrics } from "./sample-metrics.js";
import { StoreMetrics } from "./store-metrics.js";
import { UpstreamMetrics } from "./upstream-metrics.js";

/**
 * Everything that `/metrics` tells, in rooms. Each label takes its values from a bounded set; no label and no value
 * carries a name, a cost or a credential.
 */
export class Metrics {
  readonly #registry = new Registry();
  /** Apart, because whoever may see how the gateway fares need not learn which clusters there are. */
  readonly #clusterRegistry = new Registry();

  readonly http = new HttpMetrics(this.#registry);
  readonly graphql = new GraphQLMetrics(this.#registry);
  readonly metroculus = new MetroculusMetrics(this.#registry);
  readonly stores = new StoreMetrics(this.#registry);
  readonly upstream = new UpstreamMetrics(this.#registry);
  readonly samples = new SampleMetrics(this.#registry);
  readonly clusters = new ClusterGauges(this.#clusterRegistry);

  constructor() {
    // From the start, so that the first scrape has something to tell.
    processRegistry();
  }

  /** In Prometheus's text format; with `clusters`, what names single clusters too. */
  async text({ clusters }: { readonly clusters: boolean }): Promise<string> {
    const registries = [processRegistry(), this.#registry, ...(clusters ? [this.#clusterRegistry] : [])];
    return (await Promise.all(registries.map((registry) => registry.metrics()))).join("\n");
  }

  readonly contentType = this.#registry.contentType;
}

let ofProcess: Registry | undefined;

/** Event-loop lag, memory, processor time, garbage collection: there is one process, however many gateways it runs. */
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
