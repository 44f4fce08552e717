import type { FastifyInstance, FastifyRequest } from "fastify";
import { credentialsOf } from "./accounts/credentials.js";
import { isSameSecret } from "./accounts/secrets.js";
import type { Config } from "./config.js";
import { GatewayError } from "./errors.js";
import type { Metrics } from "./telemetry/metrics.js";

export interface MetricsEndpointOptions {
  readonly metrics: Metrics;
  readonly config: Pick<Config, "METRICS_TOKEN" | "METRICS_PUBLIC">;
  readonly isClusterSecret: (candidate: string) => boolean;
}

/**
 * `/metrics`, for whoever brings METRICS_TOKEN as a bearer token or the cluster secret in `Secret`. Which clusters there
 * are, and how they fare, is data: METRICS_PUBLIC opens all but that.
 */
export function registerMetrics(
  app: FastifyInstance,
  { metrics, config, isClusterSecret }: MetricsEndpointOptions,
): void {
  app.get("/metrics", async (request, reply) => {
    const isKnown = isScraper(request, config.METRICS_TOKEN, isClusterSecret);
    if (!isKnown && !config.METRICS_PUBLIC) {
      void reply.header("www-authenticate", "Bearer");
      throw new GatewayError(
        "UNAUTHENTICATED",
        "Send METRICS_TOKEN as `Authorization: Bearer <token>`, or the cluster secret in the header `Secret`.",
      );
    }
    return reply.type(metrics.contentType).send(await metrics.text({ clusters: isKnown }));
  });
}

function isScraper(
  { headers }: FastifyRequest,
  metricsToken: string | undefined,
  isClusterSecret: (candidate: string) => boolean,
): boolean {
  const { token, secret } = credentialsOf(headers);
  if (metricsToken !== undefined && token !== undefined && isSameSecret(token, metricsToken)) return true;
  return secret !== undefined && isClusterSecret(secret);
}
