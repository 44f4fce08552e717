import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from "fastify";
import type { Config } from "./config.js";
import { GatewayError } from "./errors.js";
import type { Logger } from "./log.js";
import { answerFailuresPlainly, answerUnroutable } from "./plain-failures.js";
import { requestIdOf } from "./request-record.js";
import { routedTarget } from "./rest/server.js";
import { answerUnreadableRequest } from "./rest/unreadable-request.js";
import { securityHeaders, sendSecurityHeaders } from "./security-headers.js";
import { type ReceiveLimits, receiveTimeouts, SlowSenders } from "./slow-senders.js";
import { accompany, forRequests, observeRequests } from "./telemetry/observe-requests.js";
import type { Telemetry } from "./telemetry/telemetry.js";

export interface HttpServerOptions {
  readonly config?: Pick<Config, "TRUSTED_PROXIES"> & ReceiveLimits;
  /** Accompanies every request where it is given. */
  readonly telemetry?: Telemetry;
}

export function createHttpServer(log: Logger, { config, telemetry }: HttpServerOptions = {}): FastifyInstance {
  const slowSenders = config && new SlowSenders(config);
  const timeouts = config && receiveTimeouts(config);
  const app = Fastify({
    trustProxy: config?.TRUSTED_PROXIES ?? false,
    // At info the framework only repeats the address, which the command tells in its own words.
    loggerInstance: log.child({}, log.level === "info" ? { level: "warn" } : {}) as FastifyBaseLogger,
    // Each line has its request's id already.
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestIdOf,
    bodyLimit: 1024 * 1024,
    // v2 clients name hundreds of ids in one query.
    http: { maxHeaderSize: 64 * 1024, ...timeouts },
    // Once it has made Node's server, the framework sets this one again, to none if it is not told.
    ...(timeouts && { requestTimeout: timeouts.requestTimeout }),
    rewriteUrl: (request) => routedTarget(request.url ?? "/"),
    routerOptions: { maxParamLength: 500 },
    forceCloseConnections: "idle",
    // Whoever is connected still is answered to the end, even when we are about to stop.
    return503OnClosing: false,
    clientErrorHandler(error, socket) {
      const isSlow = slowSenders !== undefined && error.code === "ERR_HTTP_REQUEST_TIMEOUT";
      const unreadable = isSlow ? slowSenders.end(socket) : error;
      if (unreadable) answerUnreadableRequest(unreadable, socket);
    },
    frameworkErrors(error, request, reply) {
      const answer = () => answerUnroutable(error, request, reply.headers(securityHeaders));
      if (telemetry === undefined) answer();
      else accompany(request, reply, telemetry, forRequests(log), answer);
    },
  });
  if (telemetry !== undefined) observeRequests(app, telemetry, log);
  sendSecurityHeaders(app);
  slowSenders?.watch(app);
  answerFailuresPlainly(app);
  return app;
}

/** A burst of clients that connect while the process is busy would lose connections, which are tried again seconds later. */
const BACKLOG = 4096;

/** @throws GatewayError PORT_IN_USE, BAD_CONFIGURATION */
export async function listen(app: FastifyInstance, { HOST, PORT }: Pick<Config, "HOST" | "PORT">): Promise<void> {
  try {
    await app.listen({ host: HOST, port: PORT, backlog: BACKLOG });
  } catch (error) {
    await app.close();
    const reason = (error as NodeJS.ErrnoException).code;
    if (reason === "EADDRINUSE") {
      throw new GatewayError("PORT_IN_USE", `Port ${PORT} on ${HOST} is taken: stop what listens there, or set PORT.`, {
        cause: error,
      });
    }
    if (reason === "EADDRNOTAVAIL" || reason === "ENOTFOUND" || reason === "EACCES") {
      throw new GatewayError("BAD_CONFIGURATION", `HOST ${HOST}, PORT ${PORT} cannot be listened on (${reason}).`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** A wildcard address is listened on, but not connected to. */
export function loopbackUrl(app: FastifyInstance): string {
  const address = app.server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen yet.");
  const host =
    address.address === "0.0.0.0"
      ? "127.0.0.1"
      : address.address === "::"
        ? "[::1]"
        : address.family === "IPv6"
          ? `[${address.address}]`
          : address.address;
  return `http://${host}:${address.port}`;
}
