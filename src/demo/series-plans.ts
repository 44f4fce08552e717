import {
  type Cluster,
  type ClusterNamespace,
  type ClusterNode,
  CPU_PART,
  LOAD_BALANCER_HOUR,
  VOLUME_GIB_HOUR,
} from "./clusters.js";
import { DEMO_ORGANIZATION } from "./organization.js";

/** How the values of one series run: `fixed` + `moving` × the load of the moment (+ `hourly`, for counters). */
export interface SeriesPlan {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly fixed?: number;
  readonly moving?: number;
  /** How far the load of the day moves `moving`: 0.3 is plus and minus 30 %. */
  readonly swing?: number;
  /** Before this day of the demo `moving` is smaller by this factor; at 0 the series did not exist. */
  readonly step?: { readonly day: number; readonly before: number } | undefined;
  /** What a counter gains an hour. */
  readonly hourly?: number;
}

/** All series that a cluster sends. */
export function seriesPlans(cluster: Cluster): SeriesPlan[] {
  return [
    ...infrastructure(cluster),
    ...(cluster.sends === "exporter" ? exporterGauges(cluster) : containerAllocations(cluster)),
  ];
}

const GIB = 2 ** 30;

/** What Kubecost and kube-state-metrics tell of the control plane, the nodes, the volumes and the load balancers. */
function infrastructure(cluster: Cluster): SeriesPlan[] {
  const { nodes, volumes, loadBalancers, management } = cluster;
  return [
    ...(management > 0 ? [{ metric: "kubecost_cluster_management_cost", labels: {}, fixed: management }] : []),
    ...nodes.flatMap((node) => nodeSeries(node)),
    ...volumes.flatMap(({ name, providerId, gib }): SeriesPlan[] => [
      {
        metric: "kube_persistentvolume_info",
        labels: { persistentvolume: name, csi_volume_handle: providerId },
        fixed: 1,
      },
      { metric: "kube_persistentvolume_capacity_bytes", labels: { persistentvolume: name }, fixed: gib * GIB },
      {
        metric: "pv_hourly_cost",
        labels: { persistentvolume: name, volumename: name, provider_id: providerId },
        fixed: VOLUME_GIB_HOUR,
      },
    ]),
    ...loadBalancers.map(({ name, namespace, address }) => ({
      metric: "kubecost_load_balancer_cost",
      labels: { service_name: name, namespace, ingress_ip: address },
      fixed: LOAD_BALANCER_HOUR,
    })),
  ];
}

function nodeSeries(node: ClusterNode): SeriesPlan[] {
  const { name, providerId, flavor, region, spot, hourly, cpus, gib, sinceDay } = node;
  const machine = { node: name, instance: name, provider_id: providerId, instance_type: flavor, region };
  const step = sinceDay === undefined ? undefined : { day: sinceDay, before: 0 };
  return [
    { metric: "kube_node_info", labels: { node: name, provider_id: providerId }, moving: 1, step },
    // A series whose value is 0 at every moment; `moving` could not carry that.
    { metric: "kubecost_node_is_spot", labels: machine, moving: spot ? 1 : 0, step },
    { metric: "node_total_hourly_cost", labels: machine, moving: hourly, step },
    { metric: "node_cpu_hourly_cost", labels: machine, moving: (hourly * CPU_PART) / cpus, step },
    { metric: "node_ram_hourly_cost", labels: machine, moving: (hourly * (1 - CPU_PART)) / gib, step },
  ];
}

/** The exporter's gauges: mean USD an hour, efficiencies as fractions. Components add up to the total. */
function exporterGauges(cluster: Cluster): SeriesPlan[] {
  const { key, nodes, volumes, loadBalancers, namespaces } = cluster;
  const labels = { cluster: key, currency: DEMO_ORGANIZATION.currency };
  const capacity = nodes.reduce((sum, { hourly }) => sum + hourly, 0);
  const cpu = capacity * CPU_PART;
  const ram = capacity * (1 - CPU_PART);
  const step = growthOf(nodes);
  const volumesOf = (namespace?: string) =>
    volumes
      .filter((volume) => namespace === undefined || volume.namespace === namespace)
      .reduce((sum, { gib }) => sum + gib * VOLUME_GIB_HOUR, 0);
  const balancersOf = (namespace?: string) =>
    loadBalancers.filter((balancer) => namespace === undefined || balancer.namespace === namespace).length *
    LOAD_BALANCER_HOUR;
  const level = (name: "cluster" | "namespace", own: Record<string, string>, share: Shares): SeriesPlan[] => {
    const gauge = (part: string, plan: Omit<SeriesPlan, "metric" | "labels">) => ({
      metric: `cloudtuner_kubecost_${name}_${part}`,
      labels: { ...labels, ...own },
      ...plan,
    });
    const moves = { swing: share.swing, step };
    const pv = volumesOf(own.namespace);
    const lb = balancersOf(own.namespace);
    return [
      gauge("total_cost", { fixed: pv + lb, moving: cpu * share.cpu + ram * share.ram, ...moves }),
      gauge("cpu_cost", { moving: cpu * share.cpu, ...moves }),
      gauge("ram_cost", { moving: ram * share.ram, ...moves }),
      gauge("pv_cost", { fixed: pv }),
      gauge("lb_cost", { fixed: lb }),
      gauge("network_cost", { fixed: 0 }),
      gauge("cpu_efficiency", { moving: share.efficiency.cpu, swing: EFFICIENCY_SWING }),
      gauge("ram_efficiency", { moving: share.efficiency.ram, swing: EFFICIENCY_SWING }),
      gauge("total_efficiency", { moving: blend(share, cpu, ram), swing: EFFICIENCY_SWING }),
    ];
  };
  return [
    { metric: "cloudtuner_kubecost_exporter_info", labels: { cluster_name: key, window: "24h" }, fixed: 1 },
    { metric: "cloudtuner_kubecost_exporter_scrape_success", labels: {}, fixed: 1 },
    ...level("cluster", {}, { cpu: 1, ram: 1, swing: 0, efficiency: clusterEfficiency(namespaces) }),
    ...namespaces.flatMap((namespace) => level("namespace", { namespace: namespace.name }, namespace)),
  ];
}

type Shares = Pick<ClusterNamespace, "cpu" | "ram" | "swing" | "efficiency">;

const EFFICIENCY_SWING = 0.06;

/** When the cluster got its last nodes, and how small it was before. */
function growthOf(nodes: readonly ClusterNode[]): SeriesPlan["step"] {
  const later = nodes.filter(({ sinceDay }) => sinceDay !== undefined);
  const day = later[0]?.sinceDay;
  return day === undefined ? undefined : { day, before: 1 - later.length / nodes.length };
}

/** What is used of what is reserved. */
function clusterEfficiency(namespaces: readonly ClusterNamespace[]): ClusterNamespace["efficiency"] {
  const mean = (part: "cpu" | "ram") =>
    namespaces.reduce((sum, namespace) => sum + namespace[part] * namespace.efficiency[part], 0) /
    namespaces.reduce((sum, namespace) => sum + namespace[part], 0);
  return { cpu: mean("cpu"), ram: mean("ram") };
}

function blend(share: Shares, cpu: number, ram: number): number {
  const ofCpu = cpu * share.cpu;
  const ofRam = ram * share.ram;
  return (ofCpu * share.efficiency.cpu + ofRam * share.efficiency.ram) / (ofCpu + ofRam);
}

/** What each namespace has reserved on each node: a pod of one container on every node. */
function containerAllocations({ nodes, namespaces }: Cluster): SeriesPlan[] {
  return namespaces.flatMap(({ name: namespace, cpu, ram, swing }) =>
    nodes.flatMap((node, index) => {
      const labels = {
        namespace,
        pod: `${namespace}-${index}`,
        container: namespace,
        node: node.name,
        instance: node.name,
      };
      return [
        { metric: "container_cpu_allocation", labels, moving: node.cpus * cpu, swing },
        { metric: "container_memory_allocation_bytes", labels, moving: node.gib * GIB * ram, swing },
      ];
    }),
  );
}
