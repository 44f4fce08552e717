import { labelOf, nodeOf, volumeOf } from "./identity.js";
import { LOAD_BALANCER, LOAD_BALANCER_ADDRESS, NODE_IS_SPOT, NODE_TOTAL_PRICE, VOLUME_PRICE } from "./metric-names.js";
import type { LatestSample } from "./source.js";

export interface InventoryNode {
  readonly name: string;
  /** As Kubernetes writes it, e.g. `aws:///ap-south-1c/i-0df1`; null when no sample says it. */
  readonly provider_id: string | null;
  readonly instance_type: string | null;
  readonly spot: boolean | null;
  /** In the currency of the samples. */
  readonly hourly_price: number | null;
  /** Epoch seconds of the last sample in the window. */
  readonly last_seen: number;
}

/** What a cluster was built from in a window, by the names that the cloud's bill uses too. */
export function inventoryAnswer(latest: readonly LatestSample[]) {
  // Newest last, so that what it says replaces what older samples said.
  const samples = [...latest].sort((a, b) => a.time - b.time);
  const nodes = new Map<string, InventoryNode>();
  const volumes = new Map<string, { name: string; provider_id: string | null }>();
  const loadBalancers = new Map<string, { name: string; address: string | null }>();
  for (const { metric, labels, time, value } of samples) {
    if (metric === VOLUME_PRICE) {
      const name = volumeOf(labels);
      if (name !== "")
        volumes.set(name, { name, provider_id: labels.provider_id || volumes.get(name)?.provider_id || null });
    } else if (metric === LOAD_BALANCER || metric === LOAD_BALANCER_ADDRESS) {
      const service = labelOf(labels, "service_name") || labelOf(labels, "service");
      const name = [labelOf(labels, "namespace"), service].filter((part) => part !== "").join("/");
      const address = labels.hostname || labels.ingress_ip || labels.ip || null;
      const key = address ?? name;
      if (key !== "") loadBalancers.set(key, { name: name || key, address });
    } else {
      const name = nodeOf(labels);
      if (name === "") continue;
      const before = nodes.get(name);
      nodes.set(name, {
        name,
        provider_id: labels.provider_id || before?.provider_id || null,
        instance_type: instanceType(labels) ?? before?.instance_type ?? null,
        spot: metric === NODE_IS_SPOT ? value > 0 : (before?.spot ?? null),
        hourly_price: metric === NODE_TOTAL_PRICE ? priceOf(value) : (before?.hourly_price ?? null),
        last_seen: Math.floor(time / 1000),
      });
    }
  }
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  return {
    nodes: [...nodes.values()].sort(byName),
    volumes: [...volumes.values()].sort(byName),
    load_balancers: [...loadBalancers.values()].sort(byName),
  };
}

/** A price of 0 is what an exporter writes that does not know it. */
function priceOf(value: number): number | null {
  return value > 0 && Number.isFinite(value) ? value : null;
}

function instanceType(labels: LatestSample["labels"]): string | null {
  return labels.instance_type || labels.label_node_kubernetes_io_instance_type || null;
}
