import { Dice, demoHex, demoId } from "./identity.js";
import { accountId, type DemoCluster } from "./organization.js";

export interface ClusterNode {
  readonly name: string;
  readonly providerId: string;
  readonly flavor: string;
  readonly region: string;
  readonly cpus: number;
  readonly gib: number;
  /** USD an hour, what the cloud charges. */
  readonly hourly: number;
  readonly spot: boolean;
  /** The day of the demo on which it joined; there from the start where it is missing. All late ones of a cluster join together. */
  readonly sinceDay?: number | undefined;
}

export interface ClusterVolume {
  readonly name: string;
  readonly claim: string;
  readonly namespace: string;
  readonly providerId: string;
  readonly gib: number;
}

export interface ClusterLoadBalancer {
  readonly name: string;
  readonly namespace: string;
  /** The host name or address by which it is reached. */
  readonly address: string;
}

/** What runs in a namespace, as shares of what the cluster has. */
export interface ClusterNamespace {
  readonly name: string;
  readonly cpu: number;
  readonly ram: number;
  readonly efficiency: { readonly cpu: number; readonly ram: number };
  /** How much the load of the day swings it: 0.3 is plus and minus 30 %. */
  readonly swing: number;
}

export interface Cluster {
  readonly key: DemoCluster;
  readonly accountId: string;
  readonly nodes: readonly ClusterNode[];
  readonly volumes: readonly ClusterVolume[];
  readonly loadBalancers: readonly ClusterLoadBalancer[];
  readonly namespaces: readonly ClusterNamespace[];
  /** USD an hour for the control plane. */
  readonly management: number;
  /** What its Prometheus sends: gauges of the cost exporter, or Kubecost's own series only. */
  readonly sends: "exporter" | "native";
  /** Spans without samples, in days before the end of today: 12 to 10.5 ago is [12, 10.5]. */
  readonly silences: readonly (readonly [from: number, to: number])[];
}

/** USD a GiB and hour of a volume: gp3's 0.0952 a GiB and month. */
export const VOLUME_GIB_HOUR = 0.0952 / 730;
/** USD an hour of a network load balancer. */
export const LOAD_BALANCER_HOUR = 0.027;
/** Kubernetes splits the price of a node between its cores and its memory; this is the part of the cores. */
export const CPU_PART = 0.62;

const WEB_NAMESPACES: readonly ClusterNamespace[] = [
  { name: "shop", cpu: 0.24, ram: 0.2, efficiency: { cpu: 0.58, ram: 0.66 }, swing: 0.3 },
  { name: "checkout", cpu: 0.13, ram: 0.1, efficiency: { cpu: 0.44, ram: 0.59 }, swing: 0.35 },
  { name: "search", cpu: 0.12, ram: 0.22, efficiency: { cpu: 0.37, ram: 0.81 }, swing: 0.2 },
  { name: "payments", cpu: 0.05, ram: 0.04, efficiency: { cpu: 0.21, ram: 0.4 }, swing: 0.1 },
  { name: "monitoring", cpu: 0.05, ram: 0.09, efficiency: { cpu: 0.5, ram: 0.72 }, swing: 0.05 },
  { name: "ingress", cpu: 0.03, ram: 0.02, efficiency: { cpu: 0.33, ram: 0.45 }, swing: 0.25 },
  { name: "kube-system", cpu: 0.04, ram: 0.05, efficiency: { cpu: 0.3, ram: 0.5 }, swing: 0.02 },
];

const STAGING_NAMESPACES: readonly ClusterNamespace[] = [
  { name: "shop-staging", cpu: 0.2, ram: 0.18, efficiency: { cpu: 0.22, ram: 0.38 }, swing: 0.4 },
  { name: "previews", cpu: 0.18, ram: 0.2, efficiency: { cpu: 0.12, ram: 0.25 }, swing: 0.5 },
  { name: "load-tests", cpu: 0.1, ram: 0.05, efficiency: { cpu: 0.71, ram: 0.3 }, swing: 0.6 },
  { name: "monitoring", cpu: 0.06, ram: 0.08, efficiency: { cpu: 0.4, ram: 0.6 }, swing: 0.05 },
  { name: "kube-system", cpu: 0.05, ram: 0.06, efficiency: { cpu: 0.3, ram: 0.5 }, swing: 0.02 },
];

const DATA_NAMESPACES: readonly ClusterNamespace[] = [
  { name: "pipelines", cpu: 0.34, ram: 0.3, efficiency: { cpu: 0.63, ram: 0.55 }, swing: 0.3 },
  { name: "notebooks", cpu: 0.14, ram: 0.24, efficiency: { cpu: 0.15, ram: 0.33 }, swing: 0.45 },
  { name: "feature-store", cpu: 0.08, ram: 0.14, efficiency: { cpu: 0.41, ram: 0.7 }, swing: 0.1 },
  { name: "kube-system", cpu: 0.05, ram: 0.05, efficiency: { cpu: 0.3, ram: 0.5 }, swing: 0.02 },
];

const EDGE_NAMESPACES: readonly ClusterNamespace[] = [
  { name: "conveyors", cpu: 0.3, ram: 0.22, efficiency: { cpu: 0.48, ram: 0.52 }, swing: 0.35 },
  { name: "quality-cameras", cpu: 0.26, ram: 0.3, efficiency: { cpu: 0.77, ram: 0.64 }, swing: 0.3 },
  { name: "kube-system", cpu: 0.06, ram: 0.07, efficiency: { cpu: 0.25, ram: 0.45 }, swing: 0.02 },
];

export const CLUSTERS: readonly Cluster[] = [
  {
    key: "k8s-production",
    accountId: accountId("k8s-production"),
    nodes: ec2Nodes(
      "production",
      10,
      { flavor: "m5.2xlarge", cpus: 8, gib: 32, hourly: 0.46, spot: false },
      { late: 2, sinceDay: 62 },
    ),
    volumes: ebsVolumes("production", ["shop", "search", "search", "payments", "monitoring", "monitoring"]),
    loadBalancers: elasticLoadBalancers("production", ["ingress", "shop"]),
    namespaces: WEB_NAMESPACES,
    management: 0.1,
    sends: "exporter",
    silences: [],
  },
  {
    key: "k8s-staging",
    accountId: accountId("k8s-staging"),
    nodes: ec2Nodes("staging", 6, { flavor: "m5.xlarge", cpus: 4, gib: 16, hourly: 0.0805, spot: true }),
    volumes: ebsVolumes("staging", ["shop-staging", "monitoring"]),
    loadBalancers: elasticLoadBalancers("staging", ["shop-staging"]),
    namespaces: STAGING_NAMESPACES,
    management: 0.1,
    sends: "exporter",
    silences: [],
  },
  {
    key: "k8s-analytics",
    accountId: accountId("k8s-analytics"),
    nodes: Array.from({ length: 5 }, (_, index) => {
      const name = `gke-analytics-pool-1-${demoHex(`analytics/${index}`, 8)}`;
      const providerId = `gce://acme-analytics/europe-west3-b/${name}`;
      return {
        name,
        providerId,
        flavor: "n2-standard-8",
        region: "europe-west3",
        cpus: 8,
        gib: 32,
        hourly: 0.5,
        spot: false,
      };
    }),
    volumes: [],
    loadBalancers: [{ name: "gateway", namespace: "pipelines", address: "198.51.100.24" }],
    namespaces: DATA_NAMESPACES,
    management: 0.1,
    sends: "native",
    silences: [
      [71, 69.5],
      [44, 41.75],
      [24, 22],
      [13.5, 12],
    ],
  },
  {
    key: "k8s-edge",
    accountId: accountId("k8s-edge"),
    nodes: Array.from({ length: 4 }, (_, index) => {
      const name = `edge-${index + 1}`;
      return {
        name,
        providerId: `k3s://${name}`,
        flavor: "",
        region: "factory",
        cpus: 4,
        gib: 16,
        hourly: 0.11,
        spot: false,
      };
    }),
    volumes: [],
    loadBalancers: [],
    namespaces: EDGE_NAMESPACES,
    management: 0,
    sends: "exporter",
    silences: [[6, 0]],
  },
];

function ec2Nodes(
  cluster: string,
  count: number,
  machine: Pick<ClusterNode, "flavor" | "cpus" | "gib" | "hourly" | "spot">,
  growth?: { readonly late: number; readonly sinceDay: number },
): ClusterNode[] {
  return Array.from({ length: count }, (_, index) => {
    const zone = "abc"[index % 3];
    const instance = `i-0${demoHex(`${cluster}/node/${index}`, 16)}`;
    const address = `10.40.${new Dice(instance).integer(0, 63)}.${new Dice(cluster + index).integer(4, 250)}`;
    return {
      name: `ip-${address.replaceAll(".", "-")}.eu-central-1.compute.internal`,
      providerId: `aws:///eu-central-1${zone}/${instance}`,
      region: "eu-central-1",
      ...machine,
      sinceDay: growth !== undefined && index >= count - growth.late ? growth.sinceDay : undefined,
    };
  });
}

function ebsVolumes(cluster: string, namespaces: readonly string[]): ClusterVolume[] {
  return namespaces.map((namespace, index) => ({
    name: `pvc-${demoId(`${cluster}/volume/${index}`)}`,
    claim: `data-${namespace}-${index}`,
    namespace,
    providerId: `vol-0${demoHex(`${cluster}/volume/${index}`, 16)}`,
    gib: 50 * (1 + (index % 4)),
  }));
}

function elasticLoadBalancers(cluster: string, namespaces: readonly string[]): ClusterLoadBalancer[] {
  return namespaces.map((namespace, index) => ({
    name: `${namespace}-entry`,
    namespace,
    address: `a${demoHex(`${cluster}/lb/${index}`, 31)}.elb.eu-central-1.amazonaws.com`,
  }));
}

/** What a cloud calls the thing behind a provider id: its last segment. */
export function cloudResourceIdOf(providerId: string): string {
  return providerId.slice(providerId.lastIndexOf("/") + 1);
}
