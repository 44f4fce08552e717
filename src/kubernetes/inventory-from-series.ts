import type { Window } from "../time.js";
import type { ClusterInventory, ClusterPart, ClusterWindow } from "./cluster-cost.js";
import { distinctParts, mergedNodes } from "./cluster-parts.js";
import { textOf } from "./json.js";
import { type LabelledSeries, seriesOf } from "./series.js";
import type { CallLimits, Upstream } from "./upstream.js";

/** Series of Kubecost and kube-state-metrics whose labels name nodes, volumes and load balancers with their provider's id. */
const namingSeries = [
  "kubecost_node_is_spot",
  "kube_node_info",
  "node_total_hourly_cost",
  "pv_hourly_cost",
  "kubecost_load_balancer_cost",
  "kube_service_status_load_balancer_ingress",
] as const;

const MOST_HALVINGS = 5;

/**
 * Every point of a series repeats its labels, so that a long window of a large cluster is more than an answer may be:
 * then each half of it is asked for.
 */
export async function inventoryFromSeries(
  upstream: Pick<Upstream, "call">,
  { cloudAccountId, window }: ClusterWindow,
  limits: CallLimits,
  halvings = 0,
): Promise<ClusterInventory | null> {
  const { start, end } = window;
  const parameters = { cloud_account_id: cloudAccountId, start_date: start, end_date: end };
  const series = await upstream.call("kubecost_metrics", { ...parameters, metrics: namingSeries.join(",") }, limits);
  if (series.ok) return inventoryOfSeries(series.body);
  if (series.failure.code !== "BODY_TOO_LARGE" || halvings === MOST_HALVINGS) return null;
  const middle = Math.floor((start + end) / 2);
  const half = (part: Window) => inventoryFromSeries(upstream, { cloudAccountId, window: part }, limits, halvings + 1);
  // One after the other: where the first is too large still, the second need not be asked for.
  const first = await half({ start, end: middle });
  const second = first && (await half({ start: middle + 1, end }));
  return (
    second && {
      nodes: mergedNodes([...first.nodes, ...second.nodes]),
      volumes: distinctParts([...first.volumes, ...second.volumes]),
      loadBalancers: distinctParts([...first.loadBalancers, ...second.loadBalancers]),
    }
  );
}

/** A body of `kubecost_metrics` in either of its forms; null for any other. */
function inventoryOfSeries(body: unknown): ClusterInventory | null {
  const series = seriesOf(body);
  if (series === null) return null;
  const named = (metrics: readonly string[], name: string, ...ids: string[]) =>
    distinctParts(metrics.flatMap((metric) => (series.get(metric) ?? []).flatMap((labels) => part(labels, name, ids))));
  const balancers = ["kube_service_status_load_balancer_ingress", "kubecost_load_balancer_cost"];
  return {
    nodes: mergedNodes(
      ["kubecost_node_is_spot", "kube_node_info", "node_total_hourly_cost"].flatMap((metric) =>
        (series.get(metric) ?? []).map((labels) => ({
          name: textOf(labels.node),
          providerId: textOf(labels.provider_id),
          flavor: textOf(labels.instance_type),
          // Labels do not say them.
          hourlyPrice: null,
          lastSeen: null,
        })),
      ),
    ),
    volumes: named(["pv_hourly_cost"], "persistentvolume", "provider_id"),
    loadBalancers: named(balancers, "service", "hostname", "ip", "ingress_ip"),
  };
}

function part(labels: LabelledSeries, name: string, ids: readonly string[]): ClusterPart[] {
  const providerId = ids.map((id) => labels[id]).find((id) => id !== undefined && id !== "");
  return providerId === undefined ? [] : [{ name: labels[name] ?? providerId, providerId }];
}
