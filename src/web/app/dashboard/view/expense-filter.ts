import type { ExpenseFilter, ResourceKind, ResourceTypeFilter } from "../../generated/graphql";
import type { Filters, FilterValue } from "./view";

/** v2's way to say "the attribute is absent". */
const NIL = "00000000-0000-0000-0000-000000000000";

const kinds: Readonly<Record<string, ResourceKind>> = {
  regular: "REGULAR",
  cluster: "CLUSTER",
  environment: "ENVIRONMENT",
};

/** A type of resource as one text, as v2 writes it: `Instance:regular`. */
export function typeKey({ name, kind }: { name: string; kind: ResourceKind }): string {
  return `${name}:${kind.toLowerCase()}`;
}

/** Splits at the last colon, because names may hold some; without a kind it is a regular resource. */
export function readTypeKey(key: string): ResourceTypeFilter & { kind: ResourceKind } {
  const at = key.lastIndexOf(":");
  const kind = kinds[key.slice(at + 1)];
  return at < 0 || kind === undefined ? { name: key, kind: "REGULAR" } : { name: key.slice(0, at), kind };
}

/** The filters as GraphQL takes them; undefined when nothing is filtered. */
export function expenseFilter(filters: Filters): ExpenseFilter | undefined {
  const text = likePattern(filters.text);
  const filter: ExpenseFilter = {
    ...(filters.account.length > 0 && { cloudAccountIds: [...filters.account] }),
    ...(filters.service.length > 0 && { serviceNames: [...filters.service] }),
    ...(filters.region.length > 0 && { regions: [...filters.region] }),
    ...(filters.pool.length > 0 && {
      poolIds: filters.pool.map((id) => ({ id, withDescendants: id !== null && filters.subpools })),
    }),
    ...(filters.owner.length > 0 && { ownerIds: [...filters.owner] }),
    ...(filters.tag.length > 0 && { tags: [...filters.tag] }),
    ...(filters.type.length > 0 && { resourceTypes: filters.type.filter((key) => key !== null).map(readTypeKey) }),
    ...(text !== null && { nameLike: text }),
  };
  return Object.keys(filter).length > 0 ? filter : undefined;
}

/** The same filters as query parameters of REST v2. */
export function restParameters(filters: Filters): [string, string][] {
  const list = (name: string, values: readonly FilterValue[]) =>
    values.map((value): [string, string] => [name, value ?? NIL]);
  const text = likePattern(filters.text);
  return [
    ...list("cloud_account_id", filters.account),
    ...list("service_name", filters.service),
    ...list("region", filters.region),
    ...list(
      "pool_id",
      filters.pool.map((id) => (id !== null && filters.subpools ? `${id}+` : id)),
    ),
    ...list("owner_id", filters.owner),
    ...list("tag", filters.tag),
    ...filters.type
      .filter((key) => key !== null)
      .map((key): [string, string] => ["resource_type", typeKey(readTypeKey(key))]),
    ...(text === null ? [] : [["name_like", text] as [string, string]]),
  ];
}

/** The API refuses a text that is empty or only wildcards; neither narrows anything down. */
function likePattern(text: string): string | null {
  const trimmed = text.trim();
  return /^[*?]*$/.test(trimmed) ? null : trimmed;
}
