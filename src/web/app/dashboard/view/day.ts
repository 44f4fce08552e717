export const SECONDS_PER_DAY = 86_400;

/** Midnight UTC of the day that holds the instant. */
export function startOfDay(instant: number): number {
  return instant - (instant % SECONDS_PER_DAY);
}
