import { type DestinationStream, type Logger, pino } from "pino";
import type { Config } from "./config.js";
import { withoutCredentials } from "./redaction.js";
import { currentRequest } from "./request-record.js";

export type { Logger } from "pino";

/**
 * Structured logs on standard error, so that standard output stays what a command prints. Never a credential: what is
 * known to be one is left out by its name, and what messages quote is taken out of the line as it is written.
 */
export function createLogger(
  config: Pick<Config, "LOG_LEVEL">,
  destination: DestinationStream = pino.destination({ fd: 2, sync: false }),
): Logger {
  return pino(
    {
      level: config.LOG_LEVEL,
      base: undefined,
      // Every line that is written for a request leads to that request's own line.
      mixin() {
        const requestId = currentRequest()?.id;
        return requestId ? { requestId } : {};
      },
      redact: {
        paths: ["*.authorization", "*.Authorization", "*.secret", "*.Secret", "*.password", "*.token", "req.headers"],
        censor: "[redacted]",
      },
      hooks: { streamWrite: withoutCredentials },
    },
    destination,
  );
}
