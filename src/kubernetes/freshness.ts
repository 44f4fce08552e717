import { type EpochSeconds, SECONDS_PER_DAY, SECONDS_PER_HOUR, type Window } from "../time.js";

/** How long an answer may be used, in seconds from when it was read. */
export interface Freshness {
  /** As it is. */
  readonly fresh: number;
  /** As it is, while a newer one is being read. */
  readonly usable: number;
}

/** Samples and Kubecost's own reconciliation trickle in for about a day; a window that ended before has settled. */
const SETTLING = SECONDS_PER_DAY;

/** An answer that was wanting may be put right by samples that come late, even in a window long past. */
export function freshnessOf(window: Window, isWhole: boolean, now: EpochSeconds): Freshness {
  if (window.end >= now - SETTLING) return { fresh: 20, usable: 300 };
  if (!isWhole) return { fresh: 120, usable: 600 };
  return { fresh: 6 * SECONDS_PER_HOUR, usable: SECONDS_PER_DAY };
}

/** A failure is believed for so long before it is looked again, in seconds. */
export const FAILURE_LIFE = 5;

/** Good figures are kept for so long as the last resort when Metroculus does not answer, in seconds. */
export const RETENTION = 7 * SECONDS_PER_DAY;
