import { SECONDS_PER_HOUR, type Window } from "../time.js";
import { type Answer } from "./answer.js";
import type { CostWarning } from "./cluster-cost.js";
import { finite } from "./json.js";

/** OpenCost's default AWS prices per GiB, in dollars: to the internet, between regions, between zones. */
const INTERNET = 0.143;
const REGION = 0.01;
const SUM_OF_PRICES = 0.163;
/** What EKS takes an hour for a cluster, which tells the hours that a sum of hourly samples has. */
const MANAGEMENT_PER_HOUR = 0.1;

/**
 * Recognises network costs that are no costs: an older Metroculus sums the hourly samples of egress *prices*, so that
 * the figure grows with time and not with traffic. The number is left as it is, and qualified.
 */
export function networkPriceWarnings(
  answer: Answer,
  figures: { readonly network: number | null; readonly management: number | null; readonly coverage: number | null },
  window: Window,
  infrastructureOnly: boolean,
): CostWarning[] {
  const isPrice = hasRatioOfPrices(answer) || (infrastructureOnly && isPriceTimesHours(figures, window));
  if (!isPrice) return [];
  return [
    {
      code: "NETWORK_UNIT_PRICE",
      message:
        "The network cost is a sum of prices per GiB, not of traffic: it grows with the hours alone, and so does the part of the total that it makes up.",
    },
  ];
}

function hasRatioOfPrices({ infrastructure }: Answer): boolean {
  const internet = finite(infrastructure.network_internet_cost) ?? 0;
  const region = finite(infrastructure.network_region_cost) ?? 0;
  const zone = finite(infrastructure.network_zone_cost) ?? 0;
  if (internet <= 0 || region <= 0 || zone <= 0) return false;
  // Answers round to cents, which shows in the small ones of the three.
  const roundedAway = 0.005 / Math.min(region, zone) + 0.01;
  return near(internet / region, INTERNET / REGION, roundedAway) && near(region / zone, 1, roundedAway);
}

function isPriceTimesHours(
  { network, management, coverage }: { network: number | null; management: number | null; coverage: number | null },
  { start, end }: Window,
): boolean {
  if (network === null || network <= 0) return false;
  const hours = (end - start) / SECONDS_PER_HOUR;
  // A range query has a sample at both ends: one more than there are hours.
  const candidates = [hours, hours + 1, Math.floor(hours) + 1];
  if (coverage !== null) candidates.push(hours * coverage, (hours + 1) * coverage);
  if (management !== null) candidates.push(management / MANAGEMENT_PER_HOUR);
  return candidates.some((covered) => covered > 0 && near(network / covered, SUM_OF_PRICES, 0.005));
}

function near(value: number, expected: number, tolerance: number): boolean {
  return Math.abs(value - expected) <= tolerance * expected;
}
