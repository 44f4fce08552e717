import { type ClusterEfficiency, clusterEfficiency } from "./efficiency.js";
import type { ExporterCluster, ExporterReading } from "./exporter-costs.js";
import { grouped } from "./grouped.js";
import { methodChanges } from "./method-changes.js";
import type { EgressKind, ExporterComponent } from "./metric-names.js";
import { type Charge, type NativeCharges, nativeCharges } from "./native-costs.js";
import type { Notice } from "./notice.js";
import { duration, integral, isEmpty, nowhere, outside, type Steps, union, within } from "./steps.js";
import type { TenantSamples } from "./tenant-samples.js";

/** In the samples' currency, over the span. Null is not known; 0 is known to be nothing. */
export interface Components {
  readonly management: number | null;
  readonly cpu: number | null;
  readonly ram: number | null;
  readonly pv: number | null;
  readonly loadBalancer: number | null;
  readonly network: number | null;
  /** What the exporter has in its total and in none of its components: GPU, shared and external cost, adjustments. */
  readonly other: number | null;
}

export type Component = keyof Components;

/** A part of a component: whose it is and what it came to. */
export interface Share {
  readonly component: Component;
  /** "" belongs to no namespace. */
  readonly namespace: string;
  readonly cost: number;
}

export interface ClusterCosts {
  readonly components: Components;
  /** Null unless it was worked out from bytes: the exporter does not split its own. */
  readonly egress: Readonly<Record<EgressKind, number | null>>;
  readonly efficiency: ClusterEfficiency | null;
  readonly currency: string | null;
  readonly method: "ALLOCATION" | "INFRASTRUCTURE_ONLY" | null;
  readonly sources: readonly ("exporter" | "native")[];
  /** When the cost is known. */
  readonly known: Steps;
  /** `known` as a share of the span, 0 to 1. */
  readonly coverage: number;
  /** What native series came to, by namespace. */
  readonly nativeShares: readonly Share[];
  /** The clusters whose gauges are in the cost. */
  readonly exporter: readonly ExporterCluster[];
  readonly duplicates: number;
  readonly warnings: readonly Notice[];
}

const SUFFICIENT_COVERAGE = 0.99;

/** Whether the exporter tells so much of the span that containers need not be looked at. */
export function exporterSuffices({ clusters }: ExporterReading, samples: TenantSamples): boolean {
  return coverageOf(union(clusters.map(({ known }) => known)), samples) >= SUFFICIENT_COVERAGE;
}

/**
 * What a tenant's clusters cost over the span of its samples: the exporter's gauges where they are known, the
 * native series for the rest of the time; never both for the same component and time.
 */
export function clusterCosts(samples: TenantSamples, exporter: ExporterReading): ClusterCosts {
  const { clusters, currency, warnings } = inOneCurrency(exporter);
  const native = nativeCharges(samples);
  const exporterKnown = union(clusters.map(({ known }) => known));
  const costs = new Sum();

  for (const component of EXPORTER_COMPONENTS) {
    for (const cluster of clusters) {
      const rate = cluster.costs[component];
      if (rate !== undefined) costs.add(component, integral(rate));
    }
  }
  const networkIsSilent = costs.of("network") === 0 && Object.values(native.network).flat().length > 0;
  const addNative = (component: Component, charges: readonly Charge[], covered: Steps): number | null => {
    let added: number | null = null;
    for (const { namespace, rate } of charges) {
      const rest = outside(rate, covered);
      if (isEmpty(rest)) continue;
      const cost = integral(rest);
      added = (added ?? 0) + cost;
      costs.addShare({ component, namespace, cost });
    }
    return added;
  };
  addNative("management", native.management, nowhere);
  addNative("cpu", native.cpu, exporterKnown);
  addNative("ram", native.ram, exporterKnown);
  addNative("pv", native.pv, exporterKnown);
  addNative("loadBalancer", native.loadBalancer, toldByExporter(clusters, "lb"));
  const networkTold = networkIsSilent ? nowhere : toldByExporter(clusters, "network");
  const egress = {
    internet: addNative("network", native.network.internet, networkTold),
    region: addNative("network", native.network.region, networkTold),
    zone: addNative("network", native.network.zone, networkTold),
  };
  const other = clusters.reduce((total, cluster) => total + unattributed(cluster), 0);
  if (Math.abs(other) > 1e-6) costs.add("other", other);

  const allocated = union([exporterKnown, native.allocated, ...native.pv.map(({ rate }) => rate)]);
  const infrastructure = union([...native.management, ...native.loadBalancer].map(({ rate }) => rate));
  const known = isEmpty(allocated) ? infrastructure : allocated;
  return {
    components: costs.components(),
    egress,
    efficiency: clusterEfficiency(clusters),
    currency,
    method: isEmpty(known) ? null : isEmpty(allocated) ? "INFRASTRUCTURE_ONLY" : "ALLOCATION",
    sources: [
      ...(clusters.length > 0 ? (["exporter"] as const) : []),
      ...(costs.shares.length > 0 ? (["native"] as const) : []),
    ],
    known,
    coverage: coverageOf(known, samples),
    nativeShares: costs.shares,
    exporter: clusters,
    duplicates: samples.duplicates,
    warnings: [
      ...new Set(samples.notices),
      ...warnings,
      ...usedWarnings(native, costs),
      ...methodChanges([
        { name: "from the exporter's gauges", times: exporterKnown },
        { name: "from the prices and allocations of Kubecost's own series", times: outside(allocated, exporterKnown) },
        { name: "management and load balancers only", times: outside(infrastructure, allocated) },
      ]),
    ],
  };
}

type ExporterPart = Exclude<ExporterComponent, "total">;
const EXPORTER_COMPONENTS = ["cpu", "ram", "pv", "network", "lb"] as const satisfies readonly ExporterPart[];

const nameOf: Readonly<Record<ExporterPart, Component>> = {
  cpu: "cpu",
  ram: "ram",
  pv: "pv",
  network: "network",
  lb: "loadBalancer",
};

/** Adds costs up by component; what was never added stays unknown. */
class Sum {
  readonly shares: Share[] = [];
  private readonly sums = new Map<Component, number>();

  add(component: ExporterPart | Component, cost: number): void {
    const name = component in nameOf ? nameOf[component as ExporterPart] : (component as Component);
    this.sums.set(name, (this.sums.get(name) ?? 0) + cost);
  }

  addShare(share: Share): void {
    this.shares.push(share);
    this.add(share.component, share.cost);
  }

  of(component: Component): number | null {
    return this.sums.get(component) ?? null;
  }

  components(): Components {
    return {
      management: this.of("management"),
      cpu: this.of("cpu"),
      ram: this.of("ram"),
      pv: this.of("pv"),
      loadBalancer: this.of("loadBalancer"),
      network: this.of("network"),
      other: this.of("other"),
    };
  }
}

/** When the exporter's gauges hold a component: by itself, or somewhere in their total. */
function toldByExporter(clusters: readonly ExporterCluster[], component: ExporterPart): Steps {
  return union(clusters.flatMap(({ costs }) => [costs[component] ?? nowhere, costs.total ?? nowhere]));
}

function unattributed({ costs }: ExporterCluster): number {
  const { total } = costs;
  if (total === undefined) return 0;
  return EXPORTER_COMPONENTS.reduce(
    (rest, component) => rest - integral(within(costs[component] ?? nowhere, total)),
    integral(total),
  );
}

/** Unlike currencies are never added: the one that is known for longest counts, the others are named. */
function inOneCurrency({ clusters, warnings }: ExporterReading) {
  const byCurrency = [...grouped(clusters, ({ currency }) => currency ?? "")];
  const named = byCurrency.filter(([currency]) => currency !== "");
  const longest = (group: readonly ExporterCluster[]) => duration(union(group.map(({ known }) => known)));
  named.sort(([, a], [, b]) => longest(b) - longest(a));
  const [main, ...rest] = named;
  const currency = main?.[0] ?? null;
  return {
    currency,
    clusters: clusters.filter((cluster) => cluster.currency === null || cluster.currency === currency),
    warnings: [
      ...warnings,
      ...rest.map(([name]) => ({
        code: "SEVERAL_CURRENCIES",
        message: `The samples also hold costs in ${name}, which are not added to those in ${currency}.`,
      })),
    ],
  };
}

/** Warnings about native series matter only when these are part of the cost. */
function usedWarnings(native: NativeCharges, costs: Sum): readonly Notice[] {
  return costs.shares.length > 0 || native.allocated.values.length === 0 ? native.warnings : [];
}

function coverageOf(known: Steps, { span }: TenantSamples): number {
  const length = span.end - span.start;
  return length > 0 ? Math.min(1, duration(known) / length) : 0;
}
