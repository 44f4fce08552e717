import { LRUCache } from "lru-cache";
import { secretDigest } from "./secrets.js";

/** How long an answer about rights that another service gave is taken for true. Milliseconds. */
const REMEMBERED_MS = 30_000;
const MOST_REMEMBERED = 10_000;

/**
 * Answers of another service about what a caller may see, remembered for 30 s each and no more of them than a bound. Keys are
 * digests, so that no credential stays in memory; who asks while the same is being asked shares the answer; failures
 * are not remembered.
 */
export class RememberedRights<Answer extends object> {
  readonly #answers: LRUCache<string, Promise<Answer>>;

  /**
   * @param most answers; beyond them the least recently used are forgotten
   * @param clock milliseconds since anything, above 0
   */
  constructor(most = MOST_REMEMBERED, clock: { now(): number } = performance) {
    this.#answers = new LRUCache({ max: most, ttl: REMEMBERED_MS, ttlResolution: 0, perf: clock });
  }

  of(credentials: string, what: string, ask: () => Promise<Answer>): Promise<Answer> {
    const key = secretDigest(JSON.stringify([credentials, what]));
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const asked = ask();
    this.#answers.set(key, asked);
    asked.catch(() => {
      if (this.#answers.get(key) === asked) this.#answers.delete(key);
    });
    return asked;
  }
}
