import { readFile } from "node:fs/promises";
import type { ExpenseFilter, ResourceKind, TrafficSelector } from "../../src/expenses/filter.js";
import type { BreakdownDimension } from "../../src/expenses/source.js";

/** A case of the shared conformance file, as far as it concerns what is read (not how REST says it). */
export interface ConformanceCase {
  readonly id: string;
  readonly title: string;
  readonly given: string;
  readonly endpoint: string;
  readonly query: readonly (readonly [string, string])[];
  readonly expect: {
    readonly status: number;
    readonly body?: Record<string, unknown>;
    readonly body_set?: Record<string, unknown>;
    readonly total_cost?: { readonly value: number; readonly tolerance: number };
    readonly count?: number;
    readonly order?: readonly string[];
    readonly order_prefix?: readonly string[];
    readonly ids?: readonly string[];
    readonly rows?: readonly Record<string, unknown>[];
  };
}

interface ConformanceFile {
  readonly givens: Record<string, Record<string, unknown>>;
  readonly cases: readonly {
    id: string;
    title: string;
    given: string;
    request: { path: string; query?: [string, string][]; raw_query?: string };
    expect: ConformanceCase["expect"];
  }[];
}

/** The cases of these endpoints that answer with data and have such an id. */
export async function conformanceCases(endpoints: readonly string[], ids: RegExp) {
  const file = JSON.parse(
    await readFile(new URL("../conformance/clean_expenses.json", import.meta.url), "utf8"),
  ) as ConformanceFile;
  const cases = file.cases
    .filter(({ id, expect }) => ids.test(id) && expect.status === 200)
    .map((one): ConformanceCase => {
      return {
        id: one.id,
        title: one.title,
        given: one.given,
        endpoint: one.request.path.split("/").at(-1) ?? "",
        query: one.request.raw_query
          ? [...new URLSearchParams(one.request.raw_query)]
          : (one.request.query ?? []).map(([name, value]) => [name, value] as const),
        expect: one.expect,
      };
    })
    .filter(({ endpoint }) => endpoints.includes(endpoint))
    // Cases of one given follow each other, so that each given is imported once.
    .sort((a, b) => (a.given < b.given ? -1 : Number(a.given > b.given)));
  return { givens: file.givens, cases };
}

const NIL = "00000000-0000-0000-0000-000000000000";
const nullable = (value: string) => (value === NIL ? null : value);

export const dimensions: Record<string, BreakdownDimension> = {
  cloud_account_id: "CLOUD_ACCOUNT",
  pool_id: "POOL",
  employee_id: "OWNER",
  service_name: "SERVICE_NAME",
  region: "REGION",
  resource_type: "RESOURCE_TYPE",
  k8s_node: "K8S_NODE",
  k8s_namespace: "K8S_NAMESPACE",
  k8s_service: "K8S_SERVICE",
};

/** The domain's filter that v2's well-formed parameters mean. */
export function filterOf(query: ConformanceCase["query"]): ExpenseFilter {
  const list = (name: string) => query.filter(([key]) => key === name).map(([, value]) => value.trim());
  const nullables = (name: string) => list(name).map(nullable);
  const flag = (name: string) => list(name).map((value) => value.toLowerCase() === "true")[0];
  const traffic = (name: string) =>
    list(name).map((value): TrafficSelector => {
      if (value === "ANY" || nullable(value) === null) return value === "ANY" ? value : null;
      const colon = value.lastIndexOf(":");
      return { region: value.slice(0, colon), cloudType: value.slice(colon + 1) };
    });
  return withoutUndefined({
    cloudAccountIds: nullables("cloud_account_id"),
    pools: list("pool_id").map((value) => ({
      id: nullable(value.replace(/\+$/, "")),
      withDescendants: value.endsWith("+"),
    })),
    ownerIds: nullables("owner_id"),
    regions: nullables("region"),
    serviceNames: nullables("service_name"),
    resourceTypes: list("resource_type").map((value) => {
      const colon = value.lastIndexOf(":");
      return { name: value.slice(0, colon), kind: value.slice(colon + 1).toUpperCase() as ResourceKind };
    }),
    createdByKinds: nullables("created_by_kind"),
    createdByNames: nullables("created_by_name"),
    k8sNamespaces: nullables("k8s_namespace"),
    k8sNodes: nullables("k8s_node"),
    k8sServices: nullables("k8s_service"),
    tags: nullables("tag"),
    withoutTags: nullables("without_tag"),
    trafficFrom: traffic("traffic_from"),
    trafficTo: traffic("traffic_to"),
    resourceIds: list("_id"),
    active: flag("active"),
    recommendations: flag("recommendations"),
    constraintViolated: flag("constraint_violated"),
    nameLike: list("name_like").at(-1),
    cloudResourceIdLike: list("cloud_resource_id_like").at(-1),
  });
}

function withoutUndefined(filter: { [Field in keyof ExpenseFilter]: ExpenseFilter[Field] | undefined }): ExpenseFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as ExpenseFilter;
}

export function lastNumber(query: ConformanceCase["query"], name: string): number | undefined {
  const value = query.filter(([key]) => key === name).at(-1)?.[1];
  return value === undefined ? undefined : Number(value);
}
