import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** How long a request may take until its answer begins. */
export interface RequestLimit {
  readonly timeoutMs: number;
  /** What is left of it, in milliseconds; not below 0. */
  readonly leftMs: number;
  /** The answer has begun: it is sent to its end, however long that takes. */
  readonly isOver: boolean;
}

/** What is known of a request while it is answered: for its one line in the log, and for what works for it. */
export class RequestRecord {
  readonly startedAt = performance.now();
  /** The GraphQL operation's name, once the document is known to be valid. */
  operation: string | undefined;
  /** Who asked: the kind, and what tells one from another without being a credential. */
  principal: { readonly kind: string; readonly id?: string } | undefined;
  /** The pattern of the route, where it is known better than the framework does. */
  route: string | undefined;
  /** Ids from the path, by name. */
  parameters: Readonly<Record<string, string>> | undefined;
  /** Calls to other services. */
  upstreamCalls = 0;
  limit: RequestLimit | undefined;
  /** How much of it waits for other services at the moment. */
  awaited = 0;

  constructor(readonly id: string) {}

  get durationMs(): number {
    return performance.now() - this.startedAt;
  }
}

interface Scope {
  readonly record: RequestRecord;
  /** What the tracer takes for the parent of the next span; only it knows what that is. */
  trace: unknown;
}

const scopes = new AsyncLocalStorage<Scope>();

/** The request that this code runs for; undefined outside of one. */
export function currentRequest(): RequestRecord | undefined {
  return scopes.getStore()?.record;
}

/** Until it is disposed of, what this code runs for waits for another service: that is no work of this process. */
export function awaitingOthers(): Disposable {
  const record = currentRequest();
  if (record !== undefined) record.awaited++;
  return {
    [Symbol.dispose]() {
      if (record !== undefined) record.awaited--;
    },
  };
}

/** The tracer's own context of this code. */
export function currentTrace(): unknown {
  return scopes.getStore()?.trace;
}

/** Makes `trace` the context of all that the request does from now on, as far as it has no nearer one. */
export function replaceTrace(trace: unknown): void {
  const scope = scopes.getStore();
  if (scope !== undefined) scope.trace = trace;
}

/** Runs something, and all that it starts, as part of a request. */
export function within<T>(record: RequestRecord, trace: unknown, work: () => T): T {
  return scopes.run({ record, trace }, work);
}

/** A caller's own id may be kept, as long as it cannot be anything but an id. */
const WELL_FORMED = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** The caller's X-Request-Id if it is well-formed, else a new one. */
export function requestIdOf({ headers }: Pick<IncomingMessage, "headers">): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && WELL_FORMED.test(given) ? given : randomUUID();
}
