import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { type Dispatcher, Pool } from "undici";
import { GatewayError } from "./errors.js";
import { awaitingOthers, currentRequest } from "./request-record.js";
import { deadlineExceeded } from "./request-signal.js";
import { type AroundRemoteCall, unaccompanied } from "./telemetry/remote-call.js";

export interface RemoteServiceOptions {
  /** What it is called in sentences, such as `OptScale`. */
  readonly name: string;
  /** The variable that says where it is, for sentences that say what to do. */
  readonly variable: string;
  /** Base address; what is asked for is appended to its path. */
  readonly url: string;
  /** How long a whole answer that is read into memory may take; of a streamed one, its start and each pause. A request that may take less ends it earlier. */
  readonly timeoutMs: number;
  /** Kept connections; further calls wait for one, within the same time. */
  readonly connections?: number;
  /** An answer that is read into memory is read no further than this. */
  readonly maxBytes?: number;
  /** Told of each call, for metrics and traces. */
  readonly around?: AroundRemoteCall | undefined;
}

export interface RemoteRequest {
  readonly method?: Dispatcher.HttpMethod;
  /** Path and query below the base, as they go over the wire. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Readable | null;
}

export interface RemoteAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readable;
}

const CONNECTIONS = 64;
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Another service that is spoken to over HTTP, on kept connections. Redirects are never followed, because credentials
 * would go along. Whatever goes wrong on the way is a GatewayError UPSTREAM_UNAVAILABLE; a status is the caller's to judge.
 */
export class RemoteService {
  readonly #pool: Pool;
  readonly #base: string;

  constructor(private readonly options: RemoteServiceOptions) {
    const { origin, pathname } = new URL(options.url);
    this.#base = pathname.replace(/\/+$/, "");
    this.#pool = new Pool(origin, {
      connections: options.connections ?? CONNECTIONS,
      pipelining: 1,
      connect: { timeout: options.timeoutMs },
      headersTimeout: 0,
      bodyTimeout: options.timeoutMs,
    });
  }

  /**
   * The answer as soon as it starts; the body is the caller's to read or destroy.
   * @throws GatewayError UPSTREAM_UNAVAILABLE, DEADLINE_EXCEEDED; the signal's reason when the signal ends the call
   */
  async open(request: RemoteRequest, signal?: AbortSignal): Promise<RemoteAnswer> {
    return this.#within(signal, (limited) => this.#send(request, limited, signal));
  }

  /**
   * The whole answer, its JSON parsed; a body that is no JSON is undefined unless the status is a success.
   * @throws GatewayError UPSTREAM_UNAVAILABLE, DEADLINE_EXCEEDED; the signal's reason when the signal ends the call
   */
  async json(request: RemoteRequest, signal?: AbortSignal): Promise<{ status: number; body: unknown }> {
    return this.#within(signal, async (limited) => {
      const { status, body } = await this.#send(request, limited, limited);
      const bytes = await this.#bounded(body);
      try {
        return { status, body: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown };
      } catch {
        if (status >= 200 && status < 300) throw this.failure("answered with something that is not JSON");
        return { status, body: undefined };
      }
    });
  }

  /** A sentence about what it did, as an error. */
  failure(what: string, cause?: unknown): GatewayError {
    const { name, variable } = this.options;
    return new GatewayError(
      "UPSTREAM_UNAVAILABLE",
      `${name} ${what}: try again; if it stays so, an operator has to look at it, and at ${variable}.`,
      { cause },
    );
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** @param until ends the body, too, when it fires after the answer started */
  async #send(request: RemoteRequest, starts: AbortSignal, until: AbortSignal | undefined): Promise<RemoteAnswer> {
    const { variable, around = unaccompanied } = this.options;
    const method = request.method ?? "GET";
    const service = variable.replace(/_.*/, "").toLowerCase();
    const { statusCode, headers, body } = await around({ service, method }, (correlation) =>
      this.#pool.request({
        method,
        path: `${this.#base}${request.target}`,
        headers: { ...request.headers, ...correlation },
        body: request.body ?? null,
        signal: starts,
      }),
    );
    // Whoever reads the body meets its error; one that nobody reads any more must not end the process.
    body.on("error", () => {});
    if (until !== undefined && until !== starts) {
      const end = () => body.destroy(until.reason);
      until.addEventListener("abort", end, { once: true });
      body.once("close", () => until.removeEventListener("abort", end));
    }
    return { status: statusCode, headers, body };
  }

  async #within<T>(signal: AbortSignal | undefined, call: (limited: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    using _ = awaitingOthers();
    const limit = new AbortController();
    const { timeoutMs } = this.options;
    const ofRequest = currentRequest()?.limit;
    const left = ofRequest === undefined || ofRequest.isOver ? timeoutMs : ofRequest.leftMs;
    const deadline = setTimeout(() => limit.abort(), Math.min(timeoutMs, left));
    const leave = () => limit.abort();
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await call(limit.signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof GatewayError) throw error;
      if (limit.signal.aborted && left < timeoutMs) throw deadlineExceeded(ofRequest?.timeoutMs ?? left);
      if (limit.signal.aborted) throw this.failure(`did not answer within ${timeoutMs} ms`, error);
      // The message of a library may repeat what it was given; its code never does.
      const { code } = error as { code?: unknown };
      throw this.failure(`cannot be reached (${typeof code === "string" ? code : "connection failed"})`, error);
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener("abort", leave);
    }
  }

  async #bounded(body: Readable): Promise<Buffer> {
    const most = this.options.maxBytes ?? MAX_BYTES;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw this.failure(`answered with more than ${most} bytes where little was asked for`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  }
}
