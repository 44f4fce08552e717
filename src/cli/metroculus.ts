import { Authentication } from "../accounts/authentication.js";
import { Tokens } from "../accounts/tokens.js";
import type { Config } from "../config.js";
import { Draining } from "../draining.js";
import { registerHealth } from "../health.js";
import { createHttpServer, listen, loopbackUrl } from "../http-server.js";
import { shedLoad } from "../load-shedding.js";
import { createLogger } from "../log.js";
import { registerMetrics } from "../metrics-endpoint.js";
import { registerMetroculus } from "../metroculus/server.js";
import { limitDuration } from "../request-deadline.js";
import { observedStores } from "../stores/observed.js";
import { storeChecks } from "../stores/readiness.js";
import { openStores } from "../stores/stores.js";
import { openTelemetry } from "../telemetry/telemetry.js";
import { clusterSecretOf } from "./cluster-secret.js";
import { listenForStop } from "./stop.js";

/** Runs the built-in Metroculus without the gateway until Ctrl-C or SIGTERM. */
export async function metroculus(config: Config): Promise<void> {
  using stop = listenForStop();
  const log = createLogger(config);
  await using opened = await openStores(config);
  await using telemetry = await openTelemetry(config, log);
  const { metrics } = telemetry;
  const stores = observedStores(opened, telemetry.aroundStoreCall);
  const clusterSecret = await clusterSecretOf(config);
  const authentication = new Authentication(new Tokens(stores.own), clusterSecret);
  const app = createHttpServer(log, { config, telemetry });
  const draining = new Draining(app);
  limitDuration(app, config);
  shedLoad(app, { config, metrics: metrics.http, log });
  await registerMetroculus(app, { ...stores, clusterSecret, config, log, metrics });
  registerMetrics(app, {
    metrics,
    config,
    isClusterSecret: (candidate) => authentication.isClusterSecret(candidate),
  });
  registerHealth(app, {
    required: storeChecks(stores),
    isStopping: () => draining.stopping,
    note: (dependency, isUp) => metrics.stores.dependency(dependency, isUp),
    log,
  });
  await listen(app, config);
  await using _ = { [Symbol.asyncDispose]: () => draining.close(config) };
  process.stdout.write(`Metroculus listens on ${loopbackUrl(app)} (Ctrl-C stops it)\n`);
  await stop.requested;
}
