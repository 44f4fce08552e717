import { useMemo } from "react";
import { useScope } from "../data/queries";
import { type Money, moneyFormat } from "./format";

/** Amounts in the organization's currency. */
export function useMoney(): Money {
  const { currency } = useScope();
  return useMemo(() => moneyFormat(currency), [currency]);
}
