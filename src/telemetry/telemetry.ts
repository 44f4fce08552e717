import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";
import type { Logger } from "../log.js";
import { currentRequest } from "../request-record.js";
import { Metrics } from "./metrics.js";
import type { AroundRemoteCall } from "./remote-call.js";
import type { AroundStoreCall } from "./store-call.js";
import type { StoreOutcome } from "./store-metrics.js";
import { openTracing, type Tracing } from "./tracing.js";

/** How the gateway tells what it does, beside its log. Disposing sends what is left to send. */
export interface Telemetry extends AsyncDisposable {
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly aroundStoreCall: AroundStoreCall;
  readonly aroundRemoteCall: AroundRemoteCall;
}

export async function openTelemetry(
  config: Pick<Config, "OTEL_EXPORTER_OTLP_ENDPOINT">,
  log: Logger,
): Promise<Telemetry> {
  const metrics = new Metrics();
  const tracing = await openTracing(config, log);
  return {
    metrics,
    tracing,
    aroundStoreCall: storeCalls(metrics, tracing),
    aroundRemoteCall: remoteCalls(metrics, tracing),
    [Symbol.asyncDispose]: () => tracing[Symbol.asyncDispose](),
  };
}

function storeCalls(metrics: Metrics, tracing: Tracing): AroundStoreCall {
  return async (call, run) => {
    const startedAt = performance.now();
    let outcome: StoreOutcome = "ok";
    const attributes = {
      "db.system.name": call.system,
      "db.operation.name": call.operation,
      "db.query.text": call.statement,
    };
    try {
      return await tracing.span(`${call.store} ${call.operation}`, "client", attributes, run);
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      metrics.stores.call(call.store, call.operation, outcome, (performance.now() - startedAt) / 1000);
    }
  };
}

function remoteCalls(metrics: Metrics, tracing: Tracing): AroundRemoteCall {
  return async ({ service, method }, run) => {
    const startedAt = performance.now();
    const request = currentRequest();
    if (request !== undefined) request.upstreamCalls++;
    let status: number | null = null;
    try {
      return await tracing.span(`${method} ${service}`, "client", { "http.request.method": method }, async (span) => {
        const answer = await run({ ...tracing.headers(), ...(request?.id && { "x-request-id": request.id }) });
        status = answer.statusCode;
        span.set({ "http.response.status_code": status });
        if (status >= 500) span.fail(String(status));
        return answer;
      });
    } finally {
      metrics.upstream.call(service, status, (performance.now() - startedAt) / 1000);
    }
  };
}

function outcomeOf(error: unknown): StoreOutcome {
  if (error instanceof GatewayError && error.code === "STORE_UNAVAILABLE") return "failed";
  if (error instanceof GatewayError && error.code === "DEADLINE_EXCEEDED") return "cancelled";
  const name = (error as { name?: unknown } | null)?.name;
  return name === "AbortError" || name === "TimeoutError" ? "cancelled" : "refused";
}
