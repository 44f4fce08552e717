import { Arg, Ctx, FieldResolver, Float, Int, ObjectType, Resolver, Root } from "type-graphql";
import type { Organization as OrganizationRow } from "../accounts/accounts.js";
import type { BreakdownDimension as Dimension, ExpenseOrder as Order } from "../expenses/source.js";
import {
  type CombinePolicy as Policy,
  type UnifiedCost as UnifiedFigures,
  unifiedCost,
} from "../kubernetes/unified.js";
import type { EpochSeconds } from "../time.js";
import { AvailableFilters, type AvailableValuesOf } from "./available-filters.js";
import { Breakdown, type BreakdownOf } from "./breakdown.js";
import type { RequestContext } from "./context.js";
import { BreakdownDimension, CombinePolicy } from "./enums.js";
import type { ExpenseAnswer, ExpenseConnectionOf } from "./expense-answer.js";
import { ExpenseConnection, ExpenseOrder } from "./expense-connection.js";
import { K8sCosts, type K8sCostsOf, k8sCostsOf } from "./k8s-costs.js";
import { Organization } from "./organization.js";
import { Timestamp } from "./timestamp.js";
import { UnifiedCost } from "./unified-cost.js";

@ObjectType({
  description:
    "Cloud expenses of an organization in a window, and the cost of its Kubernetes clusters beside them. Each field is computed only when it is selected.",
})
export class CleanExpenses {}

const DEFAULT_PAGE = 100;
const dearestFirst: Order = { field: "COST", direction: "DESC" };

@Resolver(() => CleanExpenses)
export class CleanExpensesResolver {
  @FieldResolver(() => Organization, { description: "Whose expenses these are." })
  organization(@Root() { scope }: ExpenseAnswer): OrganizationRow {
    return scope.organization;
  }

  @FieldResolver(() => Timestamp, { description: "First second of the window." })
  startDate(@Root() { scope }: ExpenseAnswer): EpochSeconds {
    return scope.window.start;
  }

  @FieldResolver(() => Timestamp, { description: "Last second of the window: it is inclusive." })
  endDate(@Root() { scope }: ExpenseAnswer): EpochSeconds {
    return scope.window.end;
  }

  @FieldResolver(() => String, { description: "ISO 4217 code of the currency of all amounts here." })
  currency(@Root() { scope }: ExpenseAnswer): string {
    return scope.organization.currency;
  }

  @FieldResolver(() => Int, { description: "Rows matching the filter, before pagination." })
  async totalCount(@Root() answer: ExpenseAnswer): Promise<number> {
    return (await answer.totals()).count;
  }

  @FieldResolver(() => Float, {
    description:
      "What the cloud bills say for all matching rows. Never includes Kubernetes costs; never waits for them.",
  })
  async totalCost(@Root() answer: ExpenseAnswer): Promise<number> {
    return (await answer.totals()).cost;
  }

  @FieldResolver(() => Float, {
    description: "What the latest recommendations would save a month, on all matching rows.",
  })
  totalSaving(@Root() answer: ExpenseAnswer): Promise<number> {
    return answer.saving();
  }

  @FieldResolver(() => ExpenseConnection, { description: "Dearest first; ties by id. Forward pagination." })
  expenses(
    @Root() answer: ExpenseAnswer,
    @Arg("first", () => Int, {
      nullable: true,
      defaultValue: DEFAULT_PAGE,
      description: "Rows a page, 1 to 1000 unless the operator says otherwise.",
    })
    first: number | null,
    @Arg("after", () => String, {
      nullable: true,
      description: "The endCursor of the page before, read with the same orderBy; left out = the first page.",
    })
    after: string | null | undefined,
    @Arg("orderBy", () => ExpenseOrder, {
      nullable: true,
      description: "How rows are sorted; dearest first if left out.",
    })
    orderBy: Order | null | undefined,
    @Ctx() { services }: RequestContext,
  ): Promise<ExpenseConnectionOf> {
    return answer.page({
      // A larger one that was asked for has been refused.
      first: Math.min(first ?? DEFAULT_PAGE, services.config.GRAPHQL_MAX_PAGE_SIZE),
      after: after ?? undefined,
      order: orderBy ?? dearestFirst,
    });
  }

  @FieldResolver(() => Breakdown, {
    description: "Totals by one attribute, per day or for the whole window, with the preceding window of equal length.",
  })
  breakdown(
    @Root() answer: ExpenseAnswer,
    @Arg("by", () => BreakdownDimension, { description: "The attribute to group by." }) by: Dimension,
  ): Promise<BreakdownOf> {
    return answer.breakdown(by);
  }

  @FieldResolver(() => AvailableFilters, { description: "Values that occur among the matching rows." })
  async availableFilters(@Root() answer: ExpenseAnswer): Promise<AvailableValuesOf> {
    return { ...(await answer.availableValues()), organizationId: answer.scope.organization.id };
  }

  @FieldResolver(() => K8sCosts, {
    description:
      "What the organization's Kubernetes clusters cost in the window. Resolved only when selected. Nothing else on this type but `unified` contacts Metroculus.",
  })
  k8sCosts(@Root() answer: ExpenseAnswer): Promise<K8sCostsOf> {
    return k8sCostsOf(answer);
  }

  @FieldResolver(() => UnifiedCost, {
    description: "Cloud and Kubernetes together under a named policy. Resolved only when selected.",
  })
  unified(
    @Root() answer: ExpenseAnswer,
    @Arg("policy", () => CombinePolicy, { defaultValue: "ADDITIVE", description: "How the two are put together." })
    policy: Policy,
    @Ctx() { services, lookUps }: RequestContext,
  ): Promise<UnifiedFigures> {
    const { clusterCosts, expenses } = services;
    return unifiedCost(answer.scope, policy, { clusterCosts, expenses, load: answer.loadClusterCosts }, lookUps);
  }
}
