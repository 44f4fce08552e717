import type { JsonObject } from "../json.js";
import type { CostWarning, Efficiency } from "./cluster-cost.js";
import { finite } from "./json.js";

/** No cluster as a whole uses more than this many times what it requests; recorded fractions go up to 2.57. */
const GREATEST_FRACTION = 10;

/**
 * Efficiencies as fractions. The same field holds fractions in one Metroculus and percentages in another, and all
 * values of one answer have one unit: up to 1 they are fractions, one above 10 makes them percentages, and between
 * the two it cannot be told (1.2 may be 120 % or 1.2 %), unless the answer itself names the unit.
 * @returns null when the answer holds no efficiency, or none whose unit can be told, which is warned of.
 */
export function readEfficiency(
  fields: JsonObject | null,
  unit: "fraction" | "percent" | null,
): { efficiency: Efficiency | null; warnings: CostWarning[] } {
  const given = {
    cpu: efficiencyOf(fields?.cpu_efficiency),
    ram: efficiencyOf(fields?.ram_efficiency ?? fields?.memory_efficiency),
    total: efficiencyOf(fields?.total_efficiency),
  };
  const known = Object.values(given).filter((value) => value !== null);
  if (known.length === 0) return { efficiency: null, warnings: [] };
  const greatest = Math.max(...known);
  if (unit === "fraction" || (unit === null && greatest <= 1)) return { efficiency: given, warnings: [] };
  if (unit === "percent" || greatest > GREATEST_FRACTION) {
    return { efficiency: { cpu: part(given.cpu), ram: part(given.ram), total: part(given.total) }, warnings: [] };
  }
  return {
    efficiency: null,
    warnings: [
      {
        code: "EFFICIENCY_UNIT_UNKNOWN",
        message: "Metroculus gives efficiencies of which it cannot be told whether they are fractions or percentages.",
      },
    ],
  };
}

function efficiencyOf(value: unknown): number | null {
  const number = finite(value);
  return number !== null && number >= 0 ? number : null;
}

function part(percentage: number | null): number | null {
  // The precision of the figure as it was given: 45.4 / 100 would be 0.45399999999999996.
  return percentage === null ? null : Number((percentage / 100).toPrecision(15));
}
