import * as metric from "./metric-names.js";

export type Labels = Readonly<Record<string, string>>;

/**
 * Prometheus renames a label of the target that its own labels collide with, unless told to honor it: the
 * `namespace` of a load balancer becomes `exported_namespace`, and `namespace` is where Kubecost runs.
 */
export function labelOf(labels: Labels, name: string): string {
  return labels[`exported_${name}`] || labels[name] || "";
}

export function clusterOf(labels: Labels): string {
  return key(labels, CLUSTER);
}

export function nodeOf(labels: Labels): string {
  return labelOf(labels, "node") || labels.instance || "";
}

export function podOf(labels: Labels): string {
  return labelOf(labels, "pod_name") || labelOf(labels, "pod");
}

export function volumeOf(labels: Labels): string {
  return labelOf(labels, "persistentvolume") || labelOf(labels, "volumename");
}

/** The scrape target that a series came from: one running exporter, seen by one Prometheus. */
export function targetOf(labels: Labels): string {
  return key(labels, ["job", "instance", "pod", "prometheus", "prometheus_replica", "replica"]);
}

const CLUSTER = ["cluster", "cluster_id", "cluster_name"];
const CONTAINER = ["namespace", "pod", "pod_name", "container", "node"];

/** The labels that say what a series describes. All others only say who observed it. */
const describing: Readonly<Record<string, readonly string[]>> = {
  [metric.MANAGEMENT]: ["provisioner_name"],
  [metric.LOAD_BALANCER]: ["namespace", "service_name", "ingress_ip"],
  [metric.EGRESS_BYTES]: ["namespace", "pod_name", "service", "internet", "same_region", "same_zone"],
  [metric.VOLUME_PRICE]: ["persistentvolume", "volumename"],
  [metric.VOLUME_CAPACITY]: ["persistentvolume"],
  // Not the pod: several may mount one volume, and each is said to have the whole of it.
  [metric.VOLUME_ALLOCATION]: ["persistentvolume", "volumename", "persistentvolumeclaim", "namespace"],
  [metric.CPU_ALLOCATION]: CONTAINER,
  [metric.RAM_ALLOCATION]: CONTAINER,
};

/** What only tells observers of the same thing apart, where a series has none of the labels above. */
const observing =
  /^(__.*|.*replica.*|tenant_id|cloud_account_id|job|instance|endpoint|prometheus|monitor|receive|pod|container|namespace|currency|app|app_.*|helm_.*|chart|release|heritage|version|.*_hash|.*_pod_name|uid)$/;

/**
 * What a series describes, as a key. Series of one metric and one key that overlap in time are observations of
 * the same thing (two Prometheus replicas, two exporters, an exporter that moved) and count once; different
 * keys are different things and add up.
 */
export function identityOf(name: string, labels: Labels): string {
  const cluster = clusterOf(labels);
  if (name.startsWith(`${metric.EXPORTER}cluster_`) && cluster !== EMPTY_CLUSTER) return cluster;
  if (name.startsWith(`${metric.EXPORTER}namespace_`)) return `${cluster}${key(labels, ["namespace"])}`;
  if (name === metric.NODE_CPU_PRICE || name === metric.NODE_RAM_PRICE) return `${cluster}${nodeOf(labels)}`;
  const names = describing[name];
  if (names?.some((label) => labelOf(labels, label) !== "")) return `${cluster}${key(labels, names)}`;
  return JSON.stringify(
    Object.entries(labels)
      .filter(([label]) => !observing.test(label))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function key(labels: Labels, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => labelOf(labels, name)));
}

const EMPTY_CLUSTER = clusterOf({});
