import {
  type ExpenseFilter,
  NIL,
  type PoolSelector,
  type ResourceKind,
  type ResourceTypeSelector,
  type TrafficSelector,
} from "../expenses/filter.js";
import { parseTrafficSelector } from "../expenses/traffic-selector.js";
import { RestError } from "./errors.js";
import type {
  Arguments,
  DateParameter,
  FlagParameter,
  IntegerParameter,
  ListParameter,
  TextParameter,
} from "./parameters.js";

const orNil = `\`${NIL}\` selects resources where it is null or absent.`;

export const dates: readonly DateParameter[] = [
  {
    kind: "date",
    name: "start_date",
    description: "Start of the window, inclusive: seconds since the epoch, UTC.",
    example: 1578960000,
  },
  {
    kind: "date",
    name: "end_date",
    description: "End of the window, inclusive: seconds since the epoch, UTC. It may equal `start_date`.",
    example: 1581638399,
  },
];

const attribute = (name: string, description: string, example: string): ListParameter => ({
  kind: "list",
  name,
  description: `${description} ${orNil}`,
  example: [example],
});

const lists: readonly ListParameter[] = [
  attribute("owner_id", "Owner of the resource.", "40000000-0000-4000-8000-000000000001"),
  {
    kind: "list",
    name: "pool_id",
    description: `Pool of the resource; with a trailing \`+\` (sent as \`%2B\`) its live descendants too. ${orNil}`,
    example: ["30000000-0000-4000-8000-000000000001+"],
  },
  {
    kind: "list",
    name: "cloud_account_id",
    description: `Cloud account. Naming any hides resources that are members of clusters. \`${NIL}\` selects clusters.`,
    example: ["20000000-0000-4000-8000-000000000001"],
  },
  attribute("service_name", "Service of the cloud.", "AmazonEC2"),
  attribute("region", "Region.", "eu-central-1"),
  {
    kind: "list",
    name: "resource_type",
    description: "Type and identity, parted at the last colon; identity is `regular`, `cluster` or `environment`.",
    pattern: "^[\\s\\S]*:(regular|cluster|environment)$",
    example: ["Instance:regular"],
  },
  attribute("created_by_kind", "Kind of the Kubernetes controller that made it.", "ReplicaSet"),
  attribute("created_by_name", "Name of the Kubernetes controller that made it.", "checkout"),
  attribute("k8s_namespace", "Kubernetes namespace.", "default"),
  attribute("k8s_node", "Kubernetes node.", "node-1"),
  attribute("k8s_service", "Kubernetes service.", "kube-dns"),
  {
    kind: "list",
    name: "tag",
    description: `Resources with any of these tag keys. \`${NIL}\` selects resources without any tag.`,
    example: ["team"],
  },
  {
    kind: "list",
    name: "without_tag",
    description: `Resources that lack at least one of these tag keys. \`${NIL}\` selects resources with some tag.`,
    example: ["team"],
  },
  ...(["traffic_from", "traffic_to"] as const).map(
    (name): ListParameter => ({
      kind: "list",
      name,
      description: `Resources with traffic ${name === "traffic_from" ? "from" : "to"} \`region:cloud_type\`, or \`ANY\` region. \`${NIL}\` selects resources without a cloud resource id.`,
      pattern: `^(ANY|${NIL}|[\\s\\S]*:[^:]*)$`,
      example: ["eu-central-1:aws_cnr"],
    }),
  ),
  {
    kind: "list",
    name: "_id",
    description: "Resource.",
    example: ["50000000-0000-4000-8000-000000000001"],
  },
];

const likeness =
  "Searched for anywhere in it, whatever the letter case; `*` is any run of characters, `?` at most one.";
const patterns: readonly TextParameter[] = [
  { kind: "text", name: "name_like", description: `Name of the resource. ${likeness}`, example: "web-*" },
  {
    kind: "text",
    name: "cloud_resource_id_like",
    description: `The cloud's own id of the resource. ${likeness}`,
    example: "i-0",
  },
];

const flags: readonly FlagParameter[] = [
  { kind: "flag", name: "active", description: "Whether the resource was there at the last discovery." },
  {
    kind: "flag",
    name: "recommendations",
    description: "Whether the last completed check of the organization had a recommendation for it.",
  },
  { kind: "flag", name: "constraint_violated", description: "Whether it violates a constraint." },
];

/** What `summary_expenses`, `available_filters`, `breakdown_expenses` and `clean_expenses` filter by. */
export const expenseFilters = [...dates, ...lists, ...patterns, ...flags] as const;

export const format: TextParameter = {
  kind: "text",
  name: "format",
  description: "`advanced_json` is the whole answer, `json` the bare rows; `xlsx` and `csv` are exports of the rows.",
  values: ["advanced_json", "json", "xlsx", "csv"],
  fallback: "advanced_json",
};

export const limit: IntegerParameter = {
  kind: "integer",
  name: "limit",
  description: "At most so many rows, the dearest. Totals are not affected.",
  minimum: 1,
  maximum: 2_147_483_647,
  example: 100,
};

export const field: ListParameter = {
  kind: "list",
  name: "field",
  description:
    "Only these keys of a row, with dots for nested ones; null values are left out. Totals are not affected.",
  example: ["resource_name", "owner.name", "cost"],
};

/** The part of the filter that names objects of the organization, whose existence is judged first (contract §2.4). */
export function namedObjects({ lists }: Arguments): ExpenseFilter {
  return present({
    pools: lists.pool_id?.map(poolSelector),
    cloudAccountIds: nullable(lists.cloud_account_id),
    ownerIds: nullable(lists.owner_id),
  });
}

/**
 * The whole filter. Traffic is judged before resource types (contract §2.6, §2.7).
 * @throws RestError OE0218, OE0499
 */
export function expenseFilter(args: Arguments): ExpenseFilter {
  const { lists, texts, flags } = args;
  return present({
    ...namedObjects(args),
    trafficFrom: trafficSelectors("traffic_from", lists.traffic_from),
    trafficTo: trafficSelectors("traffic_to", lists.traffic_to),
    resourceTypes: lists.resource_type?.map(resourceTypeSelector),
    regions: nullable(lists.region),
    serviceNames: nullable(lists.service_name),
    createdByKinds: nullable(lists.created_by_kind),
    createdByNames: nullable(lists.created_by_name),
    k8sNamespaces: nullable(lists.k8s_namespace),
    k8sNodes: nullable(lists.k8s_node),
    k8sServices: nullable(lists.k8s_service),
    tags: nullable(lists.tag),
    withoutTags: nullable(lists.without_tag),
    resourceIds: lists._id,
    active: flags.active,
    recommendations: flags.recommendations,
    constraintViolated: flags.constraint_violated,
    nameLike: texts.name_like,
    cloudResourceIdLike: texts.cloud_resource_id_like,
  });
}

function poolSelector(value: string): PoolSelector {
  const withDescendants = value.endsWith("+");
  const id = withDescendants ? value.slice(0, -1) : value;
  return { id: id === NIL ? null : id, withDescendants };
}

const kinds: Readonly<Record<string, ResourceKind>> = {
  regular: "REGULAR",
  cluster: "CLUSTER",
  environment: "ENVIRONMENT",
};

function resourceTypeSelector(value: string): ResourceTypeSelector {
  const colon = value.lastIndexOf(":");
  if (colon < 0) throw new RestError("OE0218", ["resource_type", value]);
  const identity = value.slice(colon + 1);
  const kind = Object.hasOwn(kinds, identity) ? kinds[identity] : undefined;
  if (kind === undefined) throw new RestError("OE0499");
  return { name: value.slice(0, colon), kind };
}

function trafficSelectors(parameter: string, values: readonly string[] | undefined): TrafficSelector[] | undefined {
  // The original overwrites the name that its error shows with the region of each value that it has read.
  let named = parameter;
  return values?.map((value) => {
    if (value === NIL) return null;
    const selector = parseTrafficSelector(value);
    if (selector === undefined) throw new RestError("OE0218", [named, value]);
    if (selector !== "ANY") named = selector.region;
    return selector;
  });
}

function nullable(values: readonly string[] | undefined): (string | null)[] | undefined {
  return values?.map((value) => (value === NIL ? null : value));
}

/** Without the keys that were not given, which a filter tells apart from given ones. */
function present(filter: { [Field in keyof ExpenseFilter]: ExpenseFilter[Field] | undefined }): ExpenseFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
