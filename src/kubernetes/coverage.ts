import { isObject } from "../json.js";
import { SECONDS_PER_HOUR, type Window } from "../time.js";
import { type Answer } from "./answer.js";
import { finite } from "./json.js";

/** A window whose samples cover less than this share of it is not wholly known. */
export const COMPLETE_COVERAGE = 0.95;

/**
 * Share of the window for which samples exist: as Metroculus says it, or from the hourly points of the legacy form.
 * Null when the answer does not tell.
 */
export function coverageOf(answer: Answer, window: Window): number | null {
  const stated = finite(answer.body.coverage);
  if (stated !== null) return stated >= 0 && stated <= 1 ? stated : null;
  if (answer.points === undefined || answer.points.length === 0) return null;
  const hours = new Set(
    answer.points.flatMap((point) => {
      const timestamp = isObject(point) && finite(point.value) !== null ? finite(point.timestamp) : null;
      return timestamp === null ? [] : [Math.floor(timestamp / SECONDS_PER_HOUR)];
    }),
  );
  if (hours.size === 0) return null;
  const { start, end } = answeredWindow(answer, window);
  return Math.min(1, hours.size / Math.max(1, (end - start) / SECONDS_PER_HOUR));
}

/** The window that the answer says it is for, else the one that was asked for. */
function answeredWindow({ body }: Answer, asked: Window): Window {
  const start = finite(body.start_date);
  const end = finite(body.end_date);
  return start !== null && end !== null && end > start ? { start, end } : asked;
}
