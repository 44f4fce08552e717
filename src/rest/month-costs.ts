import type { CloudAccount } from "../accounts/accounts.js";
import type { Entity, EntityExpense } from "../expenses/resource-facts.js";
import type { Services } from "../services.js";
import { type EpochSeconds, SECONDS_PER_DAY } from "../time.js";

/** Where the running month and the one before start, and how long the running one is. UTC. */
export interface Months {
  readonly now: EpochSeconds;
  readonly start: EpochSeconds;
  readonly previousStart: EpochSeconds;
  readonly days: number;
}

export function monthsAt(now: EpochSeconds): Months {
  const today = new Date(now * 1000);
  const [year, month] = [today.getUTCFullYear(), today.getUTCMonth()];
  const start = Date.UTC(year, month) / 1000;
  return {
    now,
    start,
    previousStart: Date.UTC(year, month - 1) / 1000,
    days: (Date.UTC(year, month + 1) / 1000 - start) / SECONDS_PER_DAY,
  };
}

export interface MonthCosts {
  /** Of the running month so far. */
  readonly cost: number;
  readonly lastMonthCost: number;
  /** What the running month will have cost at its end if it goes on as since the start of the last one. */
  readonly forecast: number;
}

/** Costs of both months by what `keyOf` tells; what cost nothing is missing. */
export async function monthCosts(
  { resourceFacts }: Services,
  entity: Entity,
  accounts: readonly CloudAccount[],
  months: Months,
  by: "POOL" | null,
  keyOf: (expense: EntityExpense) => string | null,
  signal: AbortSignal,
): Promise<ReadonlyMap<string | null, MonthCosts>> {
  const window = { start: months.previousStart, end: months.now };
  const expenses = await resourceFacts.entityExpenses(entity, accounts, window, by, { signal });
  const sums = new Map<string | null, { cost: number; lastMonthCost: number; first: EpochSeconds }>();
  for (const expense of expenses) {
    const key = keyOf(expense);
    const sum = sums.get(key) ?? { cost: 0, lastMonthCost: 0, first: expense.date };
    sums.set(key, sum);
    sum[expense.date >= months.start ? "cost" : "lastMonthCost"] += expense.cost;
    sum.first = Math.min(sum.first, expense.date);
  }
  return new Map(
    [...sums].map(([key, { cost, lastMonthCost, first }]) => [
      key,
      { cost, lastMonthCost, forecast: forecast(cost, cost + lastMonthCost, first, months) },
    ]),
  );
}

/** The cost so far, and for each day that is left, today included, the average since the first expense. */
function forecast(cost: number, costOfBoth: number, first: EpochSeconds, { now, start, days }: Months): number {
  const daysOf = (since: EpochSeconds) => Math.floor((now - since) / SECONDS_PER_DAY);
  const known = daysOf(first);
  const daily = known > 0 ? costOfBoth / known : costOfBoth;
  return Math.round((cost + daily * (days - daysOf(start))) * 100) / 100;
}
