import { setMaxListeners } from "node:events";

/** A signal that ends when the time is used up or the caller's signal ends. Disposing frees both. */
export interface Budget extends Disposable {
  readonly signal: AbortSignal;
  /** Whether it was the time that ended it. */
  readonly exhausted: boolean;
}

/** The time that all look-ups of one request have together. It runs from the first one. */
export class RequestBudget {
  #endsAt: number | undefined;

  /** @param milliseconds the whole of it */
  left(milliseconds: number): number {
    const now = performance.now();
    this.#endsAt ??= now + milliseconds;
    return Math.max(0, this.#endsAt - now);
  }
}

/** The part of a budget that is kept back for answering itself. */
const reserveOf = (milliseconds: number) => Math.min(100, milliseconds / 10);

export function startBudget(milliseconds: number, caller: AbortSignal | undefined): Budget {
  const end = new AbortController();
  // Every cluster of a batch listens to it; the default warns of a leak from the eleventh on.
  setMaxListeners(0, end.signal);
  let exhausted = false;
  const timer = setTimeout(() => {
    exhausted = true;
    end.abort();
  }, milliseconds - reserveOf(milliseconds));
  if (milliseconds <= 0) {
    exhausted = true;
    end.abort();
  }
  const cancel = () => end.abort();
  if (caller?.aborted) cancel();
  caller?.addEventListener("abort", cancel, { once: true });
  return {
    signal: end.signal,
    get exhausted() {
      return exhausted;
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      caller?.removeEventListener("abort", cancel);
    },
  };
}
