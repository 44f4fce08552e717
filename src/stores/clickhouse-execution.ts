import { randomUUID } from "node:crypto";
import type { ClickHouseClient } from "@clickhouse/client";
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import { currentRequest } from "../request-record.js";
import { Slots } from "../slots.js";
import { type AroundStoreCall, unobserved } from "../telemetry/store-call.js";
import { isConnectionFailure, storeError } from "./clickhouse-failures.js";

export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
  /** ClickHouse settings for this statement, e.g. `max_execution_time`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** No statement runs longer. Seconds. */
export const LONGEST_EXECUTION = 60;
/** So much longer than its request a statement may run that it is the request whose end is told of. Seconds. */
const SLACK = 0.1;

/** Node has threads for so many statements of the engine in this process. Others wait here, where they can be given up. */
const HANDED_OVER = 4;

/** A read that no connection could be made or held for is asked again: a server that restarts, a proxy that lets go. */
const again = retry(handleWhen(isConnectionFailure), {
  maxAttempts: 2,
  backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 }),
});

/** How statements are carried out, whatever they say: their turn, their time, a second attempt, and their end. */
export class Execution {
  private readonly around: AroundStoreCall = unobserved;
  private readonly slots = new Slots(() => HANDED_OVER);

  constructor(
    private readonly client: ClickHouseClient,
    private readonly kind: "embedded" | "server",
  ) {}

  /** The same turns, seen so that each call is noted. */
  observedBy(around: AroundStoreCall): Execution {
    return Object.create(this, { around: { value: around } }) as Execution;
  }

  /** Whether a statement that comes now has to wait for others of the engine in this process. */
  get isFull(): boolean {
    return this.kind === "embedded" && this.slots.areTaken;
  }

  /**
   * How long a statement may run whose rows are read as they come: a server works until the last, which may be long
   * after the answer has begun. Seconds.
   */
  whileRead(options: QueryOptions): number {
    return this.kind === "server" ? limitOf(options) : untilDeadline(options);
  }

  /** Of the engine in this process the client would only give up the wait, and nobody would know what still runs. */
  ending({ signal }: QueryOptions) {
    return signal !== undefined && this.kind === "server" ? { abort_signal: signal } : {};
  }

  /** Statements that change nothing; until the first row has come, they may be asked again. */
  reading<T>(
    operation: string,
    sql: string,
    options: QueryOptions,
    call: (id: { readonly query_id: string }) => Promise<T>,
  ): Promise<T> {
    const attempt = async () => {
      const query_id = randomUUID();
      try {
        return await call({ query_id });
      } catch (error) {
        // A server computes on without a client, until it has rows that it cannot send.
        if (options.signal?.aborted && this.kind === "server") void this.kill(query_id);
        throw error;
      }
    };
    return this.guarded(operation, sql, options, () => again.execute(attempt, options.signal));
  }

  /** The one place that every statement passes: failures get their name, and the call is noted. */
  guarded<T>(operation: string, statement: string, { signal }: QueryOptions, call: () => Promise<T>): Promise<T> {
    return this.around({ store: "clickhouse", system: "clickhouse", operation, statement }, async () => {
      try {
        return await (this.kind === "embedded" ? this.inTurn(call, signal) : call());
      } catch (error) {
        throw storeError(error, signal);
      }
    });
  }

  /** Every user may kill statements of their own. One that has ended meanwhile is not found, which is well. */
  private async kill(id: string): Promise<void> {
    const query = "KILL QUERY WHERE query_id = {id:String} ASYNC";
    await this.client.command({ query, query_params: { id } }).catch(() => undefined);
  }

  /** A statement of the engine in this process keeps its place until it has ended, even if nobody waits for it any more. */
  private inTurn<T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const running = this.slots.use(call, signal, currentRequest()?.startedAt);
    return signal === undefined ? running : untilAborted(running, signal);
  }
}

/** How long a statement may run: no engine ends one by itself because the request has ended that it was for. Seconds. */
export function untilDeadline(options: QueryOptions): number {
  const seconds = limitOf(options);
  const limit = currentRequest()?.limit;
  if (limit === undefined || limit.isOver) return seconds;
  const left = limit.leftMs / 1000 + SLACK;
  return seconds === 0 ? left : Math.min(seconds, left);
}

/** Seconds; 0 is no limit. */
function limitOf({ settings }: QueryOptions): number {
  return Number(settings?.max_execution_time ?? LONGEST_EXECUTION);
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
