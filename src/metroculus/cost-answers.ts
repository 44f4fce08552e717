import type { ClusterCosts, Components } from "./cluster-costs.js";

/** How series that overlap are told to be one thing or several, in the words of the answer. */
const DUPLICATES_RULE =
  "Series of one metric that describe the same thing (equal cluster, namespace, node, pod, volume or load balancer labels) at the same time are observations of it by several exporters or Prometheus replicas: they count once, with their mean. Series that describe different things add up, and a thing that was renamed goes on under its new name.";

export interface AnswerHead {
  readonly cloud_account_id: string;
  readonly start_date: number;
  readonly end_date: number;
}

/** Components rounded at the edge, and their sum: the total never differs from what it is made of. */
export function summaryOf(components: Components) {
  const cost = {
    cpu_cost: rounded(components.cpu),
    ram_cost: rounded(components.ram),
    pv_cost: rounded(components.pv),
    management_cost: rounded(components.management),
    load_balancer_cost: rounded(components.loadBalancer),
    network_cost: rounded(components.network),
    ...(components.other !== null && { other_cost: rounded(components.other) }),
  };
  const total = Object.values(cost).reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return { total_cost: rounded(total) as number, ...cost };
}

/** The documented `summary` form, with what makes the figures judgeable beside it. */
export function clusterCostsAnswer(head: AnswerHead, costs: ClusterCosts) {
  const { starts, ends } = costs.known;
  return {
    ...head,
    summary: summaryOf(costs.components),
    ...(costs.efficiency !== null && {
      efficiency: {
        cpu_efficiency: rounded(costs.efficiency.cpu),
        ram_efficiency: rounded(costs.efficiency.ram),
        total_efficiency: rounded(costs.efficiency.total),
      },
    }),
    efficiency_unit: "fraction",
    breakdown: {
      management_cost: rounded(costs.components.management),
      load_balancer_cost: rounded(costs.components.loadBalancer),
      network_internet_cost: rounded(costs.egress.internet),
      network_region_cost: rounded(costs.egress.region),
      network_zone_cost: rounded(costs.egress.zone),
    },
    coverage: rounded(costs.coverage),
    ...(costs.currency !== null && { currency: costs.currency }),
    method: costs.method,
    sources: costs.sources,
    known_from: wholeSeconds(starts[0]),
    known_until: wholeSeconds(ends.at(-1)),
    duplicates: { series: costs.duplicates, treatment: DUPLICATES_RULE },
    warnings: costs.warnings,
  };
}

function wholeSeconds(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.floor(milliseconds / 1000);
}

/** Ten decimals: less than any price, more than the noise of floating point. */
export function rounded(value: number | null): number | null {
  // -0 would be written as 0 anyway, but compares unequal.
  return value === null ? null : Math.round(value * 1e10) / 1e10 + 0;
}
