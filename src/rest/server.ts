import { METHODS } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GatewayError } from "../errors.js";
import { currentRequest } from "../request-record.js";
import { requestSignal } from "../request-signal.js";
import type { Services } from "../services.js";
import { authenticated, requiredCredentials } from "./authorization.js";
import { registerDocumentation } from "./documentation.js";
import { type Answer, JSON_TYPE } from "./endpoint.js";
import { endpoints } from "./endpoints.js";
import { asRestError, RestError } from "./errors.js";
import { answerFromOptScale } from "./in-front-of-optscale.js";
import { refuseBeyondLimits } from "./limits.js";
import { QueryArguments } from "./query-arguments.js";
import { originForm, requestTarget } from "./request-target.js";
import { type RestRoute, restRoutes } from "./routes.js";

const base = "/restapi/v2";

/** Where every v2 request is routed to; which endpoint it means is told from its target as it was sent. */
const ALL_OF_V2 = "/restapi/";

/**
 * What Fastify's router sees of a request's target. It refuses what it cannot decode before any handler may answer,
 * and in words of its own; v2 paths are therefore matched here, by `restRoutes`.
 */
export function routedTarget(target: string): string {
  return originForm(target).startsWith(ALL_OF_V2) ? ALL_OF_V2 : target;
}

/** The v2 REST API below `/restapi`, its OpenAPI document at `/openapi.json` and the document's viewer at `/docs`. */
export async function registerRest(app: FastifyInstance, services: Services): Promise<void> {
  const routes = restRoutes(endpoints, base);
  for (const method of METHODS) {
    // A method that Fastify was not told of would be refused in words of its own. CONNECT is no request to a path.
    if (method !== "CONNECT" && !app.supportedMethods.includes(method)) app.addHttpMethod(method);
  }
  await app.register((scope, _options, done) => {
    // v2 looks at no body: one of any type is let through unread, so that the method is what is refused.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, done) => {
      // Unless it may have to be handed on.
      if (services.optScale?.proxies) return done(null, payload);
      payload.resume();
      done(null);
    });
    scope.setErrorHandler((error, request, reply) => answerError(error, request, reply, services));
    scope.all("/restapi", unknownRoute);
    scope.all(ALL_OF_V2, (request, reply) => answer(request, reply, routes, services));
    done();
  });
  await registerDocumentation(app, endpoints, base, services.config);
}

function unknownRoute(): never {
  throw new RestError("OE0257");
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  routes: readonly RestRoute[],
  services: Services,
): Promise<FastifyReply> {
  const target = requestTarget(request);
  const questionMark = target.indexOf("?");
  const path = questionMark < 0 ? target : target.slice(0, questionMark);
  const found = routes
    .map((route) => ({ route, segments: route.match(path) }))
    .find(({ segments }) => segments !== null);
  if (services.optScale) {
    const matched = found?.segments ? { route: found.route, segments: found.segments } : undefined;
    const made = await answerFromOptScale(request, reply, matched, services, services.optScale);
    return made === undefined ? reply : send(reply, made);
  }
  if (!found?.segments) return unknownRoute();
  const { endpoint } = found.route;
  noteRoute(`${base}${endpoint.path}`, found.segments);

  const credentials = requiredCredentials(request.headers);
  if (request.method !== "GET") throw new RestError("OE0245", [request.method]);
  const principal = await authenticated(services, credentials, endpoint.access);
  const query = new QueryArguments(questionMark < 0 ? "" : target.slice(questionMark + 1));
  refuseBeyondLimits(query, endpoint, services.config);
  const signal = requestSignal(reply.raw);
  return send(
    reply,
    await endpoint.handle({
      services,
      principal,
      segments: found.segments,
      query,
      signal,
    }),
  );
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** For the log and metrics: every v2 path is one route to the framework. Whatever is no id may be anything, and is left out. */
function noteRoute(route: string, segments: Readonly<Record<string, string>>): void {
  const request = currentRequest();
  if (request === undefined) return;
  request.route = route;
  const ids = Object.entries(segments).filter(([, value]) => ID.test(value));
  if (ids.length > 0) request.parameters = Object.fromEntries(ids);
}

function send(reply: FastifyReply, { contentType, headers, body }: Answer): FastifyReply {
  return reply
    .code(200)
    .headers({ "content-type": contentType, ...headers })
    .send(body);
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply, { log }: Services): FastifyReply {
  // Whoever went away is owed no answer, and what ended with them is no failure.
  if (reply.raw.destroyed) return reply.hijack();
  const shown = asRestError(error);
  if (error instanceof GatewayError ? error.isFault : shown.status >= 500) {
    log.error(
      { err: error, method: request.method, path: requestTarget(request).split("?")[0] },
      "A REST request failed",
    );
  }
  return (
    reply
      .code(shown.status)
      .header("content-type", shown.envelope.error.error_code === "OE0257" ? "application/json" : JSON_TYPE)
      // As bytes, because Fastify adds a character set to text.
      .send(Buffer.from(JSON.stringify(shown.envelope)))
  );
}
