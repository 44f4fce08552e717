import { fieldNames } from "../header/filter-options";
import { type Filters, filterFields } from "../view/view";

const list = new Intl.ListFormat("en");

/** Why nothing is said of the clusters while these filters hold; null when they can be told apart by them. */
export function clustersLeftOut(filters: Filters): string | null {
  const names = [
    ...filterFields
      .filter((field) => field !== "account" && filters[field].length > 0)
      .map((field) => fieldNames[field]),
    ...(filters.text.trim() === "" ? [] : ["Name"]),
  ].map((name) => name.toLowerCase());
  if (names.length === 0) return null;
  return `What the clusters cost is not known by ${list.format(names)}, only by account: with this filter they are left out.`;
}
