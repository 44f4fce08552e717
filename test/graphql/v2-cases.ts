import type { ConformanceCase } from "../rest/conformance-case.js";

/** v2's way to ask for "null or absent". */
const NIL = "00000000-0000-0000-0000-000000000000";

const lists: Readonly<Record<string, string>> = {
  cloud_account_id: "cloudAccountIds",
  owner_id: "ownerIds",
  region: "regions",
  service_name: "serviceNames",
  created_by_kind: "createdByKinds",
  created_by_name: "createdByNames",
  k8s_namespace: "k8sNamespaces",
  k8s_node: "k8sNodes",
  k8s_service: "k8sServices",
  tag: "tags",
  without_tag: "withoutTags",
  traffic_from: "trafficFrom",
  traffic_to: "trafficTo",
};
const flags: Readonly<Record<string, string>> = {
  active: "active",
  recommendations: "recommendations",
  constraint_violated: "constraintViolated",
};
const patterns: Readonly<Record<string, string>> = {
  name_like: "nameLike",
  cloud_resource_id_like: "cloudResourceIdLike",
};
/** How the answer is shown, not what is in it. */
const shown = new Set(["field", "format", "breakdown_by"]);

export interface Translated {
  readonly organizationId: string;
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly startDate: unknown;
  readonly endDate: unknown;
  readonly filter: Readonly<Record<string, unknown>>;
}

/** The request of a v2 case in the words of GraphQL; undefined where GraphQL has no such words. */
export function translated({ request }: ConformanceCase): Translated | undefined {
  const [, organizationId, endpoint] = /^\/restapi\/v2\/organizations\/([^/]+)\/(\w+)$/.exec(request.path) ?? [];
  if (organizationId === undefined || endpoint === undefined || request.method !== "GET") return undefined;
  if (request.raw_query !== undefined) return undefined;
  const { token, authorization, secret } = request.auth;
  const filter: Record<string, unknown> = {};
  const dates: Record<string, unknown> = {};
  for (const [name, value] of request.query) {
    if (shown.has(name) || (name === "limit" && /^[1-9]\d{0,8}$/.test(value))) continue;
    if (name === "start_date" || name === "end_date") dates[name] = /^-?\d+$/.test(value) ? Number(value) : value;
    else if (lists[name]) append(filter, lists[name], value === NIL ? null : value);
    else if (flags[name]) filter[flags[name]] = boolean(value);
    else if (patterns[name]) filter[patterns[name]] = value;
    else if (name === "_id") append(filter, "resourceIds", value);
    else if (name === "pool_id") append(filter, "poolIds", pool(value));
    else if (name === "resource_type" && /:(regular|cluster|environment)$/.test(value)) {
      const colon = value.lastIndexOf(":");
      append(filter, "resourceTypes", { name: value.slice(0, colon), kind: value.slice(colon + 1).toUpperCase() });
    } else return undefined;
  }
  return {
    organizationId,
    endpoint,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(authorization !== undefined && { authorization }),
      ...(secret !== undefined && { secret }),
    },
    startDate: dates.start_date,
    endDate: dates.end_date,
    filter,
  };
}

function append(filter: Record<string, unknown>, field: string, value: unknown): void {
  filter[field] = [...((filter[field] as unknown[]) ?? []), value];
}

/** What is neither true nor false is sent as it is. */
function boolean(value: string): boolean | string {
  return /^true$/i.test(value) || (/^false$/i.test(value) ? false : value);
}

function pool(value: string) {
  if (value === NIL) return null;
  return value.endsWith("+") ? { id: value.slice(0, -1), withDescendants: true } : { id: value };
}

/** The code that GraphQL answers where v2 answers this one; what GraphQL's types refuse is not told apart. */
export const codeOf: Readonly<Record<string, string>> = {
  OE0002: "NOT_FOUND",
  OE0234: "NOT_FOUND",
  OE0235: "UNAUTHENTICATED",
  OE0237: "UNAUTHENTICATED",
  OE0216: "BAD_USER_INPUT",
  OE0217: "BAD_USER_INPUT",
  OE0218: "BAD_USER_INPUT",
  OE0223: "BAD_USER_INPUT",
  OE0224: "BAD_USER_INPUT",
  OE0445: "NO_CLOUD_ACCOUNTS",
  OE0446: "BAD_USER_INPUT",
  OE0470: "NOT_FOUND",
  OE0496: "BAD_USER_INPUT",
};
