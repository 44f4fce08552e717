import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { createContext, use } from "react";
import {
  type BreakdownDimension,
  BreakdownDocument,
  type ClusterCostStatus,
  ClusterDaysDocument,
  ClustersDocument,
  CombinedDocument,
  type ExpenseFilter,
  ExpensesDocument,
  type ExpensesQuery,
  FilterValuesDocument,
  NamespacesDocument,
  ResourceDocument,
  TotalsDocument,
} from "../../generated/graphql";
import type { Window } from "../view/period";
import type { Order } from "../view/view";
import { execute } from "./execute";

/** What the queries of the page share: whose expenses, when, and which of them. */
export interface Scope {
  readonly organizationId: string;
  readonly currency: string;
  readonly window: Window;
  readonly filter: ExpenseFilter | undefined;
}

export const ScopeContext = createContext<Scope | null>(null);

export function useScope(): Scope {
  const scope = use(ScopeContext);
  if (scope === null) throw new Error("There is no scope here: put the component below ScopeContext.");
  return scope;
}

const variablesOf = ({ organizationId, window, filter }: Scope) => ({
  organizationId,
  startDate: window.start,
  endDate: window.end,
  filter: filter ?? null,
});

/** Old figures stay, dimmed, while those of a changed view are on their way; never those of another organization. */
const keepWithin =
  (organizationId: string) =>
  <Data>(data: Data | undefined, query?: { queryKey: readonly unknown[] }) =>
    query?.queryKey[1] === organizationId ? keepPreviousData(data) : undefined;

export function useTotals() {
  const scope = useScope();
  const variables = variablesOf(scope);
  return useQuery({
    queryKey: ["totals", scope.organizationId, variables],
    queryFn: ({ signal }) => execute(TotalsDocument, variables, signal),
    select: (data) => data.cleanExpenses,
    placeholderData: keepWithin(scope.organizationId),
  });
}

export function useBreakdown(by: BreakdownDimension) {
  const scope = useScope();
  const variables = { ...variablesOf(scope), by };
  return useQuery({
    queryKey: ["breakdown", scope.organizationId, variables],
    queryFn: ({ signal }) => execute(BreakdownDocument, variables, signal),
    select: (data) => data.cleanExpenses.breakdown,
    placeholderData: keepWithin(scope.organizationId),
  });
}

/**
 * The values of the whole window, filtered or not: otherwise a second value of the same list could not be chosen.
 * Like all that is not seen first, it is asked for when the totals are there: they have the gateway to themselves.
 */
export function useFilterValues() {
  const { isFetched } = useTotals();
  const { organizationId, window } = useScope();
  const variables = { organizationId, startDate: window.start, endDate: window.end };
  return useQuery({
    queryKey: ["filter-values", organizationId, variables],
    queryFn: ({ signal }) => execute(FilterValuesDocument, variables, signal),
    placeholderData: keepWithin(organizationId),
    enabled: isFetched,
  });
}

/** How often, and how long after, clusters that did not answer are asked again by themselves. */
const SECOND_TRIES = 2;
const PAUSE_MS = 5_000;

export function useClusters() {
  const { isFetched } = useTotals();
  const scope = useScope();
  const variables = variablesOf(scope);
  return useQuery({
    queryKey: ["clusters", scope.organizationId, variables],
    queryFn: ({ signal }) => execute(ClustersDocument, variables, signal),
    select: (data) => data.cleanExpenses.k8sCosts,
    placeholderData: keepWithin(scope.organizationId),
    enabled: isFetched,
    refetchInterval: ({ state: { data, dataUpdateCount } }) =>
      dataUpdateCount <= SECOND_TRIES && data?.cleanExpenses.k8sCosts.clusters.some(isUnreachable) ? PAUSE_MS : false,
  });
}

/** Whether asking again can help. */
export function isUnreachable({ status }: { readonly status: ClusterCostStatus }): boolean {
  return status === "UNAVAILABLE" || status === "STALE";
}

/** Asked for once the clusters are known, which the gateway then remembers; and again when it knows more of them. */
export function useCombined() {
  const { isFetched, data } = useClusters();
  const scope = useScope();
  const variables = variablesOf(scope);
  const answers = data?.clusters.map(({ status, cost }) => [status, cost]);
  return useQuery({
    queryKey: ["combined", scope.organizationId, variables, answers],
    queryFn: ({ signal }) => execute(CombinedDocument, variables, signal),
    select: (data) => data.cleanExpenses,
    placeholderData: keepWithin(scope.organizationId),
    enabled: isFetched,
  });
}

/** A look-up for every cluster and day, so it comes last, and only when somebody is going to see it. */
export function useClusterDays(isWanted: boolean) {
  const { isFetched } = useCombined();
  const scope = useScope();
  const variables = variablesOf(scope);
  return useQuery({
    queryKey: ["cluster-days", scope.organizationId, variables],
    queryFn: ({ signal }) => execute(ClusterDaysDocument, variables, signal),
    select: (data) => data.cleanExpenses.k8sCosts.daily,
    placeholderData: keepWithin(scope.organizationId),
    enabled: isWanted && isFetched,
  });
}

export function useNamespaces(cloudAccountId: string) {
  const { organizationId, window } = useScope();
  const variables = { cloudAccountId, startDate: window.start, endDate: window.end };
  return useQuery({
    queryKey: ["namespaces", organizationId, variables],
    queryFn: ({ signal }) => execute(NamespacesDocument, variables, signal),
    select: (data) => data.cloudAccount?.k8sCosts ?? null,
  });
}

export type ExpenseRow = ExpensesQuery["cleanExpenses"]["expenses"]["nodes"][number];

const PAGE_SIZE = 200;

export function useExpenses(orderBy: Order) {
  const scope = useScope();
  const { isFetched } = useTotals();
  const variables = { ...variablesOf(scope), first: PAGE_SIZE, orderBy };
  return useInfiniteQuery({
    queryKey: ["expenses", scope.organizationId, variables],
    queryFn: ({ signal, pageParam }) => execute(ExpensesDocument, { ...variables, after: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ cleanExpenses: { expenses } }) =>
      expenses.pageInfo.hasNextPage ? (expenses.pageInfo.endCursor ?? null) : null,
    placeholderData: keepWithin(scope.organizationId),
    enabled: isFetched,
  });
}

export function useResource(resourceId: string) {
  const scope = useScope();
  const variables = { ...variablesOf(scope), filter: { resourceIds: [resourceId] } };
  return useQuery({
    queryKey: ["resource", scope.organizationId, variables],
    queryFn: ({ signal }) => execute(ResourceDocument, variables, signal),
    select: (data) => data.cleanExpenses,
  });
}
