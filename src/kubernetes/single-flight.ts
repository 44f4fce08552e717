/** Starts the work behind a key; the signal ends when nobody waits for it any more. */
export type Departure<Value> = (signal: AbortSignal) => Promise<Value>;

interface Flight<Value> {
  readonly landing: Promise<Value>;
  readonly abort: AbortController;
  waiting: number;
}

/**
 * At most one running piece of work a key, shared by all who ask for it while it runs. Whoever leaves early does not
 * end it for the others; the last one who leaves does.
 */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Flight<Value>>();

  isFlying(key: string): boolean {
    return this.#flights.has(key);
  }

  /** @throws the signal's reason once it is aborted; else whatever the work rejects with. */
  async join(key: string, signal: AbortSignal, depart: Departure<Value>): Promise<Value> {
    signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, depart);
    flight.waiting++;
    let leave = () => {};
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => reject(signal.reason);
      signal.addEventListener("abort", leave, { once: true });
    });
    try {
      return await Promise.race([flight.landing, left]);
    } finally {
      signal.removeEventListener("abort", leave);
      if (--flight.waiting === 0) {
        this.#forget(key, flight);
        flight.abort.abort();
      }
    }
  }

  /** Ends all work; everybody who waits gets a rejection from it. */
  abortAll(): void {
    for (const { abort } of this.#flights.values()) abort.abort();
    this.#flights.clear();
  }

  #start(key: string, depart: Departure<Value>): Flight<Value> {
    const abort = new AbortController();
    const landing = depart(abort.signal);
    const flight = { landing, abort, waiting: 0 };
    this.#flights.set(key, flight);
    // Also handles the rejection of a flight that everybody has left.
    landing.then(
      () => this.#forget(key, flight),
      () => this.#forget(key, flight),
    );
    return flight;
  }

  #forget(key: string, flight: Flight<Value>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
