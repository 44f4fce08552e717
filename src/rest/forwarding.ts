import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Dispatcher } from "undici";
import type { OptScale } from "../optscale/optscale.js";
import type { RemoteAnswer } from "../remote-service.js";
import { requestSignal } from "../request-signal.js";
import { RestError } from "./errors.js";
import { pathSegment } from "./query-arguments.js";
import { requestTarget } from "./request-target.js";

/** Headers of one connection, which end with it (RFC 9110 §7.6.1); `expect` was answered by this server. */
const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Hands a request on to OptScale and its answer back: method, body, status and headers as they are, as a stream. */
export async function forward(request: FastifyRequest, reply: FastifyReply, optScale: OptScale): Promise<FastifyReply> {
  const target = requestTarget(request);
  refuseDetours(target);
  const { host: _, ...headers } = endToEnd(request.headers);
  const answer = await optScale.client.open(
    {
      method: request.method as Dispatcher.HttpMethod,
      target,
      headers,
      body: (request.body as Readable | undefined) ?? null,
    },
    requestSignal(reply.raw),
  );
  return reply.code(answer.status).headers(endToEnd(answer.headers)).send(answer.body);
}

/**
 * Hands a GET of a known path on; what another than OptScale says in its place is no answer.
 * @throws GatewayError UPSTREAM_UNAVAILABLE
 */
export async function forwardKnown(
  request: FastifyRequest,
  reply: FastifyReply,
  optScale: OptScale,
): Promise<FastifyReply> {
  refuseDetours(requestTarget(request));
  const { host: _, ...headers } = endToEnd(request.headers);
  const answer = await optScale.client.open({ target: requestTarget(request), headers }, requestSignal(reply.raw));
  return send(reply, answer, optScale);
}

/** @throws GatewayError UPSTREAM_UNAVAILABLE */
export function send(reply: FastifyReply, answer: RemoteAnswer, optScale: OptScale): FastifyReply {
  const isPage = /^text\/html\b/i.test(answer.headers["content-type"] ?? "");
  if (isPage || (answer.status >= 300 && answer.status < 400 && answer.status !== 304)) {
    answer.body.destroy();
    throw optScale.client.failure(
      isPage
        ? `answered with a page (HTTP ${answer.status})`
        : `redirects (HTTP ${answer.status}), which is not followed`,
    );
  }
  return reply.code(answer.status).headers(endToEnd(answer.headers)).send(answer.body);
}

/**
 * A path that leads out of where it seems to be would reach what stands beside OptScale's API.
 * @throws RestError OE0257
 */
export function refuseDetours(target: string): void {
  const path = target.split("?", 1)[0] as string;
  const isDetour = path
    .split("/")
    .map((segment) => pathSegment(segment))
    .some((segment) => /^\.{1,2}$/.test(segment) || /[/\\]/.test(segment));
  if (isDetour) throw new RestError("OE0257");
}

function endToEnd(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const named = new Set(
    [headers.connection ?? []]
      .flat()
      .flatMap((value) => value.split(","))
      .map((name) => name.trim().toLowerCase()),
  );
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || hopByHop.has(name) || named.has(name) ? [] : [[name, value]],
    ),
  );
}
