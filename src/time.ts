import { GatewayError } from "./errors.js";

/** Seconds since 1970-01-01T00:00:00Z. */
export type EpochSeconds = number;

/** Both bounds are inclusive, as in the v2 REST contract. */
export interface Window {
  readonly start: EpochSeconds;
  readonly end: EpochSeconds;
}

export const SECONDS_PER_HOUR = 3_600;
export const SECONDS_PER_DAY = 86_400;

/** 9999-12-31T23:59:59Z, the latest instant that v2 clients may ask for. */
export const LATEST_INSTANT: EpochSeconds = 253_402_300_799;

/** ClickHouse's DateTime ends in 2106; every later bound means the same there. */
const LATEST_CLICKHOUSE_INSTANT = 4_294_967_295;

export function clickHouseInstant(instant: EpochSeconds): number {
  return Math.min(Math.max(instant, 0), LATEST_CLICKHOUSE_INSTANT);
}

export function now(): EpochSeconds {
  return Math.floor(Date.now() / 1000);
}

/** Midnight UTC of the day that holds the instant. */
export function startOfDay(instant: EpochSeconds): EpochSeconds {
  return instant - (((instant % SECONDS_PER_DAY) + SECONDS_PER_DAY) % SECONDS_PER_DAY);
}

/** The last second of the UTC day that holds the instant. */
export function endOfDay(instant: EpochSeconds): EpochSeconds {
  return startOfDay(instant) + SECONDS_PER_DAY - 1;
}

/** The window widened to whole UTC days, both bounds still inclusive. */
export function wholeDays(window: Window): Window {
  return { start: startOfDay(window.start), end: endOfDay(window.end) };
}

/** The window of equal length that ends one second before this one starts; its start is never below 0. */
export function precedingWindow(window: Window): Window {
  const length = window.end - window.start + 1;
  return { start: Math.max(0, window.start - length), end: window.start - 1 };
}

/** @throws GatewayError BAD_USER_INPUT when the end lies before the start or a bound is out of range. */
export function windowOf(start: EpochSeconds, end: EpochSeconds): Window {
  for (const [name, value] of [
    ["startDate", start],
    ["endDate", end],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < 0 || value > LATEST_INSTANT) {
      throw new GatewayError(
        "BAD_USER_INPUT",
        `${name} must be whole seconds since the epoch between 0 and ${LATEST_INSTANT}.`,
        { details: { argument: name } },
      );
    }
  }
  if (end < start) {
    throw new GatewayError("BAD_USER_INPUT", "endDate lies before startDate: swap them, both bounds are inclusive.", {
      details: { argument: "endDate" },
    });
  }
  return { start, end };
}

/** Whether a window, both bounds inclusive, has more seconds than so many days; undefined days are never too few. */
export function isLongerThan({ start, end }: Window, days: number | undefined): boolean {
  return days !== undefined && end - start >= days * SECONDS_PER_DAY;
}

/** @throws GatewayError BAD_USER_INPUT, `details.reason` "window_too_long" */
export function refuseLongWindow(window: Window, longestDays: number | undefined): void {
  if (!isLongerThan(window, longestDays)) return;
  throw new GatewayError(
    "BAD_USER_INPUT",
    `A window has at most ${longestDays} days here: ask for a shorter one, or for several one after the other.`,
    { details: { argument: "endDate", reason: "window_too_long", limit: longestDays } },
  );
}
