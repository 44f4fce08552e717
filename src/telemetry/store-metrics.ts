import { Gauge, Histogram, type Registry } from "prom-client";
import { SECONDS } from "./buckets.js";
import type { StoreName } from "./store-call.js";

export type StoreOutcome = "ok" | "refused" | "failed" | "cancelled";

/** Calls to ClickHouse and to the relational database, and whether what the gateway depends on answers. */
export class StoreMetrics {
  readonly #calls;
  readonly #up;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#calls = new Histogram({
      name: "expense_gateway_store_call_duration_seconds",
      help: "Calls to a store until their rows are there, or begin to come: ok, refused (the statement's fault), failed, cancelled.",
      labelNames: ["store", "operation", "outcome"],
      buckets: SECONDS,
      registers,
    });
    this.#up = new Gauge({
      name: "expense_gateway_dependency_up",
      help: "1 if a dependency answered when /readyz was last asked, else 0.",
      labelNames: ["dependency"],
      registers,
    });
  }

  call(store: StoreName, operation: string, outcome: StoreOutcome, seconds: number): void {
    this.#calls.observe({ store, operation, outcome }, seconds);
  }

  dependency(dependency: string, isUp: boolean): void {
    this.#up.set({ dependency }, isUp ? 1 : 0);
  }
}
