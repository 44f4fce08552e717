import { isObject, type JsonObject } from "../json.js";

/** An answer of `kubecost_cluster_costs`, recognised by its structure: it says neither its version nor its source. */
export interface Answer {
  readonly shape: "SUMMARY" | "LEGACY" | "FLAT" | "FLAT_WITH_BREAKDOWN";
  /** As it was given; anything but a finite number of at least 0 is no cost. */
  readonly total: unknown;
  /** Where component costs stand under their own names. */
  readonly components: JsonObject;
  /** Where efficiencies stand; null when the answer has no place for them. */
  readonly efficiency: JsonObject | null;
  /** Points of the legacy form; undefined in all others. */
  readonly points: readonly unknown[] | undefined;
  /** Infrastructure costs in parts, egress by distance among them. */
  readonly infrastructure: JsonObject;
  /** Total and components as they were given, for v2's `breakdown`. */
  readonly summary: JsonObject;
  /** The whole body, for what stands beside the costs. */
  readonly body: JsonObject;
}

const NO_FIELDS: JsonObject = {};
const allocationNames = ["cpu_cost", "ram_cost", "memory_cost", "pv_cost", "storage_cost"];
const flatNames = [...allocationNames, "load_balancer_cost", "lb_cost"];

/** @returns null for a body of any other shape: it is surfaced as such, never read as 0. */
export function recognise(body: unknown): Answer | null {
  if (!isObject(body)) return null;
  const breakdown = isObject(body.breakdown) ? body.breakdown : NO_FIELDS;
  if (isObject(body.summary)) {
    const { summary } = body;
    const efficiency = isObject(body.efficiency) ? body.efficiency : null;
    return {
      shape: "SUMMARY",
      total: summary.total_cost,
      components: summary,
      efficiency,
      points: undefined,
      infrastructure: breakdown,
      summary,
      body,
    };
  }
  if (Array.isArray(body.data_points)) {
    return {
      shape: "LEGACY",
      total: body.total_cost,
      components: { management_cost: body.total_cost },
      efficiency: null,
      points: body.data_points,
      infrastructure: NO_FIELDS,
      summary: { total_cost: body.total_cost },
      body,
    };
  }
  if (Object.keys(body).some((name) => flatNames.includes(name) || name.endsWith("_efficiency"))) {
    return {
      shape: "FLAT",
      total: body.total_cost,
      components: body,
      efficiency: body,
      points: undefined,
      infrastructure: breakdown,
      summary: Object.fromEntries(Object.entries(body).filter(([name]) => name.endsWith("_cost"))),
      body,
    };
  }
  if ("total_cost" in body && allocationNames.some((name) => name in breakdown)) {
    return {
      shape: "FLAT_WITH_BREAKDOWN",
      total: body.total_cost,
      components: breakdown,
      efficiency: null,
      points: undefined,
      infrastructure: breakdown,
      summary: { total_cost: body.total_cost, ...breakdown },
      body,
    };
  }
  return null;
}
