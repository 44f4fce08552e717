import type { ExporterCluster, ExporterGauges, Part } from "./exporter-costs.js";
import { integral, isEmpty, product, union, within } from "./steps.js";

/** Fractions of what is paid for that is used; null is not known. */
export interface ClusterEfficiency {
  readonly cpu: number | null;
  readonly ram: number | null;
  readonly total: number | null;
}

/**
 * The mean over namespaces weighted by what they cost, idle left out. The exporter's own cluster gauge, a plain
 * mean over namespaces and idle alike, serves only where no namespace has an efficiency.
 */
export function clusterEfficiency(clusters: readonly ExporterCluster[]): ClusterEfficiency | null {
  const things = clusters.flatMap((cluster) => {
    const namespaces = cluster.namespaces.filter(({ efficiencies }) => Object.keys(efficiencies).length > 0);
    return namespaces.length > 0 ? namespaces : [cluster];
  });
  const efficiency = efficiencyOf(things);
  return efficiency.cpu === null && efficiency.ram === null && efficiency.total === null ? null : efficiency;
}

export function efficiencyOf(things: readonly ExporterGauges[]): ClusterEfficiency {
  const cpu = weighted(things, "cpu");
  const ram = weighted(things, "ram");
  return { cpu: cpu.mean, ram: ram.mean, total: together(cpu, ram) ?? weighted(things, "total").mean };
}

interface Weighted {
  readonly mean: number | null;
  /** The cost that the mean is weighted by. */
  readonly weight: number;
}

function weighted(things: readonly ExporterGauges[], part: Part): Weighted {
  let used = 0;
  let weight = 0;
  let plain = 0;
  let hours = 0;
  for (const { efficiencies, costs } of things) {
    const efficiency = efficiencies[part];
    if (efficiency === undefined || isEmpty(efficiency)) continue;
    plain += integral(efficiency);
    hours += integral(union([efficiency]));
    const cost = costs[part];
    if (cost === undefined) continue;
    used += integral(product(efficiency, cost));
    weight += integral(within(cost, efficiency));
  }
  if (weight > 0) return { mean: used / weight, weight };
  return { mean: hours > 0 ? plain / hours : null, weight: 0 };
}

function together(cpu: Weighted, ram: Weighted): number | null {
  const weight = cpu.weight + ram.weight;
  if (cpu.mean === null || ram.mean === null || weight === 0) return null;
  return (cpu.mean * cpu.weight + ram.mean * ram.weight) / weight;
}
