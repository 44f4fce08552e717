import type { ClusterCosts, Component, Components } from "./cluster-costs.js";
import { type ClusterEfficiency, efficiencyOf } from "./efficiency.js";
import type { ExporterGauges } from "./exporter-costs.js";
import { grouped } from "./grouped.js";
import { integral } from "./steps.js";

export interface NamespaceCosts {
  readonly name: string;
  readonly kind: "workload" | "idle" | "unallocated";
  readonly components: Components;
  readonly efficiency: ClusterEfficiency | null;
}

type Draft = { -readonly [Key in Component]: number | null };

/**
 * A cluster's cost by namespace, dearest first, over the span of its samples. Idle is what the exporter's cluster
 * gauges have beyond those of its namespaces; what belongs to no namespace (management, unmounted volumes) is
 * unallocated. All of them together are the cluster's cost.
 */
export function namespaceCosts(costs: ClusterCosts): NamespaceCosts[] {
  const gauges = costs.exporter.flatMap(({ namespaces }) => namespaces);
  const exported = grouped(gauges, ({ namespace }) => namespace);
  const native = grouped(
    costs.nativeShares.filter(({ namespace }) => namespace !== ""),
    ({ namespace }) => namespace,
  );
  const workloads: NamespaceCosts[] = [...new Set([...exported.keys(), ...native.keys()])].map((name) => {
    const components = unknown();
    for (const namespace of exported.get(name) ?? []) addGauges(components, namespace);
    for (const { component, cost } of native.get(name) ?? [])
      components[component] = (components[component] ?? 0) + cost;
    return { name, kind: "workload", components, efficiency: efficiencyIn(exported.get(name) ?? []) };
  });

  const idle = unknown();
  for (const cluster of costs.exporter) {
    if (cluster.namespaces.length === 0) continue;
    const whole = unknown();
    addGauges(whole, cluster);
    for (const namespace of cluster.namespaces) addGauges(whole, namespace, -1);
    for (const component of COMPONENTS) {
      if (whole[component] !== null) idle[component] = (idle[component] ?? 0) + (whole[component] as number);
    }
  }
  const rest = remainder(costs.components, [...workloads.map(({ components }) => components), idle]);
  return [
    ...workloads,
    ...(isNothing(idle) ? [] : [{ name: "__idle__", kind: "idle", components: idle, efficiency: null } as const]),
    ...(isNothing(rest)
      ? []
      : [{ name: "__unallocated__", kind: "unallocated", components: rest, efficiency: null } as const]),
  ].sort((a, b) => totalOf(b.components) - totalOf(a.components) || (a.name < b.name ? -1 : 1));
}

const COMPONENTS = ["management", "cpu", "ram", "pv", "loadBalancer", "network", "other"] as const;

function unknown(): Draft {
  return { management: null, cpu: null, ram: null, pv: null, loadBalancer: null, network: null, other: null };
}

function addGauges(draft: Draft, { costs }: ExporterGauges, sign = 1): void {
  let rest = costs.total === undefined ? 0 : integral(costs.total);
  for (const [component, steps] of [
    ["cpu", costs.cpu],
    ["ram", costs.ram],
    ["pv", costs.pv],
    ["network", costs.network],
    ["loadBalancer", costs.lb],
  ] as const) {
    if (steps === undefined) continue;
    const cost = integral(steps);
    draft[component] = (draft[component] ?? 0) + sign * cost;
    if (costs.total !== undefined) rest -= cost;
  }
  if (Math.abs(rest) > NOISE) draft.other = (draft.other ?? 0) + sign * rest;
}

/** What of the whole none of the parts has; null where it has no more than they do. */
function remainder(whole: Components, parts: readonly Components[]): Draft {
  const rest = unknown();
  for (const component of COMPONENTS) {
    const known = whole[component];
    const left = parts.reduce((sum, part) => sum - (part[component] ?? 0), known ?? 0);
    if (Math.abs(left) > NOISE) rest[component] = left;
  }
  return rest;
}

const NOISE = 1e-6;

function isNothing(components: Components): boolean {
  return COMPONENTS.every((component) => Math.abs(components[component] ?? 0) <= NOISE);
}

function totalOf(components: Components): number {
  return COMPONENTS.reduce((sum, component) => sum + (components[component] ?? 0), 0);
}

function efficiencyIn(gauges: readonly ExporterGauges[]): ClusterEfficiency | null {
  const efficiency = efficiencyOf(gauges);
  return Object.values(efficiency).every((part) => part === null) ? null : efficiency;
}
