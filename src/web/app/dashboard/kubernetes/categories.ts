import type { ComponentsFragment } from "../../generated/graphql";

export type Components = ComponentsFragment;
export type CategoryId = keyof Components;

export interface Category {
  readonly id: CategoryId;
  readonly name: string;
  readonly color: string;
}

/** What a cluster's cost is made of, in the order in which it is always shown. */
export const categories: readonly Category[] = [
  { id: "cpu", name: "CPU", color: "var(--series-0)" },
  { id: "ram", name: "RAM", color: "var(--series-1)" },
  { id: "pv", name: "Persistent volumes", color: "var(--series-2)" },
  { id: "network", name: "Network", color: "var(--series-3)" },
  { id: "loadBalancer", name: "Load balancer", color: "var(--series-4)" },
  { id: "management", name: "Management", color: "var(--series-5)" },
  { id: "unattributed", name: "Not attributed", color: "var(--series-rest)" },
];

/** Categories of which at least one of the figures knows something other than nothing; the named six always. */
export function shownCategories(figures: readonly (Components | null | undefined)[]): Category[] {
  return categories.filter(({ id }) => id !== "unattributed" || figures.some((figure) => (figure?.[id] ?? 0) !== 0));
}
