import type { ZodType } from "zod";
import { GatewayError } from "../errors.js";
import { type RemoteAnswer, type RemoteRequest, RemoteService } from "../remote-service.js";
import type { AroundRemoteCall } from "../telemetry/remote-call.js";
import { type JsonMember, jsonMembers, NotAnObject } from "./json-members.js";
import { refusalOf } from "./refusal.js";

/** What a caller presented, passed on as it came. */
export interface CallerHeaders {
  readonly authorization?: string;
  readonly secret?: string;
}

export interface OptScaleClientOptions {
  /** A base such as `http://restapi`; `/restapi/v2/…` is appended. */
  readonly url: string;
  readonly timeoutMs: number;
  /** Told of each call, for metrics and traces. */
  readonly around?: AroundRemoteCall;
}

/** An OptScale that takes longer to say anything at all is of no use to a caller either. */
const PATIENCE_MS = 2_000;

/** Speaks OptScale's v2 API in the name of its callers. */
export class OptScaleClient {
  readonly #service: RemoteService;

  constructor({ url, timeoutMs, around }: OptScaleClientOptions) {
    this.#service = new RemoteService({ name: "OptScale", variable: "OPTSCALE_URL", url, timeoutMs, around });
  }

  /** @throws GatewayError UPSTREAM_UNAVAILABLE when there is no answer; any answer is the caller's to judge. */
  open(request: RemoteRequest, signal?: AbortSignal): Promise<RemoteAnswer> {
    return this.#service.open(request, signal);
  }

  /**
   * A small answer, read whole.
   * @param path below `/restapi/v2`, with its query
   * @throws OptScaleRefusal; GatewayError UPSTREAM_UNAVAILABLE
   */
  async get<T>(path: string, schema: ZodType<T>, headers: CallerHeaders, signal?: AbortSignal): Promise<T> {
    const { status, body } = await this.#service.json({ target: v2(path), headers: { ...headers } }, signal);
    if (status !== 200) throw this.#judged(status, body);
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw this.failure("answered in an unknown form", parsed.error);
    return parsed.data;
  }

  /**
   * The members of a large answer as they come in, the elements of one list one by one.
   * @throws OptScaleRefusal; GatewayError UPSTREAM_UNAVAILABLE
   */
  async *members(path: string, list: string, headers: CallerHeaders, signal?: AbortSignal): AsyncGenerator<JsonMember> {
    const { status, body } = await this.open({ target: v2(path), headers: { ...headers } }, signal);
    try {
      if (status !== 200) throw this.#judged(status, await boundedJson(body));
      yield* this.split(body, list, signal);
    } finally {
      body.destroy();
    }
  }

  /** The members of an answer that was opened. @throws GatewayError UPSTREAM_UNAVAILABLE when it breaks off or is no object */
  async *split(body: AsyncIterable<Buffer>, list: string, signal?: AbortSignal): AsyncGenerator<JsonMember> {
    try {
      yield* jsonMembers(body, list);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof GatewayError) throw error;
      throw this.failure(
        error instanceof NotAnObject
          ? "answered with something that is not the JSON it should be"
          : "broke off in the middle of its answer",
        error,
      );
    }
  }

  /** Whether an OptScale answers now, be it by a refusal; never rejects. */
  async answers(): Promise<boolean> {
    try {
      const { status, body } = await this.open({ target: v2("/organizations") }, AbortSignal.timeout(PATIENCE_MS));
      body.destroy();
      return status < 500;
    } catch {
      return false;
    }
  }

  failure(what: string, cause?: unknown): GatewayError {
    return this.#service.failure(what, cause);
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  #judged(status: number, body: unknown): GatewayError {
    const refusal = refusalOf(status, body);
    if (refusal) return refusal;
    if (status >= 300 && status < 400) return this.failure(`redirects (HTTP ${status}), which is not followed`);
    return this.failure(`answered with HTTP ${status}`);
  }
}

export function v2(path: string): string {
  return `/restapi/v2${path}`;
}

const LARGEST_REFUSAL = 64 * 1024;

/** The body of a refusal; undefined when it is too large for one, or no JSON. */
async function boundedJson(body: AsyncIterable<Buffer>): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > LARGEST_REFUSAL) return undefined;
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
