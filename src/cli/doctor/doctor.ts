import { inspect } from "node:util";
import type { Config } from "../../config.js";
import { GatewayError } from "../../errors.js";
import { withoutCredentials } from "../../redaction.js";
import { clusterSecretOf } from "../cluster-secret.js";
import { clickHouseCheck } from "./clickhouse.js";
import { databaseChecks } from "./databases.js";
import type { Check, Finding } from "./finding.js";
import { httpServiceChecks, withoutStores } from "./http-services.js";
import { redisCheck } from "./redis.js";

/** A check that takes longer is over. Milliseconds. */
const PATIENCE = 60_000;

/**
 * Checks everything that the configuration names, as a start would open it, and prints a line each.
 * @returns whether all of it will do
 */
export async function doctor(config: Config): Promise<boolean> {
  const checks = checksOf(config);
  const width = Math.max(...checks.map(({ name }) => name.length));
  const findings = await Promise.all(checks.map((check) => found(check, config)));
  for (const [index, { name }] of checks.entries()) {
    const { state, text } = findings[index] as Finding;
    process.stdout.write(`${WORDS[state].padEnd(4)}  ${name.padEnd(width)}  ${text.replace(/([^.])$/, "$1.")}\n`);
  }
  return findings.every(({ state }) => state !== "fail");
}

const WORDS: Readonly<Record<Finding["state"], string>> = { ok: "ok", warn: "warn", fail: "FAIL", none: "-" };

function checksOf(config: Config): readonly Check[] {
  const needless = withoutStores(config);
  const stores =
    needless === null
      ? [...databaseChecks(config), clickHouseCheck(config)]
      : [{ name: "stores", run: async () => needless }];
  return [...stores, redisCheck(config), ...httpServiceChecks(config, () => clusterSecretOf(config))];
}

async function found({ run }: Check, { LOG_LEVEL }: Config): Promise<Finding> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, {
      state: "fail",
      text: `no answer within ${PATIENCE / 1000} s: check that it is not overloaded.`,
    });
  });
  try {
    return await Promise.race([run(), late]);
  } catch (error) {
    if (/^(debug|trace)$/.test(LOG_LEVEL)) process.stderr.write(`${withoutCredentials(inspect(error))}\n`);
    if (error instanceof GatewayError) return { state: "fail", text: error.message };
    const { code, name } = error as { code?: unknown; name?: string };
    return {
      state: "fail",
      text: `unexpected error (${typeof code === "string" ? code : name}): see LOG_LEVEL=debug.`,
    };
  } finally {
    clearTimeout(timer);
  }
}
