import { GatewayError } from "../errors.js";
import { SECONDS_PER_DAY, type Window, wholeDays } from "../time.js";

/** Whole days that a breakdown may span (contract §12.3). */
const LONGEST_BREAKDOWN_DAYS = 365;

/** Whether the window, widened to whole days, has more of them than a breakdown may span. */
export function isTooLongToBreakDown(asked: Window): boolean {
  const { start, end } = wholeDays(asked);
  return end - start >= LONGEST_BREAKDOWN_DAYS * SECONDS_PER_DAY;
}

/** @throws GatewayError BAD_USER_INPUT, `details.reason` "window_too_long" */
export function refuseTooLongToBreakDown(asked: Window): void {
  if (!isTooLongToBreakDown(asked)) return;
  throw new GatewayError("BAD_USER_INPUT", `A breakdown spans at most ${LONGEST_BREAKDOWN_DAYS} days: ask for less.`, {
    details: { argument: "endDate", reason: "window_too_long" },
  });
}
