import { z } from "zod";
import type { CloudAccount } from "../accounts/accounts.js";
import type { ResourceKind } from "../expenses/filter.js";
import type { AvailableValues, TrafficEnd, ValueOfCloud } from "../expenses/source.js";

const entity = z.union([
  z.looseObject({ id: z.string(), name: z.string(), purpose: z.string().optional() }),
  z.string(),
  z.null(),
]);
const ofCloud = z.union([
  z.looseObject({ name: z.string().nullable(), cloud_type: z.string().nullish() }),
  z.string(),
  z.null(),
]);
const list = <Item extends z.ZodType>(item: Item) => z.array(item).default([]);

/** The answer of `available_filters` (contract §12.2). */
export const availableFilters = z.object({
  filter_values: z.object({
    cloud_account: list(entity),
    owner: list(entity),
    pool: list(entity),
    region: list(ofCloud),
    service_name: list(ofCloud),
    k8s_node: list(ofCloud),
    k8s_namespace: list(ofCloud),
    k8s_service: list(ofCloud),
    resource_type: list(z.looseObject({ name: z.string().nullable(), type: z.string() })),
    tag: list(z.string().nullable()),
    without_tag: list(z.string().nullable()),
    active: list(z.boolean()),
    recommendations: list(z.boolean()),
    constraint_violated: list(z.boolean()),
    traffic_from: list(ofCloud),
    traffic_to: list(ofCloud),
  }),
});

type FilterValues = z.output<typeof availableFilters>["filter_values"];
type OfCloud = z.output<typeof ofCloud>;

/** The named ones: an id alone stands for an object that is gone, null for none. */
export function entities(found: readonly z.output<typeof entity>[]) {
  return found.flatMap((each) =>
    typeof each === "object" && each !== null
      ? [{ id: each.id, name: each.name, purpose: each.purpose ?? "budget" }]
      : [],
  );
}

export function availableValuesOf(values: FilterValues, accounts: readonly CloudAccount[]): AvailableValues {
  const accountOf = (cloudType: string | null | undefined) =>
    accounts.find(({ type }) => type.toLowerCase() === cloudType)?.id ?? "";
  const valuesOfCloud = (found: readonly OfCloud[]): ValueOfCloud[] =>
    found
      .map((each) =>
        typeof each === "object" && each !== null
          ? { value: each.name, cloudAccountId: accountOf(each.cloud_type) }
          : { value: each, cloudAccountId: "" },
      )
      .sort((one, other) => nullsLast(one.value, other.value));
  const ends = (found: readonly OfCloud[]): TrafficEnd[] =>
    valuesOfCloud(found.filter((each) => typeof each === "object")).flatMap(({ value, cloudAccountId }) =>
      value === null ? [] : [{ region: value, cloudAccountId }],
    );
  const ids = (found: readonly z.output<typeof entity>[]) =>
    found.map((each) => (typeof each === "object" ? (each?.id ?? null) : each));
  return {
    cloudAccountIds: ids(values.cloud_account).filter((id) => id !== null),
    poolIds: ids(values.pool).sort(nullsLast),
    ownerIds: ids(values.owner).sort(nullsLast),
    regions: valuesOfCloud(values.region),
    serviceNames: valuesOfCloud(values.service_name),
    k8sNamespaces: valuesOfCloud(values.k8s_namespace),
    k8sNodes: valuesOfCloud(values.k8s_node),
    k8sServices: valuesOfCloud(values.k8s_service),
    resourceTypes: values.resource_type
      .flatMap(({ name, type }) => (name === null ? [] : [{ name, kind: kindOf(type) }]))
      .sort((one, other) => nullsLast(one.name, other.name) || nullsLast(one.kind, other.kind)),
    tags: values.tag.filter((key) => key !== null).sort(),
    active: [...values.active].sort(),
    recommendations: [...values.recommendations].sort(),
    constraintViolated: [...values.constraint_violated].sort(),
    trafficFrom: ends(values.traffic_from),
    trafficTo: ends(values.traffic_to),
  };
}

function nullsLast(one: string | null, other: string | null): number {
  if (one === null || other === null) return Number(one === null) - Number(other === null);
  return one < other ? -1 : Number(one > other);
}

function kindOf(type: string): ResourceKind {
  return type === "cluster" ? "CLUSTER" : type === "environment" ? "ENVIRONMENT" : "REGULAR";
}
