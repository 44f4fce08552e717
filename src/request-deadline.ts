import type { FastifyInstance } from "fastify";
import type { Config } from "./config.js";
import { currentRequest } from "./request-record.js";

/** Gives every request so long until its answer begins, as `requestSignal` and the stores see it. To be called before routes are made. */
export function limitDuration(
  app: FastifyInstance,
  { REQUEST_TIMEOUT_MS: timeoutMs }: Pick<Config, "REQUEST_TIMEOUT_MS">,
): void {
  app.addHook("onRequest", (_request, { raw: response }, done) => {
    const record = currentRequest();
    if (record !== undefined) {
      record.limit = {
        timeoutMs,
        get leftMs() {
          return Math.max(0, timeoutMs - record.durationMs);
        },
        get isOver() {
          return response.headersSent;
        },
      };
    }
    done();
  });
}
