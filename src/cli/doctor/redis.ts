import type { Config } from "../../config.js";
import { GatewayError } from "../../errors.js";
import { askRedis, redisLocation } from "../../kubernetes/redis-cache.js";
import { readClock, withClock } from "./clock.js";
import { type Check, fail, none } from "./finding.js";

export function redisCheck(config: Config): Check {
  return {
    name: "Redis",
    async run() {
      try {
        const location = redisLocation(config);
        if (location === null) return none("REDIS_URL is not set: each process keeps cluster costs for itself");
        let version = "";
        const clock = await readClock(1, async () => {
          const said = await askRedis(location);
          version = said.version;
          return said.now;
        });
        return withClock(`server ${version}; it takes the credentials`, clock);
      } catch (error) {
        return fail(error instanceof GatewayError ? error.message : `REDIS_URL: ${reasonOf(error)}`);
      }
    },
  };
}

/** Messages may hold the address, and the address a password: only known words are taken from them. */
function reasonOf(error: unknown): string {
  const { code, message = "" } = error as { code?: string; message?: string };
  if (/WRONGPASS|NOAUTH|AUTH/.test(message)) return "the server does not accept this user and password.";
  if (/NOPERM/.test(message))
    return "this user may not do what is needed: allow it GET, SET and TIME on expense-gateway:*.";
  if (/CERT|SELF_SIGNED|ALTNAME|UNABLE_TO/.test(code ?? message))
    return "the server's certificate is not trusted: set REDIS_CA_FILE to its authority, and use the name in it.";
  const reason = code ?? /ECONN\w+|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ERR_SSL\w+|CERT\w+|SELF_SIGNED\w+/.exec(message)?.[0];
  return `no Redis answers there${reason ? ` (${reason})` : ""}: check address, port and scheme (rediss:// speaks TLS), and that it runs.`;
}
