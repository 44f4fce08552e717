import { clusterOf, type Labels, labelOf, targetOf } from "./identity.js";
import {
  EXPORTER_INFO,
  EXPORTER_SUCCESS,
  type ExporterComponent,
  type ExporterLevel,
  exporterCost,
  exporterEfficiency,
} from "./metric-names.js";
import type { Notice } from "./notice.js";
import { duration, isEmpty, mapped, nowhere, outside, type Steps, sum, union, within } from "./steps.js";
import type { TenantSamples, Thing } from "./tenant-samples.js";

export type Part = "cpu" | "ram" | "total";

/** What the exporter's gauges say of a cluster or one of its namespaces: rates in $/h, efficiencies as fractions. */
export interface ExporterGauges {
  readonly cluster: string;
  /** Empty at the level of the cluster. */
  readonly namespace: string;
  /** As the samples say; null when they do not. */
  readonly currency: string | null;
  readonly costs: Readonly<Partial<Record<ExporterComponent, Steps>>>;
  readonly efficiencies: Readonly<Partial<Record<Part, Steps>>>;
}

export interface ExporterCluster extends ExporterGauges {
  /** When the gauges can be believed. */
  readonly known: Steps;
  readonly namespaces: readonly ExporterGauges[];
}

export interface ExporterReading {
  readonly clusters: readonly ExporterCluster[];
  readonly warnings: readonly Notice[];
}

const COMPONENTS: readonly ExporterComponent[] = ["total", "cpu", "ram", "pv", "network", "lb"];
const PARTS: readonly Part[] = ["cpu", "ram", "total"];
/** The exporter asks Kubecost every two minutes; what failed for longer than this is frozen at its last value. */
const FROZEN_AFTER_MS = 10 * 60_000;

export function readExporter(samples: TenantSamples): ExporterReading {
  const trust = new ExporterTrust(samples);
  const namespaces = gaugesOf("namespace", samples, trust);
  const clusters = gaugesOf("cluster", samples, trust).map((gauges) => {
    const known = knownTimes(gauges);
    const clip = (thing: ExporterGauges) => ({ ...thing, costs: clipped(thing.costs, known) });
    return {
      ...clip(gauges),
      known,
      namespaces: namespaces.filter(({ cluster }) => cluster === gauges.cluster).map(clip),
    };
  });
  return { clusters, warnings: [...trust.warnings.values()] };
}

/**
 * Where the total is known, but not where it fell to 0 after having been above: that is Kubecost without data
 * for the current hour. Without a total, where any component is known.
 */
function knownTimes({ costs }: ExporterGauges): Steps {
  if (costs.total === undefined) return union(Object.values(costs));
  let wasPositive = false;
  return mapped(costs.total, (value) => {
    wasPositive ||= value > 0;
    return value === 0 && wasPositive ? Number.NaN : 1;
  });
}

function clipped<Key extends string>(costs: Readonly<Partial<Record<Key, Steps>>>, known: Steps) {
  return Object.fromEntries(
    Object.entries(costs).map(([key, steps]) => [key, within(steps as Steps, known)]),
  ) as Partial<Record<Key, Steps>>;
}

type Draft = {
  -readonly [Key in keyof ExporterGauges]: Key extends "costs" | "efficiencies"
    ? { -readonly [Inner in keyof ExporterGauges[Key]]: ExporterGauges[Key][Inner] }
    : ExporterGauges[Key];
};

function gaugesOf(level: ExporterLevel, samples: TenantSamples, trust: ExporterTrust): ExporterGauges[] {
  if (level === "namespace" && trust.namespacesAreNot) return [];
  const found = new Map<string, Draft>();
  const gauges = (labels: Labels): Draft => {
    const cluster = clusterOf(labels);
    const namespace = level === "namespace" ? labelOf(labels, "namespace") : "";
    const key = JSON.stringify([cluster, namespace]);
    let draft = found.get(key);
    if (draft === undefined) {
      draft = { cluster, namespace, currency: null, costs: {}, efficiencies: {} };
      found.set(key, draft);
    }
    return draft;
  };
  const add = (before: Steps | undefined, steps: Steps) => (before === undefined ? steps : sum([before, steps]));
  for (const component of COMPONENTS) {
    const metric = exporterCost(level, component);
    for (const { labels, steps } of samples.things(metric, trust.believed(samples.observations(metric)))) {
      if (isEmpty(steps)) continue;
      const draft = gauges(labels);
      draft.currency ??= labels.currency?.trim().toUpperCase() || null;
      draft.costs[component] = add(draft.costs[component], steps);
    }
  }
  for (const part of PARTS) {
    const metric = exporterEfficiency(level, part);
    for (const { labels, steps } of samples.things(metric, trust.believed(samples.observations(metric), 1))) {
      gauges(labels).efficiencies[part] = steps;
    }
  }
  return [...found.values()].filter(({ costs }) => Object.keys(costs).length > 0);
}

/** Which of an exporter's gauges can be believed, and in what unit they are, by what it tells of itself. */
class ExporterTrust {
  readonly warnings = new Map<string, Notice>();
  readonly namespacesAreNot: boolean;
  private readonly frozen: ReadonlyMap<string, Steps>;
  private readonly infos: readonly Thing[];

  constructor(samples: TenantSamples) {
    this.infos = samples.observations(EXPORTER_INFO);
    this.namespacesAreNot = this.infos.some(({ labels }) => (labels.aggregation_level || "namespace") !== "namespace");
    if (this.namespacesAreNot) {
      this.#warn(
        "NOT_BY_NAMESPACE",
        "The exporter does not aggregate by namespace: its cost is not split into namespaces.",
      );
    }
    this.frozen = new Map(
      samples.observations(EXPORTER_SUCCESS).map(({ labels, steps }) => [targetOf(labels), frozenTimes(steps)]),
    );
  }

  /** @param scale what to divide by in `total` mode instead of the exporter's window, e.g. 1 for a fraction */
  believed(observations: readonly Thing[], scale?: number): Thing[] {
    return observations.map(({ labels, steps }) => {
      const target = targetOf(labels);
      let believed = outside(steps, this.frozen.get(target) ?? nowhere);
      if (duration(believed) < duration(steps)) {
        this.#warn(
          "EXPORTER_FROZEN",
          "The exporter could not reach Kubecost for a time: its frozen figures were left out.",
        );
      }
      for (const info of this.infos) {
        if (targetOf(info.labels) !== target) continue;
        believed = this.inRates(believed, info, scale);
      }
      return { labels, steps: believed };
    });
  }

  #warn(code: string, message: string): void {
    this.warnings.set(code, { code, message });
  }

  private inRates(steps: Steps, info: Thing, scale: number | undefined): Steps {
    const { window, metric_mode: mode } = info.labels;
    const hours = scale ?? windowHours(window);
    if (hours === null) {
      this.#warn(
        "EXPORTER_WINDOW_UNKNOWN",
        "The exporter's WINDOW is not a number of minutes, hours or days: its figures have no known unit and were left out.",
      );
      return outside(steps, info.steps);
    }
    if (mode !== "total") return steps;
    return sum([outside(steps, info.steps), mapped(within(steps, info.steps), (value) => value / hours)]);
  }
}

/** Null for windows that the exporter takes for an hour whatever they are (`week`, `lastmonth`, dates). */
function windowHours(window: string | undefined): number | null {
  if (window === undefined || window === "") return 1;
  if (window === "yesterday") return 24;
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(window) ?? [];
  if (count === undefined) return null;
  return Number(count) * { m: 1 / 60, h: 1, d: 24 }[unit as "m" | "h" | "d"];
}

function frozenTimes({ starts, ends, values }: Steps): Steps {
  const long = values.map((value, i) =>
    value === 0 && (ends[i] as number) - (starts[i] as number) > FROZEN_AFTER_MS ? 1 : Number.NaN,
  );
  let i = 0;
  return mapped({ starts, ends, values }, () => long[i++] as number);
}
