import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import type { Logger } from "../log.js";
import { requestSignal } from "../request-signal.js";
import { CostQueries } from "./cost-queries.js";
import { OmError } from "./om-error.js";
import { type CostQuery, costQuery, metricNames, type RawQuery } from "./parameters.js";
import type { SampleSource } from "./source.js";

export interface ApiOptions {
  readonly source: SampleSource;
  readonly isClusterSecret: (candidate: string) => boolean;
  readonly log: Logger;
}

const OTHER_METHODS: HTTPMethods[] = ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

type Answerer = (query: CostQuery, raw: RawQuery, signal: AbortSignal) => Promise<readonly object[]>;

/** Metroculus's v2 API: whoever holds the cluster secret may read every tenant, as in Metroculus. */
export function registerApi(app: FastifyInstance, { source, isClusterSecret, log }: ApiOptions): void {
  const queries = new CostQueries(source);
  const endpoints: Readonly<Record<string, Answerer>> = {
    kubecost_cluster_costs: (query, _raw, signal) => queries.clusterCosts(query, signal),
    kubecost_daily_costs: (query, _raw, signal) => queries.dailyCosts(query, signal),
    kubecost_namespaces: (query, _raw, signal) => queries.namespaces(query, signal),
    kubecost_metrics: (query, raw, signal) => queries.metrics(query, metricNames(raw), signal),
    kubecost_savings: (query, _raw, signal) => queries.savings(query, signal),
    kubecost_nodes: (query, _raw, signal) => queries.nodes(query, signal),
  };

  app.setErrorHandler(async (error: Error, _request, reply) => {
    if (error instanceof OmError) return send(reply, error.status, error.body);
    const known = new OmError(error.name === "GatewayError" ? "U0503" : "U0500");
    // Whoever went away is not waiting, and nothing is wrong.
    log[reply.raw.destroyed ? "debug" : "error"]({ err: error }, "Metroculus could not answer");
    return send(reply, known.status, known.body);
  });
  app.setNotFoundHandler(async () => {
    throw new OmError("OM0002");
  });

  for (const [name, answer] of Object.entries(endpoints)) {
    const url = `/${name}`;
    app.get(url, { exposeHeadRoute: false }, async (request, reply) => {
      authorize(request, isClusterSecret);
      const raw = request.query as RawQuery;
      const query = costQuery(raw);
      const items = await answer(query, raw, requestSignal(reply.raw));
      return send(reply, 200, query.single ? (items[0] as object) : { items });
    });
    app.route({
      method: OTHER_METHODS,
      url,
      // Before the body is read: whatever it is, it is not wanted.
      onRequest: async () => {
        throw new OmError("OM0003");
      },
      handler: async () => undefined,
    });
  }
}

function authorize(request: FastifyRequest, isClusterSecret: (candidate: string) => boolean): void {
  const { secret } = request.headers;
  if (typeof secret !== "string" || secret === "") throw new OmError("OM0007");
  if (!isClusterSecret(secret)) throw new OmError("OM0005");
}

function send(reply: FastifyReply, status: number, body: object): FastifyReply {
  // A string, because Fastify would rewrite the content type of an object, and v2 clients get this one.
  return reply.code(status).header("content-type", 'application/json; charset="utf-8"').send(JSON.stringify(body));
}
