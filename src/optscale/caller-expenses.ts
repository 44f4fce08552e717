import { z } from "zod";
import { refuseTooLongToBreakDown } from "../expenses/breakdown-limits.js";
import { decodeCursor, encodeCursor } from "../expenses/cursor.js";
import type {
  AvailableValues,
  Breakdown,
  BreakdownDimension,
  CloudResourceCost,
  ExpensePage,
  ExpenseRow,
  ExpenseScope,
  ExpenseSource,
  ExpenseTotals,
  PageRequest,
  ReadOptions,
  TotalsOptions,
  TrafficExpense,
} from "../expenses/source.js";
import { precedingWindow, wholeDays } from "../time.js";
import { type CloudFigures, FiguresOfAnswer, rowOf } from "./answer-members.js";
import { availableFilters, availableValuesOf, entities } from "./available-filters.js";
import { breakdownExpenses, breakdownOf, parameterOfDimension } from "./breakdown.js";
import { pathOf } from "./caller-accounts.js";
import type { CallerHeaders, OptScaleClient } from "./client.js";
import { foundBy } from "./cloud-resource-ids.js";
import { filterQuery } from "./filter-query.js";
import { type KnownObjects, poolOf } from "./known-objects.js";
import { FirstRows, Ordering } from "./ordering.js";
import { type CleanRow, expenseRow } from "./rows.js";

const ROWS = "clean_expenses";
const BATCH = 1_000;

const summary = z.looseObject({ total_count: z.number(), total_cost: z.number(), total_saving: z.number() });

/**
 * Expenses as OptScale tells them to one caller, read for one request. Rows are read as they come in, and only those of
 * the page are kept, however many there are. v2 has no pages: the first page of the dearest rows is read by `limit`
 * where that is sure to find the same rows, any other by reading all rows.
 */
export class CallerExpenses implements ExpenseSource {
  /** By scope, because an answer with rows tells the figures, too. */
  readonly #figures = new WeakMap<ExpenseScope, Promise<CloudFigures>>();

  constructor(
    private readonly client: OptScaleClient,
    private readonly headers: CallerHeaders,
    private readonly known: KnownObjects,
  ) {}

  async totals(scope: ExpenseScope, { signal, as, withSaving = true }: TotalsOptions = {}): Promise<ExpenseTotals> {
    if (isEmpty(scope)) return { count: 0, cost: 0, saving: 0 };
    const [figures, saving] = await Promise.all([
      as === "summary" ? undefined : this.#figuresOf(scope, signal),
      withSaving || as === "summary"
        ? this.client.get(pathOfExpenses(scope, "summary_expenses", filterQuery(scope)), summary, this.headers, signal)
        : undefined,
    ]);
    return {
      count: figures?.count ?? (saving?.total_count as number),
      cost: figures?.cost ?? (saving?.total_cost as number),
      saving: saving?.total_saving ?? null,
    };
  }

  async page(scope: ExpenseScope, request: PageRequest, { signal }: ReadOptions = {}): Promise<ExpensePage> {
    const { first, after, order } = request;
    const ordering = new Ordering(order);
    const position = after === undefined ? undefined : decodeCursor(order, after);
    if (isEmpty(scope)) return { ...noRows, hasPreviousPage: position !== undefined };
    if (position === undefined && order.field === "COST" && order.direction === "DESC") {
      const dearest = await this.#dearest(scope, first, ordering, signal);
      if (dearest !== undefined) return this.#pageOf(scope, request, ordering, dearest);
    }
    const kept = new FirstRows(ordering, first + 1, position && ordering.placeAt(position));
    let saving = 0;
    for await (const row of this.#rows(scope, undefined, signal)) {
      saving += row.saving;
      kept.offer(row);
    }
    return this.#pageOf(scope, request, ordering, { rows: kept.inOrder(), saving: savingOfRows(scope, saving) });
  }

  async *rows(scope: ExpenseScope, limit: number | undefined, { signal }: ReadOptions = {}) {
    if (isEmpty(scope)) return;
    let batch: ExpenseRow[] = [];
    for await (const row of this.#rows(scope, limit, signal)) {
      batch.push(row);
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  async traffic(scope: ExpenseScope, cloudResourceIds: readonly string[], { signal }: ReadOptions = {}) {
    const found = new Map<string, readonly TrafficExpense[]>();
    const sought = new Set(cloudResourceIds);
    if (sought.size === 0 || isEmpty(scope)) return found;
    for await (const { cloud_resource_id, traffic_expenses } of this.#cleanRows(scope, filterQuery(scope), signal)) {
      if (cloud_resource_id && traffic_expenses && sought.has(cloud_resource_id)) {
        found.set(cloud_resource_id, traffic_expenses);
      }
    }
    return found;
  }

  async breakdown(
    scope: ExpenseScope,
    by: BreakdownDimension | null,
    { signal }: ReadOptions = {},
  ): Promise<Breakdown> {
    refuseTooLongToBreakDown(scope.window);
    if (isEmpty(scope)) {
      const window = wholeDays(scope.window);
      return { window, previous: precedingWindow(window), total: 0, previousTotal: 0, groups: [] };
    }
    const query = filterQuery(scope);
    if (by !== null) query.append("breakdown_by", parameterOfDimension[by]);
    const path = pathOfExpenses(scope, "breakdown_expenses", query);
    return breakdownOf(await this.client.get(path, breakdownExpenses, this.headers, signal), by);
  }

  async availableValues(scope: ExpenseScope, { signal }: ReadOptions = {}): Promise<AvailableValues> {
    const path = pathOfExpenses(scope, "available_filters", filterQuery(scope));
    const { filter_values } = isEmpty(scope)
      ? availableFilters.parse({ filter_values: {} })
      : await this.client.get(path, availableFilters, this.headers, signal);
    const organizationId = scope.organization.id;
    for (const pool of entities(filter_values.pool)) this.known.pools.set(pool.id, poolOf(pool, organizationId));
    for (const { id, name } of entities(filter_values.owner)) {
      this.known.employees.set(id, { id, name, organizationId });
    }
    return availableValuesOf(filter_values, scope.accounts);
  }

  /** Kubernetes accounts one by one; all others together, under the empty id, because v2 does not tell them apart to the second. */
  async costByAccount(scope: ExpenseScope, { signal }: ReadOptions = {}): Promise<ReadonlyMap<string, number>> {
    if (isEmpty(scope)) return new Map();
    const [{ cost }, clusters] = await Promise.all([
      this.#figuresOf(scope, signal),
      this.costOfClusters(scope, { signal }),
    ]);
    let others = cost;
    for (const ofCluster of clusters.values()) others -= ofCluster;
    return new Map([["", others], ...clusters]);
  }

  /** What the rows of the selected Kubernetes accounts cost: mostly nothing, which one question tells. */
  async costOfClusters(scope: ExpenseScope, { signal }: ReadOptions = {}): Promise<ReadonlyMap<string, number>> {
    const selected = new Set(scope.selectedAccountIds);
    const clusters = scope.accounts.filter(({ id, type }) => type === "KUBERNETES_CNR" && selected.has(id));
    const costOf = async (cloudAccountIds: readonly string[]) => {
      const filter = { ...scope.filter, cloudAccountIds };
      return (await this.#askForFigures({ ...scope, filter }, signal)).cost;
    };
    const ids = clusters.map(({ id }) => id);
    if (ids.length === 0 || (await costOf(ids)) === 0) return new Map();
    return new Map(await Promise.all(ids.map(async (id) => [id, await costOf([id])] as const)));
  }

  async costOfCloudResources(
    { accounts, window }: Pick<ExpenseScope, "accounts" | "window">,
    cloudResourceIds: readonly string[],
    { signal }: ReadOptions = {},
  ): Promise<readonly CloudResourceCost[]> {
    const organizationId = accounts[0]?.organizationId;
    if (cloudResourceIds.length === 0 || organizationId === undefined) return [];
    const sought = new Set(cloudResourceIds.map((id) => id.toLowerCase()));
    const live = new Set(accounts.map(({ id }) => id));
    const query = filterQuery({ window, filter: {} });
    for (const field of ["cloud_resource_id", "cloud_account_id", "cost"]) query.append("field", field);
    const found: CloudResourceCost[] = [];
    const scope = { organization: { id: organizationId } };
    for await (const { cloud_resource_id, cloud_account_id, cost } of this.#cleanRows(scope, query, signal)) {
      if (!cloud_resource_id || !cloud_account_id || !live.has(cloud_account_id)) continue;
      const by = foundBy(cloud_resource_id);
      if (!sought.has(by)) continue;
      found.push({ cloudResourceId: cloud_resource_id, foundBy: by, cloudAccountId: cloud_account_id, cost });
    }
    return found.sort((one, other) => other.cost - one.cost || (one.cloudResourceId < other.cloudResourceId ? -1 : 1));
  }

  /**
   * The dearest rows by `limit`, or undefined where that could choose others than the order of cost and id: among rows
   * of equal cost, with clusters (whose members take places, and lose savings), and where costs are not above 0.
   */
  async #dearest(scope: ExpenseScope, first: number, ordering: Ordering, signal: AbortSignal | undefined) {
    const rows: ExpenseRow[] = [];
    for await (const row of this.#rows(scope, first + 1, signal)) rows.push(row);
    rows.sort((one, other) => ordering.compare(ordering.placeOf(one), ordering.placeOf(other)));
    const { count } = await this.#figuresOf(scope, signal);
    if (rows.some(({ kind }) => kind === "CLUSTER")) return undefined;
    if (rows.length === count) {
      const saving = rows.reduce((sum, row) => sum + row.saving, 0);
      return { rows, saving: savingOfRows(scope, saving) };
    }
    const [last, next] = [rows[first - 1], rows[first]];
    const isSure = last !== undefined && next !== undefined && last.cost > next.cost && last.cost > 0;
    return isSure ? { rows, saving: null } : undefined;
  }

  async #pageOf(
    scope: ExpenseScope,
    { first, after, order }: PageRequest,
    ordering: Ordering,
    { rows: found, saving }: { readonly rows: readonly ExpenseRow[]; readonly saving: number | null },
  ): Promise<ExpensePage> {
    const rows = found.slice(0, first);
    for (const { document } of rows) this.known.learnFromRow(document as CleanRow, scope.organization.id);
    return {
      rows,
      cursors: rows.map((row) => encodeCursor(order, ordering.positionOf(row))),
      hasNextPage: found.length > first,
      hasPreviousPage: after !== undefined,
      ...(after === undefined && { totals: { ...(await this.#figuresOf(scope)), saving } }),
    };
  }

  #figuresOf(scope: ExpenseScope, signal?: AbortSignal): Promise<CloudFigures> {
    const known = this.#figures.get(scope);
    if (known !== undefined) return known;
    const asked = this.#askForFigures(scope, signal);
    this.#figures.set(scope, asked);
    return asked;
  }

  async #askForFigures(scope: ExpenseScope, signal: AbortSignal | undefined): Promise<CloudFigures> {
    const figures = new FiguresOfAnswer();
    const query = filterQuery(scope);
    query.append("limit", "1");
    const path = pathOfExpenses(scope, ROWS, query);
    for await (const member of this.client.members(path, ROWS, this.headers, signal)) figures.add(member);
    return this.#checked(figures);
  }

  /** Rows of the scope as they come in; once they all have, the scope's figures are known. */
  async *#rows(scope: ExpenseScope, limit: number | undefined, signal?: AbortSignal): AsyncGenerator<ExpenseRow> {
    const figures = new FiguresOfAnswer();
    const query = filterQuery(scope);
    if (limit !== undefined) query.append("limit", String(limit));
    for await (const row of this.#cleanRows(scope, query, signal, figures)) {
      const expense = expenseRow(row, scope.organization.id);
      if (expense === undefined) throw this.client.failure("answered with a row that has no id");
      yield expense;
    }
    this.#figures.set(scope, Promise.resolve(this.#checked(figures)));
  }

  async *#cleanRows(
    scope: { readonly organization: Pick<ExpenseScope["organization"], "id"> },
    query: URLSearchParams,
    signal: AbortSignal | undefined,
    figures?: FiguresOfAnswer,
  ): AsyncGenerator<CleanRow> {
    const path = pathOfExpenses(scope, ROWS, query);
    for await (const member of this.client.members(path, ROWS, this.headers, signal)) {
      if (member.index === undefined) {
        figures?.add(member);
        continue;
      }
      const row = rowOf(member);
      if (row === undefined) throw this.client.failure("answered with a row in an unknown form");
      yield row;
    }
  }

  #checked({ figures }: FiguresOfAnswer): CloudFigures {
    if (figures === undefined) throw this.client.failure("answered without totals, or with totals in an unknown form");
    return figures;
  }
}

const noRows = { rows: [], cursors: [], hasNextPage: false, totals: { count: 0, cost: 0, saving: 0 } };

/** What all rows save together; with accounts named v2's rows of clusters lack what their members save. */
function savingOfRows({ namesAccounts }: ExpenseScope, sum: number): number | null {
  return namesAccounts ? null : sum;
}

/** OptScale refuses to look at an organization without accounts, where a reader expects to see nothing. */
function isEmpty({ accounts }: Pick<ExpenseScope, "accounts">): boolean {
  return accounts.length === 0;
}

function pathOfExpenses(
  { organization }: { readonly organization: Pick<ExpenseScope["organization"], "id"> },
  endpoint: string,
  query: URLSearchParams,
): string {
  return `${pathOf("organizations", organization.id) ?? "/organizations"}/${endpoint}?${query}`;
}
