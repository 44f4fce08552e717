import { type EpochSeconds, SECONDS_PER_DAY, SECONDS_PER_HOUR, type Window } from "../time.js";

/** The window of a report about one account, pool or owner, and where the window before it starts. */
export interface EntityWindow {
  readonly window: Window;
  /** May lie before 1970, as in v2. */
  readonly previousStart: EpochSeconds;
}

/**
 * v2 goes back by whole days: those of the window, and one more unless its length is a multiple of 24 seconds.
 * (Its source means hours, but that is how Python reads it.)
 */
export function entityWindow(window: Window): EntityWindow {
  const length = window.end - window.start;
  const days = Math.floor(length / SECONDS_PER_DAY) + ((length % 24) * SECONDS_PER_HOUR === 0 ? 0 : 1);
  return { window, previousStart: window.start - days * SECONDS_PER_DAY };
}
