import type { ClusterCost, ClusterCostRequest } from "./cluster-cost.js";
import type { ClusterReading } from "./judging.js";

/**
 * Says in which currency a reading's figures are: as Metroculus names it, else as the cluster is set up, else the
 * organization's. Figures in another than the organization's are shown, and marked as not to be added. Zero is zero
 * in every currency.
 */
export function inCurrency(
  { statedCurrency, ...reading }: ClusterReading,
  { currency: wanted }: Pick<ClusterCostRequest, "currency">,
  setUp: string | undefined,
): ClusterCost {
  if (reading.cost === null) return { ...reading, currency: null };
  const currency = (statedCurrency ?? setUp ?? wanted).toUpperCase();
  if (currency === wanted.toUpperCase() || reading.status === "ZERO") return { ...reading, currency };
  return {
    ...reading,
    currency,
    status: "CURRENCY_MISMATCH",
    warnings: [
      {
        code: "CURRENCY_MISMATCH",
        message: `These figures are in ${currency}, the organization counts in ${wanted}: they are shown, and not added.`,
      },
      ...reading.warnings,
    ],
  };
}
