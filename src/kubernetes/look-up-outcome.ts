import type { LookedUp } from "./cached-look-up.js";
import type { CallFailure } from "./call-result.js";
import type { ClusterWindow } from "./cluster-cost.js";
import { type ClusterReading, failedReading } from "./judging.js";

/**
 * What a look-up came to, in words for whoever asked. The last good figures stand in for a Metroculus that does not
 * answer, and for nothing else.
 * @param exhausted whether it was the request's time that ended the wait, when something did
 */
export function readingOf(
  cluster: ClusterWindow,
  { latest, lastGood }: LookedUp<ClusterReading>,
  exhausted: boolean,
): ClusterReading {
  const reading = latest ?? failedReading(cluster, exhausted ? budgetExhausted : cancelled);
  if (reading.status !== "UNAVAILABLE" || lastGood === null) return reading;
  const asOf = new Date((lastGood.asOf ?? 0) * 1000).toISOString();
  return {
    ...lastGood,
    status: "STALE",
    warnings: [
      { code: "STALE", message: `Metroculus does not answer: these are its last good figures, of ${asOf}.` },
      ...reading.warnings,
      ...lastGood.warnings,
    ],
  };
}

const budgetExhausted: CallFailure = {
  status: "UNAVAILABLE",
  code: "BUDGET_EXHAUSTED",
  message: "Metroculus did not answer within the time that a request may wait for all its clusters.",
};

export const lookUpFailed: CallFailure = {
  status: "UNAVAILABLE",
  code: "LOOK_UP_FAILED",
  message: "The gateway failed to look the cluster up: an operator finds the reason in its log.",
};

const cancelled: CallFailure = {
  status: "UNAVAILABLE",
  code: "CANCELLED",
  message: "The request was cancelled before Metroculus had answered.",
};
