import { isObject, type JsonObject } from "../json.js";
import { wouldFailAgain } from "./call-result.js";
import type { ClusterInventory, ClusterPart, ClusterWindow } from "./cluster-cost.js";
import { distinctParts, mergedNodes } from "./cluster-parts.js";
import { inventoryFromSeries } from "./inventory-from-series.js";
import { finite, textOf } from "./json.js";
import type { CallLimits, Upstream } from "./upstream.js";

/**
 * What a cluster is built from: from the built-in Metroculus's list, else from the labels of series that any
 * Metroculus hands out. An answer that names another account is taken: tenants carry several ids in the field, and
 * what it names is only ever sought in the organization's own bill.
 * @returns null when Metroculus did not answer, or tells neither.
 */
export async function readInventory(
  upstream: Pick<Upstream, "call">,
  { cloudAccountId, window }: ClusterWindow,
  limits: CallLimits,
): Promise<ClusterInventory | null> {
  const parameters = { cloud_account_id: cloudAccountId, start_date: window.start, end_date: window.end };
  const listed = await upstream.call("kubecost_nodes", parameters, limits);
  if (listed.ok) {
    const inventory = inventoryOf(listed.body);
    if (inventory !== null) return inventory;
  } else if (wouldFailAgain(listed.failure)) return null;
  return inventoryFromSeries(upstream, { cloudAccountId, window }, limits);
}

/** A body of the built-in `kubecost_nodes`; null for any other. */
function inventoryOf(body: unknown): ClusterInventory | null {
  if (!isObject(body) || !Array.isArray(body.nodes)) return null;
  return {
    nodes: mergedNodes(
      body.nodes.filter(isObject).map((node) => ({
        name: textOf(node.name),
        providerId: textOf(node.provider_id),
        flavor: textOf(node.instance_type),
        hourlyPrice: finite(node.hourly_price),
        lastSeen: finite(node.last_seen),
      })),
    ),
    volumes: parts(body.volumes, "provider_id"),
    loadBalancers: parts(body.load_balancers, "address"),
  };
}

function parts(list: unknown, id: string): ClusterPart[] {
  if (!Array.isArray(list)) return [];
  return distinctParts(
    list.filter(isObject).flatMap((item: JsonObject) => {
      const providerId = item[id];
      if (typeof providerId !== "string" || providerId === "") return [];
      return [{ name: typeof item.name === "string" ? item.name : providerId, providerId }];
    }),
  );
}
