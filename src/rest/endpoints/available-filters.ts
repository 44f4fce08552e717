import { NIL } from "../../expenses/filter.js";
import type { ValueOfCloud } from "../../expenses/source.js";
import { permittedOrganization } from "../authorization.js";
import { type Endpoint, jsonAnswer } from "../endpoint.js";
import { expenseFilters } from "../expense-parameters.js";
import { scopeOfArguments } from "../expense-scope.js";
import { type Arguments, readArguments } from "../parameters.js";
import { availableFiltersExample, availableFiltersSchema } from "../schemas/available-filters.js";
import { cleanExpenses } from "./clean-expenses.js";

export const availableFilters: Endpoint = {
  path: "/organizations/{organization_id}/available_filters",
  segments: cleanExpenses.segments,
  name: "availableFilters",
  summary: "Values to filter by",
  description:
    "What occurs among the matches, members of clusters not looked at, and all accounts, owners and pools of the organization. A filter in use has no values.",
  access: "token or secret",
  parameters: expenseFilters,
  refusesOthers: true,
  errors: cleanExpenses.errors.filter((code) => code !== "OE0473"),
  answer: {
    description: "Values of each filter; a null stands for resources that lack the attribute.",
    schema: availableFiltersSchema,
    example: availableFiltersExample,
  },
  async handle({ services, principal, segments, query, signal }) {
    const organizationId = segments.organization_id as string;
    const organization = await permittedOrganization(services, principal, organizationId);
    const args = readArguments(query, availableFilters);
    const scope = await scopeOfArguments(services, organizationId, organization, args);
    const [values, pools, owners] = await Promise.all([
      services.expenses.availableValues(scope, { signal }),
      services.accounts.poolsOf(organizationId),
      services.accounts.employeesOf(organizationId),
    ]);
    const cloudTypes = new Map(scope.accounts.map(({ id, type }) => [id, type.toLowerCase()]));
    const ofCloud = ({ value, cloudAccountId }: ValueOfCloud) =>
      value ? { name: value, cloud_type: cloudTypes.get(cloudAccountId) ?? null } : value;
    const regions = (ends: readonly { region: string; cloudAccountId: string }[]) => {
      const found = distinct(
        ends.map(({ region, cloudAccountId }) => ({
          name: region,
          cloud_type: cloudTypes.get(cloudAccountId) ?? null,
        })),
      );
      return found.length === 0 ? [] : [...found, "ANY"];
    };
    // Cluster records belong to no account.
    const ofNoAccount = values.resourceTypes.some(({ kind }) => kind === "CLUSTER") ? [null] : [];

    const filterValues: Record<string, unknown[]> = {
      cloud_account: entities([...values.cloudAccountIds, ...ofNoAccount], scope.accounts, ({ id, name, type }) => ({
        id,
        name,
        type: type.toLowerCase(),
      })),
      owner: entities(values.ownerIds, owners, ({ id, name }) => ({ id, name })),
      pool: entities(values.poolIds, pools, ({ id, name, purpose }) => ({ id, name, purpose: purpose.toLowerCase() })),
      ...occurring({
        region: distinct(values.regions.map(ofCloud)),
        service_name: distinct(values.serviceNames.map(ofCloud)),
        k8s_node: distinct(values.k8sNodes.map(ofCloud)),
        k8s_namespace: distinct(values.k8sNamespaces.map(ofCloud)),
        k8s_service: distinct(values.k8sServices.map(ofCloud)),
        resource_type: values.resourceTypes.map(({ name, kind }) => ({ name, type: kind.toLowerCase() })),
        tag: [...values.tags],
        without_tag: [...values.tags],
        active: [...values.active],
        recommendations: [...values.recommendations],
        constraint_violated: [...values.constraintViolated],
        traffic_from: regions(values.trafficFrom),
        traffic_to: regions(values.trafficTo),
      }),
    };
    return jsonAnswer({ filter_values: withoutUsed(filterValues, args) });
  },
};

/** Entities that the matches refer to, as far as they live, and all others of the organization behind them. */
function entities<T extends { readonly id: string }>(
  found: readonly (string | null)[],
  all: readonly T[],
  shown: (entity: T) => unknown,
): unknown[] {
  const byId = new Map(all.map((entity) => [entity.id, entity]));
  const first = [...new Set(found)];
  const rest = all.filter(({ id }) => !first.includes(id));
  return [
    ...first.map((id) => {
      const entity = id === null ? undefined : byId.get(id);
      return entity ? shown(entity) : id;
    }),
    ...rest.map(shown),
  ];
}

function occurring(values: Record<string, unknown[]>): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(values).filter(([, list]) => list.length > 0));
}

/** The parameter behind a key of the answer, where their names differ. */
const parameterOf: Readonly<Record<string, string>> = {
  cloud_account: "cloud_account_id",
  owner: "owner_id",
  pool: "pool_id",
};

function withoutUsed(values: Record<string, unknown[]>, { lists, flags }: Arguments): Record<string, unknown[]> {
  const shown: Record<string, unknown[]> = {};
  for (const [key, list] of Object.entries(values)) {
    const parameter = parameterOf[key] ?? key;
    const used = (lists[parameter]?.length ?? 0) > 0 || flags[parameter] !== undefined;
    shown[key] = used ? [] : list;
  }
  for (const [used, other] of [
    ["tag", "without_tag"],
    ["without_tag", "tag"],
  ] as const) {
    const keys = new Set<unknown>(lists[used]?.map((key) => (key === NIL ? null : key)));
    if (keys.size > 0) shown[other] = (shown[other] ?? []).filter((key) => !keys.has(key));
  }
  return shown;
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
