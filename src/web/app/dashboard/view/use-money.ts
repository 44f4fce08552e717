import { useMemo } from "react";
import { useScope } from "../data/queries";
import { type Money, moneyFormat } from "./format";

/** Amounts in the organization's currency, or in another where something is kept in that. */
export function useMoney(currency?: string | null): Money {
  const scope = useScope();
  const code = currency ?? scope.currency;
  return useMemo(() => moneyFormat(code), [code]);
}
