import { grouped } from "./grouped.js";
import { clusterOf, labelOf, nodeOf, podOf, volumeOf } from "./identity.js";
import {
  CPU_ALLOCATION,
  EGRESS_BYTES,
  EGRESS_PRICES,
  type EgressKind,
  LOAD_BALANCER,
  MANAGEMENT,
  NODE_CPU_PRICE,
  NODE_RAM_PRICE,
  RAM_ALLOCATION,
  VOLUME_ALLOCATION,
  VOLUME_CAPACITY,
  VOLUME_PRICE,
} from "./metric-names.js";
import type { Notice } from "./notice.js";
import { both, isEmpty, mapped, mean, nowhere, type Steps, sum, union } from "./steps.js";
import type { TenantSamples, Thing } from "./tenant-samples.js";

/** A rate in $/h of one component, and the namespace that it is spent in; "" for none. */
export interface Charge {
  readonly namespace: string;
  readonly rate: Steps;
}

export interface NativeCharges {
  /** Empty where the samples say nothing, which is not the same as a rate of 0. */
  readonly management: readonly Charge[];
  readonly loadBalancer: readonly Charge[];
  readonly cpu: readonly Charge[];
  readonly ram: readonly Charge[];
  readonly pv: readonly Charge[];
  readonly network: Readonly<Record<EgressKind, readonly Charge[]>>;
  /** When anything was allocated. */
  readonly allocated: Steps;
  readonly warnings: readonly Notice[];
}

const GIB = 2 ** 30;

/** Cost from Kubecost's own series: rates as they are, quantities times the price of the very thing they are of. */
export function nativeCharges(samples: TenantSamples): NativeCharges {
  const warnings = new Map<string, Notice>();
  const cpu = allocations(samples, CPU_ALLOCATION, NODE_CPU_PRICE, 1, warnings);
  const ram = allocations(samples, RAM_ALLOCATION, NODE_RAM_PRICE, GIB, warnings);
  return {
    management: samples.things(MANAGEMENT).map(({ steps }) => ({ namespace: "", rate: steps })),
    loadBalancer: samples
      .things(LOAD_BALANCER)
      .map(({ labels, steps }) => ({ namespace: labelOf(labels, "namespace"), rate: steps })),
    cpu,
    ram,
    pv: volumes(samples),
    network: egress(samples, warnings),
    allocated: union([...cpu, ...ram].map(({ rate }) => rate)),
    warnings: [...warnings.values()],
  };
}

/** Each container's allocation times the hourly price of the node that it runs on. */
function allocations(
  samples: TenantSamples,
  metric: string,
  priceMetric: string,
  unit: number,
  warnings: Map<string, Notice>,
): Charge[] {
  const prices = new Prices(samples.things(priceMetric), nodeOf);
  const charges = samples.things(metric).flatMap(({ labels, steps }) => {
    const price = prices.of(labels, nodeOf(labels));
    if (price === undefined) {
      warnings.set(metric, {
        code: "NODE_PRICE_UNKNOWN",
        message: `Containers on nodes without ${priceMetric} are not in the cost: their price is not known.`,
      });
      return [];
    }
    return [
      { namespace: labelOf(labels, "namespace"), rate: both(steps, price, (amount, each) => (amount / unit) * each) },
    ];
  });
  return charges.filter(({ rate }) => !isEmpty(rate));
}

/**
 * Each volume's bytes times its own price. What pods claim of it belongs to their namespaces, the rest of its
 * capacity to none: an unmounted volume costs as much as a mounted one.
 */
function volumes(samples: TenantSamples): Charge[] {
  const capacities = samples.things(VOLUME_CAPACITY);
  const claims = grouped(samples.things(VOLUME_ALLOCATION), ({ labels }) => volumeOf(labels));
  const capacityOf = new Map(capacities.map(({ labels, steps }) => [volumeOf(labels), steps]));
  return samples.things(VOLUME_PRICE).flatMap(({ labels, steps: price }) => {
    const volume = volumeOf(labels);
    const claimed = claims.get(volume) ?? [];
    const capacity = capacityOf.get(volume) ?? nowhere;
    const inUse = sum(claimed.map(({ steps }) => steps));
    const rest = sum([capacity, mapped(inUse, (bytes) => -bytes)]);
    const unclaimed = both(capacity, rest, (_bytes, left) => Math.max(0, left));
    const charge = (namespace: string, bytes: Steps) => ({
      namespace,
      rate: both(bytes, price, (amount, each) => (amount / GIB) * each),
    });
    return [
      ...claimed.map((claim) => charge(labelOf(claim.labels, "namespace"), claim.steps)),
      charge("", unclaimed),
    ].filter(({ rate }) => !isEmpty(rate));
  });
}

/** Bytes that left, times the price of a GiB of their kind. Without bytes there is no cost, whatever the price. */
function egress(samples: TenantSamples, warnings: Map<string, Notice>): Record<EgressKind, Charge[]> {
  const charges: Record<EgressKind, Charge[]> = { internet: [], region: [], zone: [] };
  const pricesOf = (kind: EgressKind) => new Prices(samples.things(EGRESS_PRICES[kind]), () => "");
  const prices = { internet: pricesOf("internet"), region: pricesOf("region"), zone: pricesOf("zone") };
  for (const { labels, steps } of samples.things(EGRESS_BYTES)) {
    const kind = egressKind(labels);
    if (kind === null) continue;
    const price = prices[kind].of(labels, "") ?? nowhere;
    if (isEmpty(price)) {
      warnings.set(EGRESS_PRICES[kind], {
        code: "EGRESS_PRICE_UNKNOWN",
        message: `Egress without ${EGRESS_PRICES[kind]} is not in the cost: its price is not known.`,
      });
    }
    const rate = both(steps, price, (bytes, each) => (bytes / GIB) * each);
    if (!isEmpty(rate)) charges[kind].push({ namespace: podOf(labels) && labelOf(labels, "namespace"), rate });
  }
  return charges;
}

/** Null for what stays within a zone, which is free. */
function egressKind(labels: Thing["labels"]): EgressKind | null {
  if (labels.internet === "true") return "internet";
  if (labels.same_region === "false") return "region";
  return labels.same_zone === "false" ? "zone" : null;
}

/** Prices of things by name ("" where a cluster has one for all). Names are a cluster's own, so its own price goes first. */
class Prices {
  private readonly exact: ReadonlyMap<string, Steps>;
  private readonly byName: ReadonlyMap<string, Steps>;

  constructor(things: readonly Thing[], nameOf: (labels: Thing["labels"]) => string) {
    this.exact = means(things, (labels) => `${clusterOf(labels)}${nameOf(labels)}`);
    this.byName = means(things, nameOf);
  }

  of(labels: Thing["labels"], name: string): Steps | undefined {
    return this.exact.get(`${clusterOf(labels)}${name}`) ?? this.byName.get(name);
  }
}

function means(things: readonly Thing[], keyOf: (labels: Thing["labels"]) => string): Map<string, Steps> {
  const groups = grouped(things, ({ labels }) => keyOf(labels));
  return new Map([...groups].map(([key, same]) => [key, mean(same.map(({ steps }) => steps))]));
}
