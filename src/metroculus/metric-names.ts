/**
 * The metrics that cluster costs are made of. Everything else that a Prometheus sends is accepted and left
 * out: cAdvisor alone has a hundred series a container that no answer would ever read.
 */
export const EXPORTER = "cloudtuner_kubecost_";
const COMPONENTS = ["total", "cpu", "ram", "pv", "network", "lb"] as const;
const EFFICIENCIES = ["cpu", "ram", "total"] as const;

export type ExporterComponent = (typeof COMPONENTS)[number];
export type ExporterLevel = "cluster" | "namespace";

export function exporterCost(level: ExporterLevel, component: ExporterComponent): string {
  return `${EXPORTER}${level}_${component}_cost`;
}

export function exporterEfficiency(level: ExporterLevel, part: (typeof EFFICIENCIES)[number]): string {
  return `${EXPORTER}${level}_${part}_efficiency`;
}

const gaugesOf = (level: ExporterLevel) => [
  ...COMPONENTS.map((component) => exporterCost(level, component)),
  ...EFFICIENCIES.map((part) => exporterEfficiency(level, part)),
];

export const EXPORTER_INFO = `${EXPORTER}exporter_info`;
export const EXPORTER_SUCCESS = `${EXPORTER}exporter_scrape_success`;

export const exporterClusterMetrics: readonly string[] = [...gaugesOf("cluster"), EXPORTER_INFO, EXPORTER_SUCCESS];
export const exporterNamespaceMetrics: readonly string[] = gaugesOf("namespace");
/** What a cluster's efficiency is made of. */
export const namespaceEfficiencyMetrics: readonly string[] = [
  exporterCost("namespace", "cpu"),
  exporterCost("namespace", "ram"),
  ...EFFICIENCIES.map((part) => exporterEfficiency("namespace", part)),
];

/** $/h. */
export const MANAGEMENT = "kubecost_cluster_management_cost";
/** $/h, one series a load balancer. */
export const LOAD_BALANCER = "kubecost_load_balancer_cost";
/** $/GiB: prices, although they are called costs. */
export const EGRESS_PRICES = {
  internet: "kubecost_network_internet_egress_cost",
  region: "kubecost_network_region_egress_cost",
  zone: "kubecost_network_zone_egress_cost",
} as const;
export type EgressKind = keyof typeof EGRESS_PRICES;
/** A counter of bytes. */
export const EGRESS_BYTES = "kubecost_pod_network_egress_bytes_total";
/** $ a core-hour, $ a GiB-hour. */
export const NODE_CPU_PRICE = "node_cpu_hourly_cost";
export const NODE_RAM_PRICE = "node_ram_hourly_cost";
/** $ a GiB-hour. */
export const VOLUME_PRICE = "pv_hourly_cost";
/** Bytes. */
export const VOLUME_CAPACITY = "kube_persistentvolume_capacity_bytes";
export const VOLUME_ALLOCATION = "pod_pvc_allocation";
/** Cores; bytes. */
export const CPU_ALLOCATION = "container_cpu_allocation";
export const RAM_ALLOCATION = "container_memory_allocation_bytes";

/** One small series a cluster, node, volume or load balancer. */
export const infrastructureMetrics: readonly string[] = [
  MANAGEMENT,
  LOAD_BALANCER,
  ...Object.values(EGRESS_PRICES),
  EGRESS_BYTES,
];

/** As many series as there are containers: read only where the exporter's gauges leave a gap. */
export const allocationMetrics: readonly string[] = [
  NODE_CPU_PRICE,
  NODE_RAM_PRICE,
  VOLUME_PRICE,
  VOLUME_CAPACITY,
  VOLUME_ALLOCATION,
  CPU_ALLOCATION,
  RAM_ALLOCATION,
];

/**
 * Metrics with as many series as there are containers, volumes, nodes or the like, which long windows read in less
 * detail. The exporter's gauges of the cluster are few, and single samples of them matter.
 */
export const numerousMetrics: ReadonlySet<string> = new Set([
  ...exporterNamespaceMetrics,
  ...allocationMetrics,
  EGRESS_BYTES,
  LOAD_BALANCER,
]);

/** Allocated cores and bytes, which Kubecost calls savings. */
export const SAVINGS_CPU = "kubecost_savings_cpu_allocation";
export const SAVINGS_MEMORY = "kubecost_savings_memory_allocation_bytes";

export const NODE_TOTAL_PRICE = "node_total_hourly_cost";
export const NODE_IS_SPOT = "kubecost_node_is_spot";
const NODE_INFO = "kube_node_info";
/** Names a load balancer by its host name or address. */
export const LOAD_BALANCER_ADDRESS = "kube_service_status_load_balancer_ingress";

/** Whose labels name nodes, volumes and load balancers as the cloud does. */
export const inventoryMetrics: readonly string[] = [
  NODE_IS_SPOT,
  NODE_INFO,
  NODE_TOTAL_PRICE,
  NODE_CPU_PRICE,
  VOLUME_PRICE,
  LOAD_BALANCER,
  LOAD_BALANCER_ADDRESS,
];

const kept = new Set<string>([
  ...allocationMetrics,
  "node_gpu_hourly_cost",
  "node_gpu_count",
  "container_gpu_allocation",
  ...inventoryMetrics,
]);

/** Whether samples of this metric are kept, and may be asked for. */
export function isKept(metric: string): boolean {
  return kept.has(metric) || /^(cloudtuner_)?kubecost_[a-z0-9_]{1,100}$/.test(metric);
}
