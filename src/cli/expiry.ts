import { type EpochSeconds, LATEST_INSTANT, SECONDS_PER_DAY, SECONDS_PER_HOUR } from "../time.js";

const UNITS: Readonly<Record<string, number>> = { h: SECONDS_PER_HOUR, d: SECONDS_PER_DAY };

/**
 * The first second at which something no longer holds: a span from now (`12h`, `30d`) or an ISO-8601 date or
 * date-time (UTC unless it says otherwise). Null when it is neither, or not in the future.
 */
export function expiryOf(text: string, now: EpochSeconds): EpochSeconds | null {
  const span = /^(\d{1,6})([hd])$/.exec(text);
  const instant = span ? now + Number(span[1]) * (UNITS[span[2] as string] as number) : isoInstant(text);
  return instant !== null && instant > now && instant <= LATEST_INSTANT ? instant : null;
}

function isoInstant(text: string): EpochSeconds | null {
  const parts = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2})?)?$/.exec(text);
  if (!parts) return null;
  const [, date, time = "T00:00:00Z"] = parts;
  // Date.parse takes the 30th of February for the 2nd of March.
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(date as string)) return null;
  const milliseconds = Date.parse(`${date}${/(Z|[+-]\d{2}:\d{2})$/.test(time) ? time : `${time}Z`}`);
  return Number.isNaN(milliseconds) ? null : Math.floor(milliseconds / 1000);
}
