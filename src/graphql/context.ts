import type { FastifyReply, FastifyRequest } from "fastify";
import type { ExecutionResult } from "graphql";
import { type Credentials, credentialsOf } from "../accounts/credentials.js";
import { notePrincipal } from "../accounts/noted-principal.js";
import type { Principal } from "../accounts/principal.js";
import { RequestBudget } from "../kubernetes/budget.js";
import type { LookUpOptions } from "../kubernetes/cluster-cost.js";
import { requestSignal } from "../request-signal.js";
import type { Services } from "../services.js";
import { Loaders } from "./loaders.js";
import type { ObservedOperation } from "./observe-operations.js";
import type { Batch } from "./operation-limits.js";

/** What the resolvers of one request share. */
export class RequestContext {
  readonly loaders: Loaders;
  /** For whatever the request asks Metroculus: all of it together stays within the budget. */
  readonly lookUps: LookUpOptions;
  /** What the operation gave, and who observes it, where it was executed before Apollo saw the request. */
  executed: ExecutionResult | undefined;
  observed: ObservedOperation | undefined;
  // Not #private: Apollo works on a copy of the context, and a copy has no private members.
  private principalFound: Promise<Principal> | undefined;

  readonly services: Services;

  constructor(
    services: Services,
    /** Ends the request's queries and cluster look-ups: see requestSignal. */
    readonly signal: AbortSignal,
    private readonly credentials: Credentials,
    /** Ties an answer's masked error to the log entry that tells what happened. */
    readonly requestId: string,
    /** Where it brings a list of operations: what they share. */
    readonly batch: Batch | undefined,
  ) {
    this.services = { ...services, ...services.optScale?.as(credentials) };
    this.lookUps = { signal, budget: new RequestBudget() };
    this.loaders = new Loaders(this.services, this.lookUps);
  }

  /**
   * Who is asking; looked up once, and only when some field needs it, so that introspection works without a token.
   * @throws GatewayError UNAUTHENTICATED
   */
  principal(): Promise<Principal> {
    this.principalFound ??= this.services.authentication.authenticate(this.credentials).then(notePrincipal);
    return this.principalFound;
  }
}

export function requestContext(services: Services, request: FastifyRequest, reply: FastifyReply): RequestContext {
  const batch = Array.isArray(request.body) ? { cost: 0 } : undefined;
  return new RequestContext(services, requestSignal(reply.raw), credentialsOf(request.headers), request.id, batch);
}
