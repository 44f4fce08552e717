import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Config } from "./config.js";
import { GatewayError } from "./errors.js";

export type ReceiveLimits = Pick<Config, "RECEIVE_HEADERS_TIMEOUT_MS" | "RECEIVE_TIMEOUT_MS">;

/** How often it is looked whether one of the two is over, at most. Milliseconds. */
const RESOLUTION = 1_000;

/** For Node's server, which then tells of each request that did not come in in time, as a client's error. */
export function receiveTimeouts({ RECEIVE_HEADERS_TIMEOUT_MS: head, RECEIVE_TIMEOUT_MS: whole }: ReceiveLimits) {
  // Node refuses to give the head longer than the whole.
  const headersTimeout = Math.min(head, whole);
  return {
    headersTimeout,
    requestTimeout: whole,
    connectionsCheckingInterval: Math.min(RESOLUTION, headersTimeout),
  };
}

interface Underway {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Its body has been read, as far as anybody wants it: an answer is worked on. */
  isReceived: boolean;
}

/**
 * Ends requests that came in too slowly. One whose body is still read is refused with REQUEST_TOO_SLOW, in the form of
 * whom it was sent to; an answer that is being worked out, or sent, is sent to its end.
 */
export class SlowSenders {
  readonly #underway = new WeakMap<Socket, Underway>();

  constructor(private readonly limits: ReceiveLimits) {}

  /** To be called before routes are made. */
  watch(app: FastifyInstance): void {
    app.addHook("onRequest", ({ raw: request }, { raw: response }, done) => {
      this.#underway.set(request.socket, { request, response, isReceived: false });
      done();
    });
    app.addHook("preValidation", ({ raw: request }, _reply, done) => {
      const underway = this.#underway.get(request.socket);
      // Another may have come behind it on the same connection.
      if (underway?.request === request) underway.isReceived = true;
      done();
    });
  }

  /** @returns undefined when the connection is seen to here; else why no request came of it */
  end(socket: Socket): GatewayError | undefined {
    const underway = this.#underway.get(socket);
    if (underway === undefined || (underway.request.complete && underway.response.writableFinished)) {
      const { headersTimeout } = receiveTimeouts(this.limits);
      return tooSlow("The head of a request", headersTimeout);
    }
    const { request, response, isReceived } = underway;
    if (response.writableFinished) {
      socket.destroy();
      return undefined;
    }
    response.once("close", () => socket.destroy());
    if (response.headersSent || isReceived || request.complete) return undefined;
    response.setHeader("connection", "close");
    // Whoever reads the body answers with what its stream fails on. Destroyed, it would take the connection along.
    if (request.listenerCount("error") > 0) {
      request.emit("error", tooSlow("A request", this.limits.RECEIVE_TIMEOUT_MS));
    } else socket.destroy();
    return undefined;
  }
}

function tooSlow(what: string, ms: number): GatewayError {
  return new GatewayError(
    "REQUEST_TOO_SLOW",
    `${what} has to come in within ${ms} ms: send it again, all at once, or less of it.`,
  );
}
