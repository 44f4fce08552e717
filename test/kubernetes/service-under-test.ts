import { pino } from "pino";
import type { ClusterCostRequest } from "../../src/kubernetes/cluster-cost.js";
import {
  type ClusterCostServiceOptions,
  createClusterCostService,
  type MetroculusClusterCosts,
} from "../../src/kubernetes/cluster-cost-service.js";
import type { Window } from "../../src/time.js";

export const SECRET = "a-secret-of-acme";

/** A window that has settled by the time at which a service's clock starts. */
export const settled: Window = { start: 1_759_276_800, end: 1_759_363_199 };

export interface ServiceUnderTest extends AsyncDisposable {
  readonly service: MetroculusClusterCosts;
  /** Seconds since the epoch by which the service ages its answers; tests set it. */
  time: { at: number };
}

export function serviceFor(
  url: string,
  options: Partial<ClusterCostServiceOptions> & { timeoutMs?: number; budgetMs?: number; concurrency?: number } = {},
): ServiceUnderTest {
  const time = { at: 1_760_000_000 };
  const { timeoutMs = 2_000, budgetMs = 4_000, concurrency = 32, ...rest } = options;
  const service = createClusterCostService({
    baseUrl: () => url,
    secret: SECRET,
    config: {
      METROCULUS_TIMEOUT_MS: timeoutMs,
      K8S_COSTS_BUDGET_MS: budgetMs,
      K8S_COSTS_CONCURRENCY: concurrency,
    },
    log: pino({ level: "silent" }),
    now: () => time.at,
    ...rest,
  });
  return { service, time, [Symbol.asyncDispose]: () => service.close() };
}

export function request(cloudAccountId = "cluster-1", window: Window = settled): ClusterCostRequest {
  return { cloudAccountId, window, currency: "USD" };
}
