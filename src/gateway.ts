import { AccountRecords } from "./accounts/account-records.js";
import { Accounts } from "./accounts/accounts.js";
import { AuthService } from "./accounts/auth-service.js";
import { Authentication } from "./accounts/authentication.js";
import { ClusterSettings } from "./accounts/cluster-settings.js";
import { Tokens } from "./accounts/tokens.js";
import { type Config, needsStores, servesGraphiQL } from "./config.js";
import { Draining } from "./draining.js";
import { clickHouseExpenses } from "./expenses/clickhouse-expenses.js";
import { ResourceFacts } from "./expenses/resource-facts.js";
import { registerGraphQL } from "./graphql/server.js";
import { registerHealth } from "./health.js";
import { createHttpServer, listen, loopbackUrl } from "./http-server.js";
import { createClusterCostService } from "./kubernetes/cluster-cost-service.js";
import { measured } from "./kubernetes/measured.js";
import { shedLoad } from "./load-shedding.js";
import type { Logger } from "./log.js";
import { registerMetrics } from "./metrics-endpoint.js";
import { registerMetroculus } from "./metroculus/server.js";
import { OptScale } from "./optscale/optscale.js";
import { limitRate } from "./rate-limit.js";
import { limitDuration } from "./request-deadline.js";
import { registerRest } from "./rest/server.js";
import type { Services } from "./services.js";
import { observedStores } from "./stores/observed.js";
import { storeChecks } from "./stores/readiness.js";
import type { Stores } from "./stores/stores.js";
import type { AroundRemoteCall } from "./telemetry/remote-call.js";
import { openTelemetry } from "./telemetry/telemetry.js";
import { pageDocuments, registerPages } from "./web/pages.js";

export interface Gateway extends AsyncDisposable {
  /** The address it listens on, e.g. `http://127.0.0.1:8080`, without a trailing slash. */
  readonly url: string;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly config: Config;
  readonly stores: Stores;
  readonly clusterSecret: string;
  readonly log: Logger;
}

/**
 * Wires every room once and starts to listen. The stores stay the caller's to close, after the gateway.
 * @throws GatewayError PORT_IN_USE
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, clusterSecret, log } = options;
  const telemetry = await openTelemetry(config, log);
  const { metrics, tracing } = telemetry;
  const stores = needsStores(config) ? observedStores(options.stores, telemetry.aroundStoreCall) : options.stores;
  const app = createHttpServer(log, { config, telemetry });
  const draining = new Draining(app);
  limitDuration(app, config);
  shedLoad(app, { config, metrics: metrics.http, log });
  const accounts = new Accounts(stores);
  const issuers = await issuersOf(config, telemetry.aroundRemoteCall);
  const authentication = new Authentication(new Tokens(stores.own), clusterSecret, issuers);
  const optScale = optScaleOf(config, clusterSecret, telemetry.aroundRemoteCall);
  const settings = new ClusterSettings(stores.own);
  const clusterCosts = createClusterCostService({
    // The built-in Metroculus is spoken to like any other: over HTTP, at the address that we listen on.
    baseUrl: () => config.METROCULUS_URL ?? loopbackUrl(app),
    secret: clusterSecret,
    config,
    log,
    ...(needsStores(config) && { costCurrencies: (ids) => settings.costCurrencies(ids) }),
    observe: measured(metrics),
    tracing,
  });
  const services: Services = {
    config,
    log,
    authentication,
    accounts,
    records: new AccountRecords(stores.relational),
    expenses: clickHouseExpenses(stores.clickHouse),
    resourceFacts: new ResourceFacts(stores.clickHouse),
    clusterCosts,
    optScale,
    telemetry,
  };

  limitRate(app, {
    config,
    authenticatorOf: (credentials) => optScale?.as(credentials).authentication ?? authentication,
  });
  await registerGraphQL(app, services, pageDocuments());
  await registerRest(app, services);
  if (needsStores(config)) {
    await registerMetroculus(app, {
      clickHouse: stores.clickHouse,
      relational: stores.relational,
      own: stores.own,
      clusterSecret,
      config,
      log,
      metrics,
      onSamplesStored: (cloudAccountId, oldest) => clusterCosts.samplesArrived(cloudAccountId, oldest),
    });
  }
  await registerPages(app, { graphiql: servesGraphiQL(config) });
  registerMetrics(app, {
    metrics,
    config,
    isClusterSecret: (candidate) => authentication.isClusterSecret(candidate),
  });
  registerHealth(app, {
    required: [
      ...(needsStores(config) ? storeChecks(stores) : []),
      ...(optScale ? [{ name: "optscale", answers: () => optScale.client.answers() }] : []),
    ],
    helpful: [
      // The built-in one is this process, of which the stores tell all that there is to tell.
      ...(config.METROCULUS_URL === undefined
        ? []
        : [{ name: "metroculus", answers: () => clusterCosts.metroculusAnswers() }]),
      ...(config.REDIS_URL === undefined
        ? []
        : [{ name: "redis", answers: async () => clusterCosts.redisAnswers() ?? false }]),
    ],
    isStopping: () => draining.stopping,
    note: (dependency, isUp) => metrics.stores.dependency(dependency, isUp),
    log,
  });

  await listen(app, config);
  const close = async () => {
    await draining.close(config);
    await clusterCosts.close();
    await Promise.all([optScale?.close(), issuers.oidc?.close(), issuers.authService?.close()]);
    await telemetry[Symbol.asyncDispose]();
  };
  return { url: loopbackUrl(app), close, [Symbol.asyncDispose]: close };
}

async function issuersOf({ AUTH_URL, ...config }: Config, around: AroundRemoteCall) {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience } = config;
  return {
    authService: AUTH_URL === undefined ? undefined : new AuthService(AUTH_URL, around),
    oidc:
      issuer === undefined || audience === undefined
        ? undefined
        : new (await import("./accounts/oidc.js")).Oidc({
            around,
            issuer,
            audience,
            organizationsClaim: config.OIDC_ORGANIZATIONS_CLAIM,
            clockToleranceSeconds: config.OIDC_CLOCK_TOLERANCE_SECONDS,
          }),
  };
}

function optScaleOf(
  { OPTSCALE_URL: url, OPTSCALE_TIMEOUT_MS, OPTSCALE_PROXY }: Config,
  clusterSecret: string,
  around: AroundRemoteCall,
) {
  if (url === undefined) return undefined;
  return new OptScale({ url, timeoutMs: OPTSCALE_TIMEOUT_MS, proxies: OPTSCALE_PROXY, clusterSecret, around });
}
