import { SECONDS_PER_DAY, startOfDay } from "./day";

/** Seconds since the epoch, both bounds inclusive, as the API takes them. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

export type Period =
  | { readonly kind: "7d" | "30d" | "90d" | "month" | "last-month" }
  /** Calendar days in UTC, `YYYY-MM-DD`, both inclusive. */
  | { readonly kind: "custom"; readonly from: string; readonly to: string };

export type PeriodKind = Period["kind"];

export const periodNames: Record<PeriodKind, string> = {
  "7d": "Last 7 days",
  "30d": "Last 30 days",
  "90d": "Last 90 days",
  month: "This month",
  "last-month": "Last month",
  custom: "Custom",
};

const rollingDays = { "7d": 7, "30d": 30, "90d": 90 } as const;

/**
 * The period's window. It starts at a UTC midnight and never reaches past `now`: of the hours to come nothing is
 * known, and a cluster would seem to lack samples for them.
 */
export function windowOf(period: Period, now: number): Window {
  const today = new Date(now * 1000);
  const firstOfMonth = (offset: number) => Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + offset, 1) / 1000;
  switch (period.kind) {
    case "month":
      return { start: firstOfMonth(0), end: now };
    case "last-month":
      return { start: firstOfMonth(-1), end: firstOfMonth(0) - 1 };
    case "custom": {
      const from = Math.min(dayOf(period.from), startOfDay(now));
      const to = Math.max(dayOf(period.to), from);
      return { start: from, end: Math.min(to + SECONDS_PER_DAY - 1, now) };
    }
    default:
      return { start: startOfDay(now) - (rollingDays[period.kind] - 1) * SECONDS_PER_DAY, end: now };
  }
}

/** Midnight of the day in the middle of which the window ends; null when its last day is over. */
export function unfinishedDay({ end }: Window): number | null {
  return startOfDay(end + 1) === startOfDay(end) ? startOfDay(end) : null;
}

/** Whole UTC days that the window touches. */
export function daysOf(window: Window): number {
  return (startOfDay(window.end) - startOfDay(window.start)) / SECONDS_PER_DAY + 1;
}

/** Null unless both are calendar days in order; days out of order are swapped. */
export function customPeriod(from: string, to: string): Period | null {
  if (!isDay(from) || !isDay(to)) return null;
  return from <= to ? { kind: "custom", from, to } : { kind: "custom", from: to, to: from };
}

/** `YYYY-MM-DD` of the UTC day that holds the instant. */
export function dayName(instant: number): string {
  return new Date(instant * 1000).toISOString().slice(0, 10);
}

function dayOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && dayOf(text) >= 0 && dayName(dayOf(text)) === text;
}
