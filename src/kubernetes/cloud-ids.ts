import type { ClusterInventory } from "./cluster-cost.js";

/** What AWS calls a load balancer's address: its name, a hash or number, and the region. */
const AWS_ADDRESS = /^(?:internal-)?(.+)-[0-9a-f]+\.(?:elb\.[a-z0-9-]+|[a-z0-9-]+\.elb)\.amazonaws\.com(?:\.cn)?$/;
/** The names that Kubernetes itself gives to load balancers, made of a UUID: nothing else has one. */
const NAME_BY_KUBERNETES = /^a[0-9a-f]{31}$/;

/** How ARNs call a part of each kind. */
const arnKinds: Readonly<Record<keyof ClusterInventory, string>> = {
  nodes: "instance",
  volumes: "volume",
  loadBalancers: "loadbalancer",
};

/**
 * The ids, in lower case, under which a cloud bill may list a part of a cluster. `aws:///eu-west-1a/i-0abc` is billed
 * as `i-0abc` or with an ARN that ends in `instance/i-0abc`; others are billed under the whole id, with or without its
 * scheme; load balancers under their address, or under the name in it.
 */
export function billedIds(kind: keyof ClusterInventory, providerId: string): string[] {
  const id = providerId.trim().toLowerCase();
  const name = kind === "loadBalancers" ? AWS_ADDRESS.exec(id)?.[1] : lastSegment(id);
  const found = [id, pathOf(id)];
  if (name) {
    found.push(`${arnKinds[kind]}/${name}`);
    if (kind !== "loadBalancers" || NAME_BY_KUBERNETES.test(name)) found.push(name);
  }
  return [...new Set(found)].filter(Boolean);
}

/**
 * What a provider's id ends in: `i-0abc` of `aws:///eu-west-1a/i-0abc`. Null where that is a mere number, as of a
 * machine in a scale set: each set has its own, so that it identifies nothing by itself.
 */
export function lastSegment(providerId: string): string | null {
  const segments = pathOf(providerId).split("/").filter(Boolean);
  const last = segments.at(-1) ?? null;
  return last === null || (segments.length > 1 && /^\d+$/.test(last)) ? null : last;
}

function pathOf(providerId: string): string {
  return providerId.replace(/^[a-z][a-z0-9+.-]*:\/\//i, "");
}
