import type { BreakdownQuery } from "../../generated/graphql";
import { SECONDS_PER_DAY, startOfDay } from "../view/day";
import type { Window } from "../view/period";

export type Breakdown = BreakdownQuery["cleanExpenses"]["breakdown"];
export type Group = Breakdown["groups"][number];

/** As many as there are colors that can be told apart; the rest is one series. */
export const MAX_SERIES = 8;

export interface Series {
  /** Name of the property of a chart's day that holds its cost. */
  readonly id: string;
  readonly label: string;
  readonly color: string;
  /** Null for the rest. */
  readonly group: Group | null;
}

/** One day of the chart: its midnight, and each series' cost by the series' id. */
export type ChartDay = { readonly date: number; readonly total: number } & Readonly<Record<string, number>>;

export interface Chart {
  readonly series: readonly Series[];
  readonly days: readonly ChartDay[];
}

const REST_COLOR = "var(--series-rest)";

/**
 * The groups with the dearest days as series of their own, all others summed up; one entry for every day of the
 * window. Not the groups with the highest totals: a peak that nobody expected would vanish among the others.
 * The groups come dearest first, and the series keep that order.
 */
export function chartOf(groups: readonly Group[], window: Window): Chart {
  const isShown = groups.length > MAX_SERIES + 1 ? new Set(byPeak(groups).slice(0, MAX_SERIES)) : new Set(groups);
  const shown = groups.filter((group) => isShown.has(group));
  const rest = groups.filter((group) => !isShown.has(group));
  const series: Series[] = shown.map((group, index) => ({
    id: `s${index}`,
    label: group.label,
    color: index < MAX_SERIES ? `var(--series-${index})` : REST_COLOR,
    group,
  }));
  if (rest.length > 0) series.push({ id: "rest", label: `${rest.length} others`, color: REST_COLOR, group: null });

  const days = new Map<number, Record<string, number>>();
  for (let date = startOfDay(window.start); date <= window.end; date += SECONDS_PER_DAY) {
    days.set(date, { date, total: 0, ...Object.fromEntries(series.map(({ id }) => [id, 0])) });
  }
  const add = (id: string, { daily }: Group) => {
    for (const { date, cost } of daily) {
      const day = days.get(date);
      if (day === undefined) continue;
      day[id] = (day[id] ?? 0) + cost;
      day.total = (day.total ?? 0) + cost;
    }
  };
  for (const { id, group } of series) if (group !== null) add(id, group);
  for (const group of rest) add("rest", group);
  return { series, days: [...days.values()] as unknown as ChartDay[] };
}

function byPeak(groups: readonly Group[]): Group[] {
  const peaks = new Map(groups.map((group) => [group, Math.max(0, ...group.daily.map(({ cost }) => cost))]));
  return [...groups].sort((one, other) => (peaks.get(other) ?? 0) - (peaks.get(one) ?? 0));
}

/** What is beside the series of their own, as one group; null when there is nothing. */
export function restOf(
  groups: readonly Group[],
  { series }: Chart,
): Pick<Group, "label" | "total" | "previousTotal"> | null {
  const label = series.find(({ group }) => group === null)?.label;
  if (label === undefined) return null;
  const shown = new Set(series.map(({ group }) => group));
  const rest = groups.filter((group) => !shown.has(group));
  return {
    label,
    total: rest.reduce((sum, { total }) => sum + total, 0),
    previousTotal: rest.reduce((sum, { previousTotal }) => sum + previousTotal, 0),
  };
}
