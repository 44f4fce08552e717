import type { EpochSeconds } from "../time.js";
import type { CallFailureCode } from "./call-result.js";
import type { ClusterCostStatus } from "./cluster-cost.js";

/** What happens while costs are looked up, for metrics and logs. Carries no secret and no cost. */
export type Observation =
  | {
      readonly kind: "call";
      readonly endpoint: string;
      readonly outcome: "answered" | CallFailureCode;
      readonly durationMs: number;
    }
  | { readonly kind: "circuit"; readonly state: "open" | "closed" }
  /** fresh and stale were answered from the cache, joined waited for another's call, called made its own. */
  | { readonly kind: "look-up"; readonly from: "fresh" | "stale" | "joined" | "called" }
  | {
      readonly kind: "answer";
      readonly status: ClusterCostStatus;
      readonly cloudAccountId: string;
      readonly windowEnd: EpochSeconds;
      readonly coverage: number | null;
      /** Null when the cost is not known. */
      readonly asOf: EpochSeconds | null;
    }
  | { readonly kind: "shared-cache"; readonly outcome: "hit" | "miss" | "failed" };

export type Observe = (observation: Observation) => void;
