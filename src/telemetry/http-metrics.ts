import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { OTHER } from "./bounded-names.js";
import { SECONDS } from "./buckets.js";

const methods = new Set(["GET", "POST", "HEAD"]);

const faces = ["graphql", "rest", "remote_write"] as const;
const shedReasons = ["in_flight", "wait", "event_loop"] as const;

/** What of the gateway a request is sent to, as far as it may be turned away under load. */
export type Face = (typeof faces)[number];
/** Too many are being answered; half of them wait for too long; the event loop does not come round. */
export type ShedReason = (typeof shedReasons)[number];

/** Requests of every face, by the pattern of their route: never by their path, which callers choose. */
export class HttpMetrics {
  readonly #duration;
  readonly #inFlight;
  readonly #shed;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#duration = new Histogram({
      name: "expense_gateway_http_request_duration_seconds",
      help: "From a request's arrival to the end of its answer. Status 499: the caller left before.",
      labelNames: ["method", "route", "status"],
      buckets: SECONDS,
      registers,
    });
    this.#inFlight = new Gauge({
      name: "expense_gateway_http_requests_in_flight",
      help: "Requests that are being answered.",
      registers,
    });
    this.#shed = new Counter({
      name: "expense_gateway_http_requests_shed_total",
      help: "Requests turned away with 503 under load: too many in flight, too long a wait, or an event loop that does not come round.",
      labelNames: ["face", "reason"],
      registers,
    });
    for (const face of faces) for (const reason of shedReasons) this.#shed.inc({ face, reason }, 0);
  }

  started(): void {
    this.#inFlight.inc();
  }

  shed(face: Face, reason: ShedReason): void {
    this.#shed.inc({ face, reason });
  }

  ended(method: string, route: string, status: number, seconds: number): void {
    this.#inFlight.dec();
    this.#duration.observe({ method: methods.has(method) ? method : OTHER, route, status: String(status) }, seconds);
  }
}
