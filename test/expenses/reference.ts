import type { ExpenseFilter } from "../../src/expenses/filter.js";
import type { ExpenseScope } from "../../src/expenses/source.js";
import type { ResourceDocument } from "../../src/imports/resource-row.js";
import type { Books, Charge } from "./acme.js";

/** What a row should be. */
export interface ReferenceRow {
  readonly id: string;
  readonly cost: number;
  readonly saving: number;
}

/** A document whose money counts, and what it costs. */
export interface CountedDocument {
  readonly document: ResourceDocument;
  readonly rowId: string;
  readonly cost: number;
  readonly saving: number;
}

/** The contract read naively, document by document, as slow as it likes: what the SQL is held against. */
export function countedDocuments(scope: ExpenseScope, books: Books): CountedDocument[] {
  const { accounts, selectedAccountIds, namesAccounts, includesClusterRecords } = scope;
  const live = new Set(accounts.map(({ id }) => id));
  const selected = new Set(selectedAccountIds);
  const own = books.documents.filter(({ cloud_account_id, organization_id }) =>
    cloud_account_id === undefined ? organization_id === scope.organization.id : live.has(cloud_account_id as string),
  );
  const clusters = new Set(own.filter(isRecord).map(({ id }) => id));
  const isMember = (document: ResourceDocument) =>
    document.cloud_account_id !== undefined && clusters.has(document.cluster_id as string);
  const matches = (document: ResourceDocument) =>
    (document.cloud_account_id === undefined
      ? includesClusterRecords
      : selected.has(document.cloud_account_id as string)) &&
    !(isMember(document) && namesAccounts) &&
    passes(document, scope, books);

  const counted: CountedDocument[] = [];
  const count = (document: ResourceDocument, rowId: string) =>
    counted.push({
      document,
      rowId,
      cost: costOf(document.id, isMember(document) ? live : selected, scope, books.charges),
      saving: savingOf(document, scope),
    });
  for (const document of own) {
    if (!isRecord(document) && !isMember(document) && matches(document)) count(document, document.id);
  }
  for (const id of clusters) {
    const members = own.filter((document) => isMember(document) && document.cluster_id === id);
    const matching = members.filter(matches);
    const record = own.find((document) => document.id === id) as ResourceDocument;
    const shown = matching.length > 0 ? matching : matches(record) ? members : [];
    for (const member of shown) count(member, id);
  }
  return counted;
}

export function referenceRows(counted: readonly CountedDocument[]): ReferenceRow[] {
  const rows = new Map<string, { id: string; cost: number; saving: number }>();
  for (const { rowId, cost, saving } of counted) {
    const row = rows.get(rowId) ?? { id: rowId, cost: 0, saving: 0 };
    rows.set(rowId, { id: rowId, cost: row.cost + cost, saving: row.saving + saving });
  }
  return [...rows.values()];
}

function isRecord(document: ResourceDocument): boolean {
  return document.cloud_account_id === undefined && document.cluster_type_id !== undefined;
}

function costOf(resource: string, accounts: ReadonlySet<string>, { window }: ExpenseScope, charges: readonly Charge[]) {
  const groups = new Map<string, { cost: number; sign: number }>();
  for (const { resource_id, cloud_account_id, date, cost, sign = 1 } of charges) {
    if (resource_id !== resource || !accounts.has(cloud_account_id) || date < window.start || date > window.end)
      continue;
    const group = groups.get(cloud_account_id) ?? { cost: 0, sign: 0 };
    groups.set(cloud_account_id, { cost: group.cost + cost * sign, sign: group.sign + sign });
  }
  return [...groups.values()].reduce((sum, group) => sum + (group.sign > 0 ? group.cost : 0), 0);
}

interface Recommendations {
  readonly run_timestamp: number;
  readonly modules: readonly { readonly saving: number }[];
}

function isRecommended(document: ResourceDocument, { lastCompletedChecklist }: ExpenseScope): boolean {
  const run = (document.recommendations as Recommendations | undefined)?.run_timestamp;
  return run !== undefined && run >= lastCompletedChecklist;
}

function savingOf(document: ResourceDocument, scope: ExpenseScope): number {
  const modules = (document.recommendations as Recommendations | undefined)?.modules ?? [];
  return isRecommended(document, scope) ? modules.reduce((sum, { saving }) => sum + saving, 0) : 0;
}

const attributes = {
  ownerIds: "employee_id",
  regions: "region",
  serviceNames: "service_name",
  createdByKinds: "created_by_kind",
  createdByNames: "created_by_name",
  k8sNamespaces: "k8s_namespace",
  k8sNodes: "k8s_node",
  k8sServices: "k8s_service",
} as const satisfies Partial<Record<keyof ExpenseFilter, string>>;

function passes(document: ResourceDocument, scope: ExpenseScope, books: Books): boolean {
  const { filter, window } = scope;
  if (document.deleted_at !== 0) return false;
  if (typeof document.first_seen !== "number" || typeof document.last_seen !== "number") return false;
  if (document.first_seen > window.end || document.last_seen < window.start) return false;
  const any = <T>(list: readonly T[] | undefined, test: (value: T) => boolean) => !list?.length || list.some(test);
  for (const [field, key] of Object.entries(attributes) as [keyof typeof attributes, string][]) {
    if (!any(filter[field], (value) => (document[key] ?? null) === value)) return false;
  }
  if (!any(scope.poolIds, (id) => (document.pool_id ?? null) === id)) return false;
  if (!any(filter.resourceIds, (id) => document.id === id)) return false;
  const kind =
    document.cluster_type_id !== undefined || document.cluster_id !== undefined
      ? "CLUSTER"
      : document.is_environment === true
        ? "ENVIRONMENT"
        : "REGULAR";
  if (!any(filter.resourceTypes, (type) => type.name === document.resource_type && type.kind === kind)) return false;
  const keys = Object.keys((document.tags as object | undefined) ?? {});
  if (!any(filter.tags, (tag) => (tag === null ? keys.length === 0 : keys.includes(tag)))) return false;
  if (!any(filter.withoutTags, (tag) => (tag === null ? keys.length > 0 : !keys.includes(tag)))) return false;
  if (filter.active !== undefined && (document.active === true) !== filter.active) return false;
  if (
    filter.constraintViolated !== undefined &&
    (document.constraint_violated === true) !== filter.constraintViolated
  ) {
    return false;
  }
  if (filter.recommendations !== undefined && isRecommended(document, scope) !== filter.recommendations) return false;
  if (filter.nameLike !== undefined && !isLike(document.name, filter.nameLike)) return false;
  if (filter.cloudResourceIdLike !== undefined && !isLike(document.cloud_resource_id, filter.cloudResourceIdLike)) {
    return false;
  }
  return passesTraffic(document, scope, books);
}

function passesTraffic(document: ResourceDocument, scope: ExpenseScope, { traffic = [] }: Books): boolean {
  const { trafficFrom = [], trafficTo = [] } = scope.filter;
  if (trafficFrom.length === 0 && trafficTo.length === 0) return true;
  if (trafficFrom.includes(null) || trafficTo.includes(null)) return document.cloud_resource_id === undefined;
  const types = new Map(scope.accounts.map(({ id, type }) => [id, type.toLowerCase()]));
  return traffic.some((fact) => {
    const side = (selectors: typeof trafficFrom, region: string) =>
      selectors.length === 0 ||
      selectors.some(
        (selector) =>
          selector === "ANY" ||
          (selector !== null &&
            selector.region === region &&
            selector.cloudType.toLowerCase() === types.get(fact.cloud_account_id)),
      );
    return (
      fact.resource_id === document.cloud_resource_id &&
      scope.selectedAccountIds.includes(fact.cloud_account_id) &&
      fact.date >= scope.window.start &&
      fact.date <= scope.window.end &&
      side(trafficFrom, fact.from) &&
      side(trafficTo, fact.to)
    );
  });
}

/** Contract §5.1 by trying everything. */
export function isLike(text: unknown, pattern: string): boolean {
  if (typeof text !== "string") return false;
  const characters = Array.from(text.toLowerCase());
  const pieces = Array.from(pattern.toLowerCase());
  const startsLike = (at: number, piece: number): boolean => {
    if (piece === pieces.length) return true;
    if (pieces[piece] === "*") {
      for (let next = at; next <= characters.length; next++) if (startsLike(next, piece + 1)) return true;
      return false;
    }
    if (pieces[piece] === "?" && startsLike(at, piece + 1)) return true;
    return (
      at < characters.length &&
      (pieces[piece] === "?" || characters[at] === pieces[piece]) &&
      startsLike(at + 1, piece + 1)
    );
  };
  return characters.some((_, at) => startsLike(at, 0)) || startsLike(characters.length, 0);
}
