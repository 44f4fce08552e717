import { GatewayError } from "../errors.js";
import { type ExpenseFilter as DomainFilter, NIL, type TrafficSelector } from "../expenses/filter.js";
import { isOnlyWildcards } from "../expenses/like-pattern.js";
import { parseTrafficSelector } from "../expenses/traffic-selector.js";
import type { ExpenseFilter } from "./expense-filter.js";

const attributes = [
  "cloudAccountIds",
  "ownerIds",
  "regions",
  "serviceNames",
  "createdByKinds",
  "createdByNames",
  "k8sNamespaces",
  "k8sNodes",
  "k8sServices",
  "tags",
  "withoutTags",
] as const;

/**
 * The filter in the domain's words; what is null or an empty list is left out, because it does not filter.
 * @throws GatewayError BAD_USER_INPUT, `details.argument` naming the field
 */
export function domainFilter(filter: ExpenseFilter | null | undefined): DomainFilter {
  if (!filter) return {};
  const { poolIds, trafficFrom, trafficTo, ...same } = filter;
  const lists = attributes.map((field) => [field, filter[field]?.map(absentIfNil)] as const);
  for (const field of ["nameLike", "cloudResourceIdLike"] as const) refuseWildcardsOnly(field, filter[field]);
  return present({
    ...same,
    ...Object.fromEntries(lists),
    pools: poolIds?.map((pool) => ({
      id: absentIfNil(pool?.id ?? null),
      withDescendants: pool?.withDescendants ?? false,
    })),
    resourceTypes: filter.resourceTypes?.map(({ name, kind }) => ({ name, kind })),
    trafficFrom: trafficFrom?.map((text) => trafficSelector("trafficFrom", text)),
    trafficTo: trafficTo?.map((text) => trafficSelector("trafficTo", text)),
  });
}

/** Clients that come from v2 keep asking as they did there. */
function absentIfNil(value: string | null): string | null {
  return value === NIL ? null : value;
}

function present(
  filter: { readonly [Name in keyof DomainFilter]: DomainFilter[Name] | null | undefined },
): DomainFilter {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value != null && !(Array.isArray(value) && value.length === 0)),
  );
}

function trafficSelector(field: string, text: string | null): TrafficSelector {
  if (text === null || text === NIL) return null;
  const selector = parseTrafficSelector(text);
  if (selector === undefined) {
    throw new GatewayError(
      "BAD_USER_INPUT",
      `filter.${field} takes region:cloud_type (eu-west-1:aws_cnr), ANY or null, and got ${JSON.stringify(text.slice(0, 60))}.`,
      { details: { argument: `filter.${field}` } },
    );
  }
  return selector;
}

function refuseWildcardsOnly(field: string, pattern: string | null | undefined): void {
  if (pattern != null && isOnlyWildcards(pattern)) {
    throw new GatewayError(
      "BAD_USER_INPUT",
      `filter.${field} must hold more than wildcards: give some text, or leave the field out.`,
      { details: { argument: `filter.${field}` } },
    );
  }
}
