import { currentRequest } from "../request-record.js";
import type { ClusterGauges } from "../telemetry/cluster-gauges.js";
import type { MetroculusMetrics } from "../telemetry/metroculus-metrics.js";
import { now, SECONDS_PER_DAY } from "../time.js";
import { clusterCostStatuses } from "./cluster-cost.js";
import type { Observe } from "./observation.js";

/** Turns what happens while costs are looked up into metrics, and counts the calls of the current request. */
export function measured(metrics: {
  readonly metroculus: MetroculusMetrics;
  readonly clusters: ClusterGauges;
}): Observe {
  const { metroculus, clusters } = metrics;
  metroculus.know(clusterCostStatuses);
  return (seen) => {
    switch (seen.kind) {
      case "call": {
        const request = currentRequest();
        if (request !== undefined) request.upstreamCalls++;
        metroculus.call(seen.endpoint, seen.outcome, seen.durationMs / 1000);
        break;
      }
      case "circuit":
        metroculus.circuit(seen.state === "open");
        break;
      case "look-up":
        metroculus.lookUp(seen.from);
        break;
      case "shared-cache":
        metroculus.sharedCache(seen.outcome);
        break;
      case "answer": {
        const age = seen.asOf === null ? null : Math.max(0, now() - seen.asOf);
        metroculus.answer(seen.status, age);
        // What is long past tells nothing of how the cluster reports now.
        if (seen.windowEnd >= now() - SECONDS_PER_DAY) clusters.answered(seen.cloudAccountId, seen.coverage, age);
      }
    }
  };
}
