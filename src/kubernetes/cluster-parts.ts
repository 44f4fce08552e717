import { lastSegment } from "./cloud-ids.js";
import type { ClusterNode, ClusterPart } from "./cluster-cost.js";

/** What one source says of a node; a node without a name goes by its provider's id. */
export type NodeMention = Omit<ClusterNode, "name"> & { readonly name: string | null };

/** Each node once: what one mention leaves open, a later one fills in. */
export function mergedNodes(mentions: readonly NodeMention[]): ClusterNode[] {
  const nodes = new Map<string, ClusterNode>();
  const keyOfName = new Map<string, string>();
  const merge = (key: string, mention: NodeMention) => {
    const name = mention.name ?? mention.providerId;
    if (name === null) return;
    const known = nodes.get(key);
    nodes.set(key, {
      name: known?.name ?? name,
      providerId: known?.providerId ?? mention.providerId,
      flavor: known?.flavor ?? mention.flavor,
      hourlyPrice: known?.hourlyPrice ?? mention.hourlyPrice,
      lastSeen: known?.lastSeen ?? mention.lastSeen,
    });
    keyOfName.set(name, key);
  };
  // Those with an id first: two machines may have had one name, one after the other, and only the id tells them apart.
  for (const mention of mentions) {
    const { providerId } = mention;
    // Some series name a node by the whole of its id, others by the end.
    if (providerId !== null) merge(`id ${lastSegment(providerId) ?? providerId}`, mention);
  }
  for (const mention of mentions) {
    if (mention.providerId === null) merge(keyOfName.get(mention.name ?? "") ?? `name ${mention.name}`, mention);
  }
  return [...nodes.values()];
}

/** Each part once, as the last mention has it. */
export function distinctParts(found: readonly ClusterPart[]): ClusterPart[] {
  return [...new Map(found.map((one) => [one.providerId, one])).values()];
}
