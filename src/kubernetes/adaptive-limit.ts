import type { CallResult } from "./call-result.js";

/** What any Metroculus is trusted with, however slow it is. */
const FIRST = 32;
/** Shares of the time that a call may take, below which an answer is quick and above which it is slow. */
const QUICK = 0.1;
const SLOW = 0.5;

/**
 * How many calls may run at once: `FIRST` to begin with, one more for each quick answer and one less for each slow one,
 * up to a given number. One that answers all of them side by side is soon asked for a whole organization at a time; one
 * that answers them one after the other, so that each waits for those before it, is not pushed into its timeout.
 */
export class AdaptiveLimit {
  readonly #first: number;
  #current: number;

  /** @param timeoutMs how long a call may take */
  constructor(
    private readonly most: number,
    private readonly timeoutMs: number,
  ) {
    this.#first = Math.min(FIRST, most);
    this.#current = this.#first;
  }

  get current(): number {
    return this.#current;
  }

  /** Learns from a call that ended by itself. */
  ended(result: CallResult, durationMs: number): void {
    if (isOverwhelmed(result)) this.#current = this.#first;
    else if (durationMs > this.timeoutMs * SLOW) this.#current = Math.max(this.#first, this.#current - 1);
    else if (result.ok && durationMs < this.timeoutMs * QUICK) this.#current = Math.min(this.most, this.#current + 1);
  }
}

function isOverwhelmed(result: CallResult): boolean {
  return !result.ok && (result.failure.code === "UPSTREAM_TIMEOUT" || result.failure.code === "UPSTREAM_OVERLOADED");
}
