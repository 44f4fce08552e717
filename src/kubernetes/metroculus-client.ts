import { errors, Pool } from "undici";
import { currentRequest } from "../request-record.js";
import { type Tracing, untraced } from "../telemetry/tracing.js";
import { type CallFailureCode, type CallResult, failed } from "./call-result.js";
import { refusalOf } from "./http-status.js";
import { parseJson } from "./json.js";

/** A body is read no further than this; the largest known one has 0.3 MB. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024;

export interface MetroculusClientOptions {
  /** Base without `/metroculus/v2`, asked for at each call, because our own port is known late. */
  readonly baseUrl: () => string;
  readonly secret: string;
  /** Deadline of one call, body included. */
  readonly timeoutMs: number;
  readonly connections: number;
  readonly maxBodyBytes?: number;
  readonly tracing?: Tracing;
}

/** With these no call can be answered; any other failure is an answer of sorts. */
const deaf = new Set<CallFailureCode>([
  "UPSTREAM_TIMEOUT",
  "UPSTREAM_UNREACHABLE",
  "UPSTREAM_OVERLOADED",
  "SECRET_REFUSED",
]);

export type CallParameters = Readonly<Record<string, string | number>>;

/** Speaks HTTP to a Metroculus over kept connections. Judges the transport; what a body means is judged elsewhere. */
export class MetroculusClient {
  readonly #pools = new Map<string, Pool>();

  constructor(private readonly options: MetroculusClientOptions) {}

  /**
   * GET `/metroculus/v2/<endpoint>`. Every failure of the other side is a result.
   * @throws the signal's reason, when the caller's signal ends the call.
   */
  async get(endpoint: string, parameters: CallParameters, signal?: AbortSignal): Promise<CallResult> {
    const route = `/metroculus/v2/${endpoint}`;
    return this.#tracing.span(`GET ${route}`, "client", { "http.request.method": "GET" }, async (span) => {
      const result = await this.#inTime(endpoint, parameters, signal);
      if (!result.ok) span.fail(result.failure.code);
      return result;
    });
  }

  /** Whether anything listens there that takes our secret. Asks for nothing, which Metroculus refuses quickly. */
  async answers(): Promise<boolean> {
    const result = await this.get("kubecost_cluster_costs", {});
    return result.ok || !deaf.has(result.failure.code);
  }

  get #tracing(): Tracing {
    return this.options.tracing ?? untraced;
  }

  /** The call's traces and id, by which the other side's log can be read together with ours. */
  #correlation(): Record<string, string> {
    const id = currentRequest()?.id;
    return { ...this.#tracing.headers(), ...(id && { "X-Request-Id": id }) };
  }

  async #inTime(endpoint: string, parameters: CallParameters, signal?: AbortSignal): Promise<CallResult> {
    signal?.throwIfAborted();
    const call = new AbortController();
    const deadline = setTimeout(() => call.abort(), this.options.timeoutMs);
    const cancel = () => call.abort();
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await this.#exchange(endpoint, parameters, call.signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (call.signal.aborted) return timedOut(this.options.timeoutMs);
      return connectionFailure(error);
    } finally {
      clearTimeout(deadline);
      signal?.removeEventListener("abort", cancel);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.destroy()));
    this.#pools.clear();
  }

  async #exchange(endpoint: string, parameters: CallParameters, signal: AbortSignal): Promise<CallResult> {
    const base = new URL(this.options.baseUrl());
    const query = new URLSearchParams(
      Object.entries(parameters).map(([name, value]) => [name, String(value)] as [string, string]),
    );
    const { statusCode, headers, body } = await this.#pool(base.origin).request({
      method: "GET",
      path: `${base.pathname.replace(/\/+$/, "")}/metroculus/v2/${endpoint}?${query}`,
      headers: {
        Secret: this.options.secret,
        Accept: "application/json",
        // Without a word on encodings, a server may choose any.
        "Accept-Encoding": "identity",
        ...this.#correlation(),
      },
      signal,
    });
    const refusal = refusalOf(statusCode);
    if (refusal !== null) {
      // Read to its end, or the connection could not be used again; what becomes of it does not matter.
      await body.dump({ limit: 65_536 }).catch(() => undefined);
      return refusal;
    }
    try {
      const bytes = await this.#bounded(body, Number(headers["content-length"]));
      if (bytes === null) {
        return failed(
          "MALFORMED",
          "BODY_TOO_LARGE",
          `Metroculus's answer is larger than ${this.#maxBodyBytes} bytes and was not read further.`,
        );
      }
      return parsed(bytes);
    } catch (error) {
      if (signal.aborted) throw error;
      return failed("MALFORMED", "BODY_CUT_OFF", "Metroculus's answer broke off before its end.");
    }
  }

  /** Of one call, body included. */
  get timeoutMs(): number {
    return this.options.timeoutMs;
  }

  get #maxBodyBytes(): number {
    return this.options.maxBodyBytes ?? MAX_BODY_BYTES;
  }

  async #bounded(body: AsyncIterable<Buffer> & { destroy(): unknown }, announced: number): Promise<Buffer | null> {
    const chunks: Buffer[] = [];
    let size = 0;
    if (!(announced > this.#maxBodyBytes)) {
      for await (const chunk of body) {
        size += chunk.length;
        if (size > this.#maxBodyBytes) return null;
        chunks.push(chunk);
      }
      return Buffer.concat(chunks, size);
    }
    body.destroy();
    return null;
  }

  #pool(origin: string): Pool {
    const known = this.#pools.get(origin);
    if (known) return known;
    const { connections, timeoutMs } = this.options;
    const pool = new Pool(origin, {
      connections,
      pipelining: 1,
      connect: { timeout: timeoutMs },
      // The call's own deadline is stricter and to the millisecond.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#pools.set(origin, pool);
    return pool;
  }
}

function parsed(bytes: Buffer): CallResult {
  try {
    return { ok: true, body: parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return failed(
      "MALFORMED",
      "NOT_JSON",
      "Metroculus's answer is not JSON: something in between answered in its place, or it failed half-way.",
    );
  }
}

function timedOut(timeoutMs: number): CallResult {
  return failed("UNAVAILABLE", "UPSTREAM_TIMEOUT", `Metroculus did not answer within ${timeoutMs} ms.`);
}

function connectionFailure(error: unknown): CallResult {
  if (error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError) {
    return failed("MALFORMED", "NOT_HTTP", "What listens at METROCULUS_URL does not speak HTTP.");
  }
  // The message of a library may repeat what it was given; its code never does.
  const code = (error as { code?: unknown }).code;
  return failed(
    "UNAVAILABLE",
    "UPSTREAM_UNREACHABLE",
    `Metroculus cannot be reached (${typeof code === "string" ? code : "connection failed"}): is METROCULUS_URL right, and is it running?`,
  );
}
