import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { SECONDS } from "./buckets.js";

/** Calls to Metroculus, and how cluster costs were come by. */
export class MetroculusMetrics {
  readonly #calls;
  readonly #circuit;
  readonly #lookUps;
  readonly #answers;
  readonly #age;
  readonly #sharedCache;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#calls = new Histogram({
      name: "expense_gateway_metroculus_call_duration_seconds",
      help: "Calls to Metroculus by endpoint and outcome: answered, or why there was no answer.",
      labelNames: ["endpoint", "outcome"],
      buckets: SECONDS,
      registers,
    });
    this.#circuit = new Gauge({
      name: "expense_gateway_metroculus_circuit_open",
      help: "1 while Metroculus is given a rest after repeated failures, else 0.",
      registers,
    });
    this.#circuit.set(0);
    this.#lookUps = new Counter({
      name: "expense_gateway_cluster_look_ups_total",
      help: "Look-ups of clusters: fresh and stale came from the cache, joined waited for another's call, called made its own.",
      labelNames: ["from"],
      registers,
    });
    this.#answers = new Counter({
      name: "expense_gateway_cluster_answers_total",
      help: "Cluster costs that were answered with, by status.",
      labelNames: ["status"],
      registers,
    });
    this.#age = new Histogram({
      name: "expense_gateway_cluster_answer_age_seconds",
      help: "How long before they were answered with cluster costs had been read from Metroculus.",
      buckets: [1, 20, 60, 300, 600, 3_600, 21_600, 86_400, 604_800],
      registers,
    });
    this.#sharedCache = new Counter({
      name: "expense_gateway_shared_cache_total",
      help: "Use of the cache in Redis: hit, miss, failed.",
      labelNames: ["outcome"],
      registers,
    });
    // From the start, so that a first failure is an increase from 0.
    for (const from of ["fresh", "stale", "joined", "called"]) this.#lookUps.inc({ from }, 0);
    for (const outcome of ["hit", "miss", "failed"]) this.#sharedCache.inc({ outcome }, 0);
  }

  /** The statuses that answers may have, each counted from 0. */
  know(statuses: Iterable<string>): void {
    for (const status of statuses) this.#answers.inc({ status }, 0);
  }

  call(endpoint: string, outcome: string, seconds: number): void {
    this.#calls.observe({ endpoint, outcome }, seconds);
  }

  circuit(open: boolean): void {
    this.#circuit.set(open ? 1 : 0);
  }

  lookUp(from: string): void {
    this.#lookUps.inc({ from });
  }

  /** @param ageSeconds null when nothing is known of the cluster */
  answer(status: string, ageSeconds: number | null): void {
    this.#answers.inc({ status });
    if (ageSeconds !== null) this.#age.observe(ageSeconds);
  }

  sharedCache(outcome: string): void {
    this.#sharedCache.inc({ outcome });
  }
}
