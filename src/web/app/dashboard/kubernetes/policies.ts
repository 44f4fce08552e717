import type { CombinePolicy } from "../view/view";

export interface PolicyWords {
  /** Its alias in the query. */
  readonly field: "add" | "replace" | "cloud";
  readonly name: string;
  readonly short: string;
  readonly sentence: string;
}

export const policyNames: Record<CombinePolicy, PolicyWords> = {
  ADDITIVE: {
    field: "add",
    name: "Add",
    short: "cloud plus clusters",
    sentence:
      "The cloud bill plus what the clusters cost. Where a cluster's machines are in the cloud bill as well, they count twice; this is what existing clients see as the total.",
  },
  REPLACE_OVERLAP: {
    field: "replace",
    name: "Replace overlap",
    short: "overlap counted once",
    sentence:
      "The cloud bill without the machines, volumes and load balancers that are the clusters' own, plus what the clusters cost: nothing counts twice.",
  },
  CLOUD_ONLY: {
    field: "cloud",
    name: "Cloud only",
    short: "the cloud bill alone",
    sentence:
      "The cloud bill alone. What the clusters cost is a view of money that is in the bill already, and is not added.",
  },
};
