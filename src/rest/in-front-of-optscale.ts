import type { FastifyReply, FastifyRequest } from "fastify";
import type { OptScale } from "../optscale/optscale.js";
import { requestSignal } from "../request-signal.js";
import type { Services } from "../services.js";
import { requiredCredentials } from "./authorization.js";
import type { Answer } from "./endpoint.js";
import { cleanExpenses, cleanExpensesOfQuery } from "./endpoints/clean-expenses.js";
import { RestError } from "./errors.js";
import { forwardedCleanExpenses } from "./forwarded-clean-expenses.js";
import { forward, forwardKnown, refuseDetours, send } from "./forwarding.js";
import { refuseBeyondLimits } from "./limits.js";
import { QueryArguments, withoutArgument } from "./query-arguments.js";
import { requestTarget } from "./request-target.js";
import type { RestRoute } from "./routes.js";

/** Below this the v2 API lies, here and there. */
const V2 = "/restapi/v2/";

export interface MatchedRoute {
  readonly route: RestRoute;
  readonly segments: Readonly<Record<string, string>>;
}

/**
 * Answers a v2 request from OptScale. Known paths are handed on, and Kubernetes costs joined to `clean_expenses`; all
 * others, and other methods, are handed on when `OPTSCALE_PROXY` says so.
 * @returns an answer of this service's own making, or undefined when it was sent already
 */
export async function answerFromOptScale(
  request: FastifyRequest,
  reply: FastifyReply,
  found: MatchedRoute | undefined,
  services: Services,
  optScale: OptScale,
): Promise<Answer | undefined> {
  const isKnown = found !== undefined && request.method === "GET";
  if (!isKnown && optScale.proxies && requestTarget(request).startsWith(V2)) {
    await forward(request, reply, optScale);
    return undefined;
  }
  if (found === undefined) throw new RestError("OE0257");
  const { token, secret } = requiredCredentials(request.headers);
  if (request.method !== "GET") throw new RestError("OE0245", [request.method]);
  const { endpoint } = found.route;
  refuseBeyondLimits(queryOf(request.originalUrl).query, endpoint, services.config);
  if (endpoint !== cleanExpenses && endpoint !== cleanExpensesOfQuery) {
    await forwardKnown(request, reply, optScale);
    return undefined;
  }
  refuseDetours(requestTarget(request));
  const answer = await forwardedCleanExpenses({
    services,
    optScale,
    view: optScale.as({ token, secret }),
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...(secret && { secret }) },
    signal: requestSignal(reply.raw),
    ...targetOf(requestTarget(request), found),
  });
  if ("contentType" in answer) return answer;
  send(reply, answer, optScale);
  return undefined;
}

/** The organization of the query becomes part of the path, as OptScale knows it. */
function targetOf(target: string, { route, segments }: MatchedRoute) {
  const { path, rawQuery, query } = queryOf(target);
  if (route.endpoint === cleanExpenses) {
    return { path, rawQuery, query, organizationId: segments.organization_id as string };
  }
  const organizationId = query.last("organization_id");
  if (!organizationId) throw new RestError("OE0216", ["organization_id"]);
  query.remove("organization_id");
  const ownPath = `${V2}organizations/${encodeURIComponent(organizationId)}/clean_expenses`;
  refuseDetours(ownPath);
  return { path: ownPath, rawQuery: withoutArgument(rawQuery, "organization_id"), query, organizationId };
}

function queryOf(target: string) {
  const questionMark = target.indexOf("?");
  const path = questionMark < 0 ? target : target.slice(0, questionMark);
  const rawQuery = questionMark < 0 ? "" : target.slice(questionMark + 1);
  return { path, rawQuery, query: new QueryArguments(rawQuery) };
}
