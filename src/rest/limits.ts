import type { Config } from "../config.js";
import { isLongerThan, LATEST_INSTANT, SECONDS_PER_DAY } from "../time.js";
import { RestError } from "./errors.js";
import type { ParameterSet } from "./parameters.js";
import { pythonInteger } from "./python-integer.js";
import type { QueryArguments } from "./query-arguments.js";

export type RestLimits = Pick<Config, "MAX_LIST_VALUES" | "MAX_WINDOW_DAYS">;

/**
 * Refuses lists and windows that are longer than one request may ask for. It comes before anything is looked up, so it
 * says nothing of what there is; everything else about the query is judged in its own turn.
 * @throws RestError OE0224
 */
export function refuseBeyondLimits(
  query: QueryArguments,
  { parameters }: Pick<ParameterSet, "parameters">,
  { MAX_LIST_VALUES, MAX_WINDOW_DAYS }: RestLimits,
): void {
  for (const { kind, name } of parameters) {
    if (kind === "list" && query.count(name) > MAX_LIST_VALUES) {
      throw new RestError("OE0224", [`number of ${name} values`, 0, MAX_LIST_VALUES]);
    }
  }
  const [start, end] = parameters.filter(({ kind }) => kind === "date");
  if (MAX_WINDOW_DAYS === undefined || !start || !end) return;
  const window = { start: instantOf(query, start.name), end: instantOf(query, end.name) };
  if (!isLongerThan(window, MAX_WINDOW_DAYS)) return;
  throw new RestError("OE0224", [end.name, window.start, window.start + MAX_WINDOW_DAYS * SECONDS_PER_DAY - 1]);
}

/** Not a number when it is not sent, cannot be read or is out of range: it is refused for that later. */
function instantOf(query: QueryArguments, name: string): number {
  try {
    const instant = pythonInteger(query.last(name) ?? "") ?? Number.NaN;
    return instant >= 0 && instant <= LATEST_INSTANT ? instant : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
