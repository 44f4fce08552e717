/**
 * Bounds how much work runs at the same time. A free slot goes to the work whose request came first: one that takes
 * several slots, one after the other, does not stand in line anew behind all that came later each time. Who waits and is
 * cancelled leaves at once, so that those behind do not wait for somebody who is gone.
 */
export class Slots {
  /** The first to be served is last. */
  readonly #waiting: Waiting[] = [];
  #taken = 0;

  /** @param count how many there are; asked for again whenever one is given back, for it may change */
  constructor(private readonly count: () => number) {}

  /** Whether whoever comes now has to wait. */
  get areTaken(): boolean {
    return this.#taken >= this.count();
  }

  /**
   * @param since when what the work is done for began, by `performance.now()`; of two of the same time who asked first
   *   comes first
   * @throws the signal's reason when it ends the wait; else whatever the work throws.
   */
  async use<Result>(work: () => Promise<Result>, signal?: AbortSignal, since = performance.now()): Promise<Result> {
    signal?.throwIfAborted();
    if (this.areTaken) await this.#handedOver(signal, since);
    else this.#taken++;
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  #handedOver(signal: AbortSignal | undefined, since: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      const waiting = { since, enter };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.splice(this.#placeOf(since), 0, waiting);
    });
  }

  /** Before all that are served earlier, those of the same time included. */
  #placeOf(since: number): number {
    let low = 0;
    let high = this.#waiting.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#waiting[middle] as Waiting).since > since) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #release(): void {
    this.#taken--;
    while (this.#waiting.length > 0 && this.#taken < this.count()) {
      this.#taken++;
      this.#waiting.pop()?.enter();
    }
  }
}

interface Waiting {
  readonly since: number;
  readonly enter: () => void;
}
