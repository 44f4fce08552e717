import type { EpochSeconds } from "../time.js";

/** A value and when it was read. */
export interface Kept<Value> {
  readonly value: Value;
  readonly readAt: EpochSeconds;
}

/** A cache that replicas share and that survives restarts. It never rejects: without it, things are only slower. */
export interface SharedCache<Value> {
  get(key: string): Promise<Kept<Value> | null>;
  set(key: string, kept: Kept<Value>): Promise<void>;
}
