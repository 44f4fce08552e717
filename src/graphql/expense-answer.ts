import { setImmediate } from "node:timers/promises";
import type {
  AvailableValues,
  BreakdownDimension,
  ExpensePage,
  ExpenseRow,
  ExpenseScope,
  ExpenseTotals,
  PageRequest,
} from "../expenses/source.js";
import type { LoadClusterCosts } from "../kubernetes/cluster-cost.js";
import { type BreakdownOf, breakdownOf } from "./breakdown.js";
import type { RequestContext } from "./context.js";

/** A page and the answer that it is a page of. */
export interface ExpenseConnectionOf {
  readonly answer: ExpenseAnswer;
  readonly page: ExpensePage;
  readonly nodes: readonly ExpenseRow[];
}

/**
 * What `cleanExpenses` stands for: a scope, and the questions about it, each asked only when a field needs
 * it and at most once a request where several fields can need the same.
 */
export class ExpenseAnswer {
  #totals: Promise<ExpenseTotals> | undefined;
  #firstPage: Promise<ExpensePage> | undefined;
  #availableValues: Promise<AvailableValues> | undefined;

  constructor(
    readonly scope: ExpenseScope,
    readonly context: RequestContext,
  ) {
    // These are the rows that the loader would read again.
    for (const account of scope.accounts) context.loaders.cloudAccounts.prime(account.id, account);
  }

  /** The request's own loader, so that all fields that need a cluster's cost share one look-up. */
  readonly loadClusterCosts: LoadClusterCosts = (requests) =>
    Promise.all(requests.map((request) => this.context.loaders.clusterCosts.load(request)));

  totals(): Promise<ExpenseTotals> {
    this.#totals ??= this.askForTotals();
    return this.#totals;
  }

  async saving(): Promise<number> {
    const { saving } = await this.totals();
    return saving ?? ((await this.source.totals(this.scope, this.readOptions)).saving as number);
  }

  availableValues(): Promise<AvailableValues> {
    this.#availableValues ??= this.source.availableValues(this.scope, this.readOptions);
    return this.#availableValues;
  }

  async page(request: PageRequest): Promise<ExpenseConnectionOf> {
    const asked = this.source.page(this.scope, request, this.readOptions);
    if (request.after === undefined) this.#firstPage = asked;
    const page = await asked;
    return { answer: this, page, nodes: page.rows };
  }

  async breakdown(by: BreakdownDimension): Promise<BreakdownOf> {
    const figures = await this.source.breakdown(this.scope, by, this.readOptions);
    return breakdownOf(figures, by, this.scope.organization.id);
  }

  /** A first page brings the totals along; whether one is asked for shows when all fields of this turn have asked. */
  private async askForTotals(): Promise<ExpenseTotals> {
    await setImmediate();
    const page = await this.#firstPage?.catch(() => undefined);
    return page?.totals ?? this.source.totals(this.scope, { ...this.readOptions, withSaving: false });
  }

  private get source() {
    return this.context.services.expenses;
  }

  private get readOptions() {
    return { signal: this.context.signal };
  }
}
