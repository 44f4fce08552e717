import { isObject, type JsonObject } from "../json.js";
import type { EpochSeconds } from "../time.js";
import { type Answer, recognise } from "./answer.js";
import type { CallFailure } from "./call-result.js";
import type { ClusterCost, ClusterWindow, CostMethod, CostWarning } from "./cluster-cost.js";
import { attributed, givenComponents } from "./components.js";
import { COMPLETE_COVERAGE, coverageOf } from "./coverage.js";
import { readEfficiency } from "./efficiency.js";
import { finite } from "./json.js";
import { networkPriceWarnings } from "./network-price.js";
import { isOfAnotherAccount, otherAccount } from "./other-account.js";
import { efficiencyUnit, statedCurrency, statedMethod, statedWarnings } from "./stated.js";

/** A cluster's cost as Metroculus told it, before it is known whose currency it is to be judged by. */
export interface ClusterReading extends Omit<ClusterCost, "currency"> {
  /** The currency that Metroculus named; null when it named none. */
  readonly statedCurrency: string | null;
}

/** Judges a body of `kubecost_cluster_costs`. No number is altered: each is taken as given, qualified, or not taken. */
export function judge(cluster: ClusterWindow, body: unknown, asOf: EpochSeconds): ClusterReading {
  const answer = recognise(body);
  if (answer === null) {
    return withoutCost(cluster, "MALFORMED", [
      {
        code: "UNKNOWN_SHAPE",
        message: "Metroculus's answer has none of the known forms, so no cost was read from it.",
      },
    ]);
  }
  const coverage = coverageOf(answer, cluster.window);
  const given = answer.total ?? null;
  if (given === null && !hasSamples(answer, coverage)) return noData(cluster, coverage, asOf);
  const total = finite(given);
  if (total === null || total < 0) {
    const fault = given === null ? "is missing" : total === null ? "is not a finite number" : "is negative";
    return withoutCost(cluster, "MALFORMED", [
      {
        code: "TOTAL_UNREADABLE",
        message: `The total cost in Metroculus's answer ${fault}, so no cost was read from it.`,
      },
    ]);
  }
  if (total === 0 && !hasSamples(answer, coverage)) return noData(cluster, coverage, asOf);
  return known(cluster, answer, total, coverage, asOf);
}

/** A reading for a call that brought no body. */
export function failedReading(cluster: ClusterWindow, { status, code, message }: CallFailure): ClusterReading {
  return withoutCost(cluster, status, [{ code, message }]);
}

function known(
  cluster: ClusterWindow,
  answer: Answer,
  total: number,
  coverage: number | null,
  asOf: EpochSeconds,
): ClusterReading {
  const { components: given, warnings } = givenComponents(answer.components);
  const { efficiency, warnings: unitWarnings } = readEfficiency(answer.efficiency, efficiencyUnit(answer.body));
  const nothing = total === 0 && Object.values(given).every((cost) => cost === null || cost === 0);
  const method = nothing ? null : methodOf(answer, given);
  const { components, warnings: sumWarnings } = attributed(
    total,
    method === "INFRASTRUCTURE_ONLY" ? { ...given, cpu: null, ram: null, pv: null } : given,
  );
  const uncovered = coverage !== null && coverage < COMPLETE_COVERAGE;
  const complete = method === "ALLOCATION" && !uncovered && total > 0;
  return {
    cloudAccountId: cluster.cloudAccountId,
    window: cluster.window,
    status: nothing ? "ZERO" : complete ? "OK" : "PARTIAL",
    cost: total,
    components,
    efficiency,
    method,
    coverage,
    asOf,
    warnings: [
      ...(isOfAnotherAccount(answer.body, cluster.cloudAccountId) ? [otherAccount] : []),
      ...methodWarnings(method),
      ...(uncovered ? [lowCoverage(coverage)] : []),
      ...sumWarnings,
      // The built-in Metroculus multiplies prices with bytes, which may well be equal in all directions.
      ...(statedMethod(answer.body) === undefined
        ? networkPriceWarnings(answer, { ...given, coverage }, cluster.window, method === "INFRASTRUCTURE_ONLY")
        : []),
      ...warnings,
      ...unitWarnings,
      ...statedWarnings(answer.body),
    ],
    summary: answer.summary,
    statedCurrency: statedCurrency(answer),
  };
}

function methodOf(
  { shape, efficiency, body }: Answer,
  { cpu, ram, pv }: { cpu: number | null; ram: number | null; pv: number | null },
): CostMethod {
  if (shape === "LEGACY") return "MANAGEMENT_ONLY";
  const stated = statedMethod(body);
  if (stated !== undefined) return stated;
  if (shape !== "SUMMARY") return "ALLOCATION";
  const hasEfficiency = efficiency !== null && Object.values(efficiency).some((value) => finite(value) !== null);
  return hasEfficiency || [cpu, ram, pv].some((cost) => (cost ?? 0) > 0) ? "ALLOCATION" : "INFRASTRUCTURE_ONLY";
}

/** Whether anything in the answer shows that the cluster reported: zeros alone are also what an unknown tenant gets. */
function hasSamples(
  { body, components, efficiency, infrastructure, points }: Answer,
  coverage: number | null,
): boolean {
  if (coverage !== null) return coverage > 0;
  const isNonZero = (fields: JsonObject) =>
    Object.entries(fields).some(([name, value]) => /_(cost|efficiency)$/.test(name) && (finite(value) ?? 0) !== 0);
  const { metrics } = body;
  return (
    (points !== undefined && points.length > 0) ||
    [metrics, body.data_points].some((list) => Array.isArray(list) && list.length > 0) ||
    (isObject(metrics) && Object.keys(metrics).length > 0) ||
    [components, infrastructure, efficiency ?? {}].some(isNonZero)
  );
}

function methodWarnings(method: CostMethod | null): CostWarning[] {
  if (method === "INFRASTRUCTURE_ONLY") {
    return [
      {
        code: "INFRASTRUCTURE_ONLY",
        message:
          "The figures hold management, load balancers and network only: what CPU, memory and volumes cost is not known.",
      },
    ];
  }
  if (method === "MANAGEMENT_ONLY") {
    return [
      {
        code: "LEGACY_FORMAT",
        message: "This Metroculus is of the first kind and knows the management fee only: upgrade it to see the rest.",
      },
    ];
  }
  return [];
}

function lowCoverage(coverage: number): CostWarning {
  return {
    code: "LOW_COVERAGE",
    message: `Samples exist for ${Math.floor(coverage * 1000) / 10} % of the window only.`,
  };
}

function noData(cluster: ClusterWindow, coverage: number | null, asOf: EpochSeconds): ClusterReading {
  const warning: CostWarning = {
    code: "NO_DATA_FOR_TENANT",
    message:
      "Metroculus has no sample of this cluster in the window. Does the cluster's Prometheus send remote_write with the header Cloud-Account-Id set to this account's id?",
  };
  return { ...withoutCost(cluster, "NO_DATA", [warning]), coverage, asOf };
}

function withoutCost(
  cluster: ClusterWindow,
  status: ClusterReading["status"],
  warnings: readonly CostWarning[],
): ClusterReading {
  return {
    cloudAccountId: cluster.cloudAccountId,
    window: cluster.window,
    status,
    cost: null,
    components: null,
    efficiency: null,
    method: null,
    coverage: null,
    asOf: null,
    warnings,
    summary: null,
    statedCurrency: null,
  };
}
