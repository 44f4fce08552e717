/**
 * Bounds how much work runs at the same time. Who waits for a slot and is cancelled leaves the queue at once, so that
 * those behind do not wait for somebody who is gone.
 */
export class Slots {
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /** @param count how many there are; asked for again whenever one is given back, for it may change */
  constructor(private readonly count: () => number) {}

  /** Whether whoever comes now has to wait. */
  get areTaken(): boolean {
    return this.#taken >= this.count();
  }

  /** @throws the signal's reason when it ends the wait; else whatever the work throws. */
  async use<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    signal?.throwIfAborted();
    if (this.areTaken) await this.#handedOver(signal);
    else this.#taken++;
    try {
      return await work();
    } finally {
      this.#release();
    }
  }

  #handedOver(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(enter);
        reject(signal?.reason);
      };
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve();
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.add(enter);
    });
  }

  /** Free slots go to those who have waited for longest. */
  #release(): void {
    this.#taken--;
    for (const enter of this.#waiting) {
      if (this.#taken >= this.count()) return;
      this.#waiting.delete(enter);
      this.#taken++;
      enter();
    }
  }
}
