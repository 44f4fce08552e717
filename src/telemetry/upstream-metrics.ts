import { Histogram, type Registry } from "prom-client";
import { SECONDS } from "./buckets.js";

/** Calls to other services than Metroculus: an OptScale, its auth service, an identity provider. */
export class UpstreamMetrics {
  readonly #calls;

  constructor(registry: Registry) {
    this.#calls = new Histogram({
      name: "expense_gateway_upstream_call_duration_seconds",
      help: "Calls to other services until their answer starts, by the first digit of its status; none: there was no answer.",
      labelNames: ["service", "status"],
      buckets: SECONDS,
      registers: [registry],
    });
  }

  /** @param status null when there was no answer */
  call(service: string, status: number | null, seconds: number): void {
    this.#calls.observe({ service, status: status === null ? "none" : `${Math.floor(status / 100)}xx` }, seconds);
  }
}
