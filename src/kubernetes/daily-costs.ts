import { GatewayError } from "../errors.js";
import { type EpochSeconds, endOfDay, now, SECONDS_PER_DAY, startOfDay, type Window } from "../time.js";
import type { ClusterCostRequest, LoadClusterCosts } from "./cluster-cost.js";
import { countsInTotal } from "./summing.js";

export interface DailyK8sCost {
  /** Midnight UTC. */
  readonly date: EpochSeconds;
  readonly cost: number;
}

/** One look-up a cluster and day: what a chart can show and Metroculus bear. */
const MOST_DAYS = 400;

export interface DailyK8sCosts {
  /** In order of time. A day on which no cluster's cost is known is left out: unknown is not zero. */
  readonly days: readonly DailyK8sCost[];
  /** Midnights of the days on which the cost of some cluster is not known, or cannot be added. */
  readonly unknownDays: readonly EpochSeconds[];
}

/**
 * Cost of the clusters by UTC day of their window; the first and last day are clipped to the window. All requests
 * have one window.
 * @throws GatewayError BAD_USER_INPUT when the window has more than 400 days up to now.
 */
export async function dailyClusterCosts(
  requests: readonly ClusterCostRequest[],
  load: LoadClusterCosts,
): Promise<DailyK8sCosts> {
  const [first] = requests;
  if (first === undefined) return { days: [], unknownDays: [] };
  const days = daysOf(first.window);
  const costs = await load(days.flatMap((window) => requests.map((request) => ({ ...request, window }))));
  const known = days.map(({ start }, index) => ({
    date: startOfDay(start),
    costs: costs.slice(index * requests.length, (index + 1) * requests.length).filter(countsInTotal),
  }));
  return {
    days: known
      .filter((day) => day.costs.length > 0)
      .map((day) => ({ date: day.date, cost: day.costs.reduce((sum, { cost }) => sum + (cost ?? 0), 0) })),
    unknownDays: known.filter((day) => day.costs.length < requests.length).map(({ date }) => date),
  };
}

/** Days that have not begun cost nothing yet and are not asked for. */
function daysOf({ start, end }: Window): Window[] {
  const last = Math.min(end, now());
  const count = Math.ceil((last - startOfDay(start) + 1) / SECONDS_PER_DAY);
  if (count > MOST_DAYS) {
    throw new GatewayError(
      "BAD_USER_INPUT",
      `Daily costs of clusters go over at most ${MOST_DAYS} days: ask for fewer.`,
      {
        details: { argument: "startDate" },
      },
    );
  }
  const days: Window[] = [];
  for (let day = startOfDay(start); day <= last; day += SECONDS_PER_DAY) {
    days.push({ start: Math.max(start, day), end: Math.min(end, endOfDay(day)) });
  }
  return days;
}
