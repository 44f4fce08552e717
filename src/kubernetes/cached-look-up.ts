import { LRUCache } from "lru-cache";
import type { EpochSeconds } from "../time.js";
import { type ClusterWindow, clusterWindowKey } from "./cluster-cost.js";
import { FAILURE_LIFE, freshnessOf, RETENTION } from "./freshness.js";
import type { Observe } from "./observation.js";
import type { Kept, SharedCache } from "./shared-cache.js";
import { SingleFlight } from "./single-flight.js";
import type { CallLimits } from "./upstream.js";

/** Answers, and clusters that are outdated, of which the least recently used are forgotten beyond this. */
export const MOST_REMEMBERED = 10_000;

/** When something was read that nothing is known to be newer than. */
const NEVER: EpochSeconds = Number.NEGATIVE_INFINITY;

/** How far the clocks of replicas may be apart. Seconds. */
const CLOCKS_DIFFER = 60;

interface Entry<Value> {
  readonly cluster: ClusterWindow;
  readonly good: Kept<Value> | null;
  /** What the look-up after `good` brought, where that was no good. */
  readonly failure: Kept<Value> | null;
}

export interface LookedUp<Value> {
  /** Null when the signal ended the wait. */
  readonly latest: Value | null;
  /** The last good value from before, however old; null when there is none. */
  readonly lastGood: Value | null;
}

export interface LookUpPolicy<Value> {
  /** Tells this look-up's keys from others' in a shared cache. */
  readonly name: string;
  read(cluster: ClusterWindow, limits: CallLimits): Promise<Value>;
  /** Whether it is worth keeping; anything else is believed for seconds only. */
  isGood(value: Value): boolean;
  /** Whether nothing is missing in it that might be there later. */
  isWhole(value: Value): boolean;
  readonly shared: SharedCache<Value> | null;
  readonly budgetMs: number;
  readonly now: () => EpochSeconds;
  readonly observe: Observe;
}

/** Look-ups by cluster and window: each made once at a time, remembered while fresh, and used while a newer one is read. */
export class CachedLookUp<Value extends object> {
  readonly #entries: LRUCache<string, Entry<Value>>;
  readonly #flights = new SingleFlight<Value>();
  /** For each cluster how often, and when last, what was known of it became outdated. */
  readonly #outdated = new LRUCache<string, { readonly times: number; readonly at: EpochSeconds }>({
    max: MOST_REMEMBERED,
  });

  constructor(private readonly policy: LookUpPolicy<Value>) {
    this.#entries = new LRUCache({ max: MOST_REMEMBERED, ttl: RETENTION * 1000 });
  }

  async get(cluster: ClusterWindow, signal: AbortSignal): Promise<LookedUp<Value>> {
    const { observe, now } = this.policy;
    const key = clusterWindowKey(cluster);
    const { good, failure } = this.#entries.get(key) ?? { good: null, failure: null };
    if (failure !== null && isWithin(FAILURE_LIFE, now() - failure.readAt)) {
      observe({ kind: "look-up", from: "fresh" });
      return { latest: failure.value, lastGood: good?.value ?? null };
    }
    const age = good === null ? "none" : this.#ageOf(cluster, good);
    if (good !== null && age === "fresh") {
      observe({ kind: "look-up", from: "fresh" });
      return { latest: good.value, lastGood: good.value };
    }
    // After a failure nobody should believe the old figures unawares: then the look-up is waited for.
    if (good !== null && age === "usable" && failure === null) {
      observe({ kind: "look-up", from: "stale" });
      void this.#refresh(cluster, key);
      return { latest: good.value, lastGood: good.value };
    }
    observe({ kind: "look-up", from: this.#flights.isFlying(key) ? "joined" : "called" });
    const latest = await this.#flights
      .join(key, signal, (ending) => this.#read(cluster, key, ending))
      .catch((error: unknown) => {
        if (signal.aborted) return null;
        throw error;
      });
    return { latest, lastGood: this.#entries.peek(key)?.good?.value ?? null };
  }

  /** What is known of a cluster's windows that reach beyond `since` may no longer hold, except as a last resort. */
  outdate(cloudAccountId: string, since: EpochSeconds): void {
    const times = (this.#outdated.peek(cloudAccountId)?.times ?? 0) + 1;
    this.#outdated.set(cloudAccountId, { times, at: this.policy.now() });
    for (const [key, { good, cluster }] of this.#entries.entries()) {
      if (cluster.cloudAccountId !== cloudAccountId || cluster.window.end < since) continue;
      this.#entries.set(key, { cluster, good: good && { ...good, readAt: NEVER }, failure: null });
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#flights.abortAll();
  }

  #ageOf({ window }: ClusterWindow, { value, readAt }: Kept<Value>): "fresh" | "usable" | "none" {
    const now = this.policy.now();
    const { fresh, usable } = freshnessOf(window, this.policy.isWhole(value), now);
    const age = now - readAt;
    return isWithin(fresh, age) ? "fresh" : isWithin(usable, age) ? "usable" : "none";
  }

  /** Nobody waits for it; what it finds is for those who ask later. */
  async #refresh(cluster: ClusterWindow, key: string): Promise<void> {
    const limit = AbortSignal.timeout(this.policy.budgetMs);
    await this.#flights.join(key, limit, (ending) => this.#read(cluster, key, ending)).catch(() => undefined);
  }

  async #read(cluster: ClusterWindow, key: string, signal: AbortSignal): Promise<Value> {
    const deadline = performance.now() + this.policy.budgetMs;
    const known = (await this.#fromShared(cluster, key)) ?? this.#entries.peek(key)?.good ?? null;
    if (known !== null && this.#ageOf(cluster, known) === "fresh") return known.value;
    const before = this.#outdated.peek(cluster.cloudAccountId)?.times;
    const value = await this.policy.read(cluster, { signal, deadline });
    // What arrived meanwhile may or may not be in it.
    const isUpToDate = this.#outdated.peek(cluster.cloudAccountId)?.times === before;
    const kept = { value, readAt: isUpToDate ? this.policy.now() : NEVER };
    if (this.policy.isGood(value)) {
      this.#entries.set(key, { cluster: plain(cluster), good: kept, failure: null });
      if (isUpToDate) void this.policy.shared?.set(`${this.policy.name}:${key}`, kept);
    } else {
      this.#entries.set(key, { cluster: plain(cluster), good: known, failure: kept });
    }
    return value;
  }

  /** Another replica's clock may be ahead, which must not make an answer last longer; one far ahead tells nothing. */
  #byOurClock(readAt: EpochSeconds): EpochSeconds {
    const now = this.policy.now();
    return readAt > now + CLOCKS_DIFFER ? NEVER : Math.min(readAt, now);
  }

  /** What another replica read, or this one before it was restarted, when that is newer than what is at hand. */
  async #fromShared(cluster: ClusterWindow, key: string): Promise<Kept<Value> | null> {
    const shared = (await this.policy.shared?.get(`${this.policy.name}:${key}`)) ?? null;
    const found = shared && { ...shared, readAt: this.#byOurClock(shared.readAt) };
    const own = this.#entries.peek(key) ?? { good: null, failure: null };
    if (found === null || (own.good !== null && own.good.readAt >= found.readAt)) return null;
    const outdated = this.#outdated.peek(cluster.cloudAccountId);
    const good = outdated !== undefined && outdated.at >= found.readAt ? { ...found, readAt: NEVER } : found;
    this.#entries.set(key, { cluster: plain(cluster), good, failure: own.failure });
    return good;
  }
}

/** What was read later than it is now was read before the clock was set back: nothing tells how old it is. */
function isWithin(life: number, age: number): boolean {
  return age >= 0 && age < life;
}

/** Without what else a request holds. */
function plain({ cloudAccountId, window }: ClusterWindow): ClusterWindow {
  return { cloudAccountId, window };
}
