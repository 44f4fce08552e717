import type { ServerResponse } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Config } from "./config.js";
import { GatewayError } from "./errors.js";
import type { Logger } from "./log.js";
import { currentRequest, type RequestRecord } from "./request-record.js";
import type { Face, HttpMetrics, ShedReason } from "./telemetry/http-metrics.js";

/**
 * What may be turned away, by its route. All else never is: probes and metrics, which tell how things are; the pages'
 * files; Metroculus, which is asked by requests that were let in.
 */
const faces: ReadonlyMap<string | undefined, Face> = new Map([
  ["/graphql", "graphql"],
  ["/restapi", "rest"],
  ["/restapi/", "rest"],
  ["/storage/api/v2/write", "remote_write"],
]);

/** Clients are told to come back after one of so many seconds, so that they do not come back together. */
const SPREAD = 3;
/** Fewer that wait are never taken for a queue, however long they take: each may be a long one. */
const A_QUEUE = 32;
/** The log tells that requests are turned away no more often than this; metrics count them. Milliseconds. */
const QUIET = 10_000;

export interface LoadSheddingOptions {
  readonly config: Pick<Config, "MAX_REQUESTS_IN_FLIGHT" | "MAX_WAIT_MS" | "MAX_EVENT_LOOP_DELAY_MS">;
  readonly metrics: Pick<HttpMetrics, "shed">;
  readonly log: Logger;
}

/**
 * Turns requests away with OVERLOADED while as many are being answered as may be, half of them have waited for too long,
 * or the event loop does not come round. Samples are counted apart: neither they nor queries can keep the others out. To
 * be called before routes are made.
 */
export function shedLoad(app: FastifyInstance, { config, metrics, log }: LoadSheddingOptions): void {
  const eventLoopDelay = watchEventLoop(app);
  const running = { queries: new InFlight(), samples: new InFlight() };
  let toldAt = Number.NEGATIVE_INFINITY;

  const reasonToShed = (kind: keyof typeof running): ShedReason | undefined => {
    const inFlight = running[kind];
    if (inFlight.count >= config.MAX_REQUESTS_IN_FLIGHT) return "in_flight";
    if (inFlight.count >= A_QUEUE && inFlight.medianWait() > config.MAX_WAIT_MS) return "wait";
    return eventLoopDelay() > config.MAX_EVENT_LOOP_DELAY_MS ? "event_loop" : undefined;
  };
  const judge = (face: Face, reply: FastifyReply): GatewayError | undefined => {
    const reason = reasonToShed(kindOf(face));
    if (reason === undefined) return undefined;
    metrics.shed(face, reason);
    if (performance.now() - toldAt > QUIET) {
      toldAt = performance.now();
      const { queries, samples } = running;
      log.warn({ reason, queries: queries.count, samples: samples.count }, "requests are turned away");
    }
    const retryAfter = 1 + Math.floor(Math.random() * SPREAD);
    void reply.header("retry-after", retryAfter);
    const sentence = `Too much is asked at once: try again in ${retryAfter} s.`;
    return new GatewayError("OVERLOADED", sentence, { details: { retryAfter } });
  };
  const admit = (face: Face, reply: FastifyReply): GatewayError | undefined => {
    const refusal = judge(face, reply);
    if (refusal !== undefined) return refusal;
    reply.raw.once("close", running[kindOf(face)].enter(reply.raw, currentRequest()));
    return undefined;
  };

  // Before anything of it is read.
  app.addHook("onRequest", (request, reply, done) => {
    const face = faces.get(request.routeOptions.url);
    done(face && judge(face, reply));
  });
  // Samples count while they come in, for their sender is known and a body may be large. Anybody can send a query, and
  // whoever never finished sending theirs would keep others out.
  app.addHook("preParsing", (request, reply, _payload, done) => {
    const face = faces.get(request.routeOptions.url);
    done(face === "remote_write" ? admit(face, reply) : undefined);
  });
  app.addHook("preValidation", (request, reply, done) => {
    const face = faces.get(request.routeOptions.url);
    done(face !== undefined && face !== "remote_write" ? admit(face, reply) : undefined);
  });
}

/** Requests that are being answered. */
class InFlight {
  /** When each came, the oldest first. */
  readonly #came = new Set<Came>();

  get count(): number {
    return this.#came.size;
  }

  /** How to leave. */
  enter(response: ServerResponse, record: RequestRecord | undefined): () => void {
    const one = { at: performance.now(), response, record };
    this.#came.add(one);
    return () => void this.#came.delete(one);
  }

  /**
   * For how long half of those have waited at least whose answer has not begun, in milliseconds; 0 where they are no
   * queue. Those that wait for other services, such as a slow Metroculus, are not kept waiting by others here.
   */
  medianWait(): number {
    const waiting = [...this.#came].filter(({ response, record }) => !response.headersSent && !record?.awaited);
    const middle = waiting[waiting.length >> 1];
    return middle === undefined || waiting.length < A_QUEUE ? 0 : performance.now() - middle.at;
  }
}

interface Came {
  readonly at: number;
  readonly response: ServerResponse;
  readonly record: RequestRecord | undefined;
}

const kindOf = (face: Face) => (face === "remote_write" ? "samples" : "queries");

/** How often the event loop is looked at. Milliseconds. */
const WINDOW = 1_000;
const RESOLUTION = 20;

/**
 * By how much a turn of the event loop is late, in milliseconds: the median of a second, the lesser of the last two, so
 * that a single long turn is not taken for overload.
 */
function watchEventLoop(app: FastifyInstance): () => number {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  let latest = 0;
  let before = 0;
  const timer = setInterval(() => {
    before = latest;
    latest = Math.max(0, histogram.percentile(50) / 1e6 - RESOLUTION);
    histogram.reset();
  }, WINDOW);
  timer.unref();
  app.addHook("onClose", async () => {
    clearInterval(timer);
    histogram.disable();
  });
  return () => Math.min(latest, before);
}
