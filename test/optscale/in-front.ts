import { loadConfig } from "../../src/config.js";
import { type Gateway, startGateway } from "../../src/gateway.js";
import { createLogger } from "../../src/log.js";
import { absentStores } from "../../src/stores/absent-stores.js";
import { CLUSTER_SECRET } from "../rest/gateway-under-test.js";

/** A gateway in front of an OptScale. It has no stores: whatever is answered comes from there. */
export function gatewayInFrontOf(optScaleUrl: string, environment: Record<string, string> = {}): Promise<Gateway> {
  const config = loadConfig({
    PORT: "0",
    LOG_LEVEL: process.env.LOG_LEVEL ?? "silent",
    OPTSCALE_URL: optScaleUrl,
    // Nobody listens there: a test that looks clusters up names another.
    METROCULUS_URL: "http://127.0.0.1:1",
    CLUSTER_SECRET,
    ...environment,
  });
  return startGateway({ config, stores: absentStores(), clusterSecret: CLUSTER_SECRET, log: createLogger(config) });
}
