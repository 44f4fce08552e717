import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance } from "fastify";
import type { Config } from "./config.js";

/** How long requests that run may take to finish once nothing new is taken. Milliseconds. */
const GRACE = 20_000;
/** Clients that go on asking over kept connections are told to leave by each answer; this is silence from all of them. */
const QUIET = 250;
/** Clients that never fall silent are not waited for longer than this. */
const LONGEST_UNREST = 2_000;

/**
 * Stops a server such that no request is lost: one that was sent is answered, and no connection ends under a client
 * that could have used it.
 */
export class Draining {
  #stopping = false;
  #running = 0;
  #lastRequestAt = Number.NEGATIVE_INFINITY;

  /** To be made before the server's routes. */
  constructor(private readonly app: FastifyInstance) {
    app.addHook("onRequest", (_request, reply, done) => {
      this.#running++;
      this.#lastRequestAt = performance.now();
      reply.raw.once("close", () => {
        this.#running--;
        this.#lastRequestAt = performance.now();
      });
      done();
    });
    app.addHook("onSend", (_request, reply, _payload, done) => {
      if (this.#stopping) void reply.header("connection", "close");
      done();
    });
  }

  /** Whether it was asked to stop: then whoever spreads requests should send no more. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /**
   * Goes on answering for `SHUTDOWN_DELAY_MS`, so that those who ask `/readyz` notice; then until clients are silent.
   * Only then stops listening, lets what still runs finish, and drops what is left after the grace period.
   */
  async close({ SHUTDOWN_DELAY_MS }: Pick<Config, "SHUTDOWN_DELAY_MS">): Promise<void> {
    this.#stopping = true;
    await sleep(SHUTDOWN_DELAY_MS);
    const unrestEndsAt = performance.now() + LONGEST_UNREST;
    while ((await this.#hasConnections()) && this.#isBusy() && performance.now() < unrestEndsAt) await sleep(20);
    // A connection that is kept alive falls idle only when its request is done.
    const sweep = setInterval(() => this.app.server.closeIdleConnections(), 50);
    const deadline = setTimeout(() => this.app.server.closeAllConnections(), GRACE);
    try {
      await this.app.close();
    } finally {
      clearInterval(sweep);
      clearTimeout(deadline);
    }
  }

  #isBusy(): boolean {
    return this.#running > 0 || performance.now() - this.#lastRequestAt < QUIET;
  }

  async #hasConnections(): Promise<boolean> {
    return new Promise((resolve) =>
      this.app.server.getConnections((error, count) => resolve(error === null && count > 0)),
    );
  }
}
