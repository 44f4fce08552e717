import type { JsonObject } from "../json.js";
import type { CostComponents, CostWarning } from "./cluster-cost.js";
import { finite } from "./json.js";

type GivenComponents = Omit<CostComponents, "unattributed">;

/** Each component with the names that it goes by, in order of preference. */
const aliases: Readonly<Record<keyof GivenComponents, readonly string[]>> = {
  management: ["management_cost"],
  cpu: ["cpu_cost"],
  ram: ["ram_cost", "memory_cost"],
  pv: ["pv_cost", "storage_cost"],
  network: ["network_cost"],
  loadBalancer: ["load_balancer_cost", "lb_cost"],
};

const unknownComponents: GivenComponents = {
  management: null,
  cpu: null,
  ram: null,
  pv: null,
  network: null,
  loadBalancer: null,
};

/** The components as they were given; null where there is none, or none that is a number (which is warned of). */
export function givenComponents(fields: JsonObject): { components: GivenComponents; warnings: CostWarning[] } {
  const warnings: CostWarning[] = [];
  const components: Record<keyof GivenComponents, number | null> = { ...unknownComponents };
  for (const [component, names] of Object.entries(aliases) as [keyof GivenComponents, readonly string[]][]) {
    const name = names.find((candidate) => fields[candidate] !== undefined && fields[candidate] !== null);
    if (name === undefined) continue;
    const cost = finite(fields[name]);
    components[component] = cost;
    if (cost === null) {
      warnings.push({ code: "COMPONENT_UNREADABLE", message: `${name} is not a number, and taken as not known.` });
    } else if (cost < 0) {
      warnings.push({ code: "COMPONENT_NEGATIVE", message: `${name} is negative, and shown as it was given.` });
    }
  }
  return { components, warnings };
}

/** How far total and components may be apart before something is missing in one of them. */
function toleranceOf(total: number): number {
  // 1 − 0.99 is more than 0.01 in binary fractions: what is exactly as far apart as it may be is not too far.
  return Math.max(0.01, 0.005 * Math.abs(total)) + 1e-12 * Math.max(1, Math.abs(total));
}

/** What the total has beyond its known components (negative: they have more); 0 within the tolerance. */
export function attributed(
  total: number,
  given: GivenComponents,
): { components: CostComponents; warnings: CostWarning[] } {
  const known = Object.values(given).filter((value) => value !== null);
  const difference = total - known.reduce((sum, value) => sum + value, 0);
  if (Math.abs(difference) <= toleranceOf(total)) return { components: { ...given, unattributed: 0 }, warnings: [] };
  // A difference beyond the tolerance has at least twelve digits that are not noise of binary fractions.
  const components = { ...given, unattributed: Number(difference.toPrecision(12)) };
  const { management } = given;
  if (management !== null && management > 0 && Math.abs(difference + management) <= 0.01) {
    return {
      components,
      warnings: [
        {
          code: "MANAGEMENT_NOT_IN_TOTAL",
          message:
            "The total leaves out the management cost that is listed beside it: the cluster cost that much more.",
        },
      ],
    };
  }
  return {
    components,
    warnings: [
      {
        code: "COMPONENTS_DO_NOT_ADD_UP",
        message: "The components do not add up to the total; what is left over is shown as unattributed.",
      },
    ],
  };
}
