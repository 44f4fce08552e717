import { isObject } from "../json.js";
import type { ClusterWindow, NamespaceCost } from "./cluster-cost.js";
import { attributed, givenComponents } from "./components.js";
import { readEfficiency } from "./efficiency.js";
import { finite } from "./json.js";
import { isOfAnotherAccount } from "./other-account.js";
import type { CallLimits, Upstream } from "./upstream.js";

const kinds: Readonly<Record<string, NamespaceCost["kind"]>> = {
  workload: "WORKLOAD",
  idle: "IDLE",
  unallocated: "UNALLOCATED",
};

/**
 * A cluster's cost by namespace. Only the built-in Metroculus can tell it of a past window: others know the rate of
 * this moment, which would be another thing under the same name.
 * @returns null when Metroculus did not answer, or cannot tell.
 */
export async function readNamespaces(
  upstream: Pick<Upstream, "call">,
  { cloudAccountId, window }: ClusterWindow,
  limits: CallLimits,
): Promise<NamespaceCost[] | null> {
  const parameters = { cloud_account_id: cloudAccountId, start_date: window.start, end_date: window.end };
  const result = await upstream.call("kubecost_namespaces", parameters, limits);
  if (!result.ok || isOfAnotherAccount(result.body, cloudAccountId)) return null;
  return namespacesOf(result.body);
}

/** A body of `kubecost_namespaces`, dearest first, ties by name; null for any other. */
export function namespacesOf(body: unknown): NamespaceCost[] | null {
  if (!isObject(body) || !Array.isArray(body.namespaces)) return null;
  // No namespace without a single sample is nothing known, rather than known to be nothing.
  if (body.namespaces.length === 0 && body.coverage === 0) return null;
  const namespaces: NamespaceCost[] = [];
  for (const item of body.namespaces) {
    // Without one of them the rest would no longer add up to the cluster's cost.
    if (!isObject(item) || typeof item.name !== "string") return null;
    const cost = finite(item.total_cost);
    const kind = kinds[String(item.kind ?? "workload").toLowerCase()];
    if (cost === null || kind === undefined) return null;
    namespaces.push({
      name: item.name,
      kind,
      cost,
      components: attributed(cost, givenComponents(item).components).components,
      efficiency: readEfficiency(item, "fraction").efficiency,
    });
  }
  return namespaces.sort((one, other) => other.cost - one.cost || (one.name < other.name ? -1 : 1));
}
