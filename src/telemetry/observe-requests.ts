import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { clientAddress } from "../client-address.js";
import type { Logger } from "../log.js";
import { RequestRecord, within } from "../request-record.js";
import type { Telemetry } from "./telemetry.js";
import type { Span } from "./tracing.js";

/** The caller left before the answer was complete; nginx's number for it. */
const CLIENT_LEFT = 499;
const UNMATCHED = "unmatched";

/** Asked every few seconds, or by the dozen for each page: of interest to whoever looks for it. */
const quiet = /^\/(healthz|readyz|metrics|favicon\.svg|pages\.json|assets\/\*|docs\/.*)$/;

/**
 * Accompanies every request of a server: gives it its id, which is returned in X-Request-Id, and a span, measures it,
 * and writes its one line into the log. Nothing that a caller chose freely gets into the line: no path, no query, no
 * header but a well-formed X-Request-Id, and an address that a trusted proxy named.
 */
export function observeRequests(app: FastifyInstance, telemetry: Telemetry, log: Logger): void {
  const requestLog = forRequests(log);
  app.addHook("onRequest", (request, reply, done) => accompany(request, reply, telemetry, requestLog, done));
}

/** All that a line may hold is chosen here: to search it for credentials would cost more than to write it. */
export function forRequests(log: Logger): Logger {
  return log.child({}, { redact: [] });
}

/** For each request; called by itself only for those that the framework refuses without running any hook. */
export function accompany(
  request: FastifyRequest,
  reply: FastifyReply,
  { metrics, tracing }: Telemetry,
  log: Logger,
  run: () => void,
): void {
  const record = new RequestRecord(request.id);
  metrics.http.started();
  void reply.header("x-request-id", record.id);
  within(record, tracing.incoming(request.headers), () => {
    const span = tracing.begin(request.method, "server", { "http.request.method": request.method });
    const { traceId } = tracing;
    // A socket that is closed has none any more.
    const client = clientAddress(request);
    reply.raw.once("close", () => {
      const status = reply.raw.writableFinished ? reply.raw.statusCode : CLIENT_LEFT;
      const route = record.route ?? request.routeOptions.url ?? UNMATCHED;
      metrics.http.ended(request.method, route, status, record.durationMs / 1000);
      finish(span, request.method, route, status);
      write(log, record, { method: request.method, route, status, client, traceId });
    });
    run();
  });
}

function finish(span: Span, method: string, route: string, status: number): void {
  span.rename(`${method} ${route}`);
  span.set({ "http.route": route, "http.response.status_code": status });
  if (status >= 500) span.fail(String(status));
  span.end();
}

interface Seen {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly client: string;
  readonly traceId: string | undefined;
}

function write(log: Logger, record: RequestRecord, { method, route, status, client, traceId }: Seen): void {
  const level = quiet.test(route) ? "debug" : status >= 500 ? "warn" : "info";
  if (!log.isLevelEnabled(level)) return;
  const { id: requestId, operation, principal, parameters, upstreamCalls } = record;
  const durationMs = Math.round(record.durationMs * 10) / 10;
  log[level](
    { requestId, method, route, operation, parameters, principal, client, status, durationMs, upstreamCalls, traceId },
    "request",
  );
}
