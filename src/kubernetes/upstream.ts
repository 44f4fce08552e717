import { setTimeout as sleep } from "node:timers/promises";
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhenResult,
  retry,
  TaskCancelledError,
  wrap,
} from "cockatiel";
import { Slots } from "../slots.js";
import { AdaptiveLimit } from "./adaptive-limit.js";
import { type CallResult, failed, isOutage, isRetryable } from "./call-result.js";
import type { CallParameters, MetroculusClient } from "./metroculus-client.js";
import type { Observe } from "./observation.js";

/** So many look-ups in a row have to fail, each after its retry, before Metroculus is given a rest. */
const FAILURES_THAT_OPEN = 10;
/** How long the rest is; then one look-up tries. */
const REST_MS = 5_000;
/** Calls that meet an open circuit mix within this time. */
const SHUFFLE_MS = 20;
/** A retry with less time than this left would only end in a timeout. */
const WORTH_RETRYING_MS = 200;

/** When to give up, on the clock of `performance.now()`. */
export interface CallLimits {
  readonly signal: AbortSignal;
  readonly deadline: number;
}

/** One Metroculus, called with bounded concurrency, behind a circuit breaker, with at most one retry. */
export class Upstream {
  readonly #limit: AdaptiveLimit;
  readonly #slots: Slots;
  readonly #breaker = circuitBreaker(
    handleWhenResult((result) => isOutage(result as CallResult)),
    {
      halfOpenAfter: REST_MS,
      breaker: new ConsecutiveBreaker(FAILURES_THAT_OPEN),
    },
  );

  /** @param concurrency how many calls run at once, at most */
  constructor(
    private readonly client: MetroculusClient,
    concurrency: number,
    private readonly observe: Observe,
  ) {
    this.#limit = new AdaptiveLimit(concurrency, client.timeoutMs);
    this.#slots = new Slots(() => this.#limit.current);
    this.#breaker.onStateChange((state) =>
      observe({ kind: "circuit", state: state === CircuitState.Closed ? "closed" : "open" }),
    );
  }

  /** @throws the signal's reason when the signal ends the call. */
  async call(endpoint: string, parameters: CallParameters, { signal, deadline }: CallLimits): Promise<CallResult> {
    const worthRetrying = (result: unknown) =>
      isRetryable(result as CallResult) && !signal.aborted && performance.now() + WORTH_RETRYING_MS < deadline;
    const once = retry(handleWhenResult(worthRetrying), {
      maxAttempts: 1,
      // Jitter, so that look-ups that failed together do not come back together.
      backoff: new DelegateBackoff(() => 20 + Math.random() * 80),
    });
    try {
      // The one call that tries after a rest decides for all. Were it always the first cluster's, and that one hung by
      // itself, nobody would ever hear that the others answer again.
      if (this.#breaker.state !== CircuitState.Closed) await sleep(Math.random() * SHUFFLE_MS, undefined, { signal });
      return await this.#slots.use(
        () => wrap(this.#breaker, once).execute(() => this.#attempt(endpoint, parameters, signal), signal),
        signal,
      );
    } catch (error) {
      if (error instanceof BrokenCircuitError) {
        return failed(
          "UNAVAILABLE",
          "CIRCUIT_OPEN",
          "Metroculus failed repeatedly and is given a rest of a few seconds.",
        );
      }
      if (error instanceof TaskCancelledError) signal.throwIfAborted();
      throw error;
    }
  }

  async #attempt(endpoint: string, parameters: CallParameters, signal: AbortSignal): Promise<CallResult> {
    const startedAt = performance.now();
    const result = await this.client.get(endpoint, parameters, signal);
    const durationMs = performance.now() - startedAt;
    this.#limit.ended(result, durationMs);
    this.observe({ kind: "call", endpoint, outcome: result.ok ? "answered" : result.failure.code, durationMs });
    return result;
  }
}
