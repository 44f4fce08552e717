/** Figures and dates are written as the reader's own locale has it; days are UTC days, as in the bills. */

export type Money = (amount: number, style?: "exact" | "whole" | "short") => string;

/** Amounts of a currency: exact to its cents, whole units, or short for axes. An unknown code is written before the number. */
export function moneyFormat(currency: string, locale?: string): Money {
  const make = (options: Intl.NumberFormatOptions) => {
    try {
      return new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        currencyDisplay: "narrowSymbol",
        ...options,
      });
    } catch {
      const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2, ...options });
      return { format: (amount: number) => `${currency} ${plain.format(amount)}` };
    }
  };
  const styles = {
    exact: make({}),
    whole: make({ maximumFractionDigits: 0, minimumFractionDigits: 0 }),
    short: make({ notation: "compact", maximumFractionDigits: 1, minimumFractionDigits: 0 }),
  };
  return (amount, style = "exact") => {
    if (style === "short" && amount !== 0 && Math.abs(amount) < 1) {
      return make({ maximumSignificantDigits: 2, minimumFractionDigits: 0 }).format(amount);
    }
    // A cost below a cent is not nothing: it is shown with the digits that it has.
    if (style === "exact" && amount !== 0 && Math.abs(amount) < 0.01) {
      return make({ maximumSignificantDigits: 2, minimumFractionDigits: 0 }).format(amount);
    }
    return styles[style].format(amount);
  };
}

const counts = new Intl.NumberFormat();
export const formatCount = (count: number): string => counts.format(count);

const shares = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const smallShares = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });

/** 0.42 -> 42 %. Below a tenth one decimal is kept. */
export function formatShare(share: number): string {
  return (Math.abs(share) < 0.1 && share !== 0 ? smallShares : shares).format(share);
}

const changes = new Intl.NumberFormat(undefined, {
  style: "percent",
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  signDisplay: "exceptZero",
});
export const formatChange = (change: number): string => changes.format(change);

const shortDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const longDay = new Intl.DateTimeFormat(undefined, {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const fullDay = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

export const formatDay = (instant: number): string => shortDay.format(instant * 1000);
export const formatLongDay = (instant: number): string => longDay.format(instant * 1000);
export const formatDate = (instant: number): string => fullDay.format(instant * 1000);
export const formatDays = (start: number, end: number): string => fullDay.formatRange(start * 1000, end * 1000);

// Part of sentences, which are English.
const ages = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const ageUnits = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** How long ago an instant was, in words. */
export function formatAge(instant: number, now: number): string {
  const seconds = Math.max(0, now - instant);
  for (const [unit, length] of ageUnits) if (seconds >= length) return ages.format(-Math.floor(seconds / length), unit);
  return ages.format(0, "second");
}
