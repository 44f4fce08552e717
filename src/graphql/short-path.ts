import type { FastifyReply, FastifyRequest } from "fastify";
import { isObject } from "../json.js";
import type { RequestContext } from "./context.js";
import type { ObserveOperation } from "./observe-operations.js";
import type { Operations, Variables } from "./operations.js";

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

interface ShortPath {
  readonly operations: Operations;
  readonly observe: ObserveOperation;
  readonly contextOf: (request: FastifyRequest, reply: FastifyReply) => RequestContext;
  /** Answers in all other cases; for a request in `executed` it puts that result into words. */
  readonly throughApollo: Handler;
  /** Requests whose operation has been executed already, with its context. */
  readonly executed: WeakMap<FastifyRequest, RequestContext>;
}

/**
 * Answers a plain request for an operation that came through Apollo before, without going all the way through it
 * again: negotiation, hashing and hooks would take half as long again as a page of a hundred rows. Errors are put into
 * words by Apollo.
 */
export function shortPath({ operations, observe, contextOf, throughApollo, executed }: ShortPath): Handler {
  return async (request, reply) => {
    const plain = plainRequest(request);
    const operation = plain && operations.known(plain.query, plain.operationName);
    if (!operation || !operations.isCompiled(operation)) return throughApollo(request, reply);

    const observed = observe();
    observed.resolved(operation.node.operation, operation.node.name?.value);
    const context = contextOf(request, reply);
    const result = await operations.execute(operation, plain.variables, context);
    if (result.errors) {
      context.executed = result;
      context.observed = observed;
      executed.set(request, context);
      return throughApollo(request, reply);
    }
    observed.ended(undefined);
    void reply.header("content-type", "application/json; charset=utf-8");
    return `${JSON.stringify(result)}\n`;
  };
}

interface PlainRequest {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Variables;
}

/** Of these `application/json` is what Apollo would choose. */
const accepted = new Set([undefined, "*/*", "application/json"]);
/** Browsers send no such body to another site without asking it first (Apollo's protection against that is the same). */
const json = /^application\/json *(;|$)/i;

function plainRequest({ headers, body }: FastifyRequest): PlainRequest | undefined {
  if (!accepted.has(headers.accept) || !json.test(headers["content-type"] ?? "")) return undefined;
  if (!isObject(body)) return undefined;
  const { query, operationName = null, variables = null, extensions = null } = body;
  if (typeof query !== "string" || extensions !== null) return undefined;
  if (operationName !== null && typeof operationName !== "string") return undefined;
  if (variables !== null && !isObject(variables)) return undefined;
  return { query, operationName: operationName ?? undefined, variables: variables ?? {} };
}
