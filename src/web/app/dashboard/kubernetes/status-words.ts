import type { ClustersQuery } from "../../generated/graphql";
import { formatAge, formatShare } from "../view/format";

export type Cluster = ClustersQuery["cleanExpenses"]["k8sCosts"]["clusters"][number];

export type Tone = "good" | "neutral" | "warn" | "bad";

export interface StatusWords {
  readonly name: string;
  readonly tone: Tone;
  readonly sentence: string;
}

/** Warnings that only repeat what the status' own sentence says. */
const saidByStatus = new Set(["LOW_COVERAGE", "STALE", "CURRENCY_MISMATCH"]);

/** What there is to beware of beyond the status. */
export function furtherWarnings({ warnings }: Pick<Cluster, "warnings">): Cluster["warnings"] {
  return warnings.filter(({ code }) => !saidByStatus.has(code));
}

/** A cluster's status, explained to somebody who has never heard of Metroculus's answers. */
export function statusWords(
  { status, coverage, asOf, currency }: Pick<Cluster, "status" | "coverage" | "asOf" | "currency">,
  organizationCurrency: string,
  now: number,
): StatusWords {
  switch (status) {
    case "OK":
      return { name: "Complete", tone: "good", sentence: "Measured for the whole period." };
    case "ZERO":
      return { name: "No cost", tone: "neutral", sentence: "Measured, and it cost nothing." };
    case "PARTIAL":
      return {
        name: "Incomplete",
        tone: "warn",
        sentence:
          coverage !== null && coverage !== undefined && coverage < 1
            ? `Measured for ${formatShare(coverage)} of the period; hours without samples are not in the cost.`
            : "Not every kind of cost is in this figure.",
      };
    case "STALE":
      return {
        name: "Not current",
        tone: "warn",
        sentence: `The cost service does not answer now. These are the last figures that it gave${
          asOf ? `, ${formatAge(asOf, now)}` : ""
        }.`,
      };
    case "NO_DATA":
      return {
        name: "No data",
        tone: "warn",
        sentence: "The cluster has sent no measurements for this period. What it cost is unknown, not zero.",
      };
    case "UNAUTHORIZED":
      return {
        name: "Refused",
        tone: "bad",
        sentence: "The cost service refused the gateway: its operator has to check the cluster secret.",
      };
    case "UNAVAILABLE":
      return {
        name: "Unreachable",
        tone: "bad",
        sentence: "The cost service did not answer in time. Try again in a while; the cost is unknown until then.",
      };
    case "MALFORMED":
      return {
        name: "Not readable",
        tone: "bad",
        sentence: "The cost service answered with something that is not a cost, so the cost is unknown.",
      };
    case "CURRENCY_MISMATCH":
      return {
        name: "Other currency",
        tone: "warn",
        sentence: `Counted in ${currency ?? "another currency"}, the organization in ${organizationCurrency}: shown, but not added.`,
      };
  }
}
