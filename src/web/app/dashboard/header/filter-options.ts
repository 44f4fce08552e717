import type { FilterValuesQuery } from "../../generated/graphql";
import { readTypeKey, typeKey } from "../view/expense-filter";
import type { FilterField, FilterValue } from "../view/view";

export interface FilterOption {
  readonly value: FilterValue;
  readonly label: string;
}

export const fieldNames: Record<FilterField, string> = {
  account: "Account",
  service: "Service",
  region: "Region",
  pool: "Pool",
  owner: "Owner",
  tag: "Tag",
  type: "Type",
};

/** How rows are named that lack the attribute. */
const absentNames: Record<FilterField, string> = {
  account: "No account",
  service: "No service",
  region: "No region",
  pool: "No pool",
  owner: "No owner",
  tag: "No tags",
  type: "No type",
};

/** What can be chosen, by field. */
export function filterOptions({ organization, cleanExpenses }: FilterValuesQuery): Record<FilterField, FilterOption[]> {
  const { availableFilters: values } = cleanExpenses;
  const named = ({ id, name }: { id: string; name: string }): FilterOption => ({ value: id, label: name });
  const texts = (field: FilterField, list: readonly (string | null)[]) =>
    list.map((value): FilterOption => ({ value, label: value ?? absentNames[field] }));
  return {
    account: (organization?.cloudAccounts ?? []).filter(({ type }) => type !== "ENVIRONMENT").map(named),
    service: texts("service", values.serviceNames),
    region: texts("region", values.regions),
    pool: [...values.pools.map(named), { value: null, label: absentNames.pool }],
    owner: [...values.owners.map(named), { value: null, label: absentNames.owner }],
    tag: texts("tag", [...values.tags, null]),
    type: values.resourceTypes.map((type) => ({ value: typeKey(type), label: typeLabel(typeKey(type)) })),
  };
}

/** `Instance:regular` -> Instance; other kinds are named, since types of both may share a name. */
function typeLabel(key: string): string {
  const { name, kind } = readTypeKey(key);
  return kind === "REGULAR" ? name : `${name} (${kind.toLowerCase()})`;
}

/** The words for a chosen value; the value itself while the names are on their way. */
export function labelOf(
  field: FilterField,
  value: FilterValue,
  options: Record<FilterField, FilterOption[]> | undefined,
): string {
  if (value === null) return absentNames[field];
  const found = options?.[field].find((option) => option.value === value);
  if (found !== undefined) return found.label;
  return field === "type" ? typeLabel(value) : value;
}
