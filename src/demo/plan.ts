import type { ResourceDocument } from "../imports/resource-row.js";
import { type EpochSeconds, endOfDay, SECONDS_PER_DAY } from "../time.js";
import type { Flavor } from "./catalogue.js";
import type { Dice } from "./identity.js";

/** The demo covers this many whole UTC days, today being the last. */
export const DEMO_DAYS = 90;

/** How the cost of a resource runs over the days of the demo. */
export interface PricePlan {
  /** USD a day; 0 = it has no expenses. */
  readonly price: number;
  /** Days of the demo on which it is charged, counted from 0, both inclusive. */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly weekend: number;
  readonly growth: number;
  /** How far a day's cost strays: 0.1 is plus and minus 10 %. */
  readonly noise: number;
}

export interface DemoResource {
  readonly document: ResourceDocument;
  readonly plan: PricePlan;
}

/** When the demo takes place. */
export interface DemoTime {
  /** Midnight UTC of the first day. */
  readonly since: EpochSeconds;
  /** When savings were looked for: midnight UTC of the last day. */
  readonly recommendedAt: EpochSeconds;
}

/** When a resource was first and last seen: what was there on the first day had been there for a while. */
export function seen({ firstDay, lastDay }: Pick<PricePlan, "firstDay" | "lastDay">, { since }: DemoTime, dice: Dice) {
  const firstSeen =
    firstDay === 0
      ? since - dice.integer(1, 400 * SECONDS_PER_DAY)
      : since + firstDay * SECONDS_PER_DAY + dice.integer(0, SECONDS_PER_DAY - 1);
  return {
    first_seen: firstSeen,
    last_seen: endOfDay(since + lastDay * SECONDS_PER_DAY),
    created_at: firstSeen,
    cloud_created_at: firstSeen,
    deleted_at: 0,
  };
}

export function machineMeta({ name, cpus, gib }: Omit<Flavor, "hourly">, spot = false) {
  return { flavor: name, os: "Linux", cpu_count: cpus, ram: gib * 2 ** 30, spotted: spot };
}
