import { Ctx, Field, FieldResolver, Float, ObjectType, Resolver, Root } from "type-graphql";
import type { ClusterCostRequest } from "../kubernetes/cluster-cost.js";
import { dailyClusterCosts } from "../kubernetes/daily-costs.js";
import { clusterCostRequests, excludedBecause } from "../kubernetes/joining.js";
import { cloudOverlap, type CloudOverlap as OverlapFigures } from "../kubernetes/overlap.js";
import { type K8sCosts as Sums, sumClusterCosts } from "../kubernetes/summing.js";
import type { EpochSeconds } from "../time.js";
import { CloudOverlap } from "./cloud-overlap.js";
import { ClusterCost } from "./cluster-cost.js";
import type { RequestContext } from "./context.js";
import { CostComponents } from "./cost-components.js";
import { DailyCost } from "./daily-cost.js";
import type { ExpenseAnswer } from "./expense-answer.js";
import { Timestamp } from "./timestamp.js";

@ObjectType({
  description: "What an organization's Kubernetes clusters cost, as Metroculus tells it.",
  simpleResolvers: true,
})
export class K8sCosts {
  @Field(() => Float, {
    description: "Sum over clusters whose cost is known and in the organization's currency.",
  })
  readonly totalCost!: number;

  @Field(() => String, { description: "ISO 4217 code of the organization's currency." })
  readonly currency!: string;

  @Field(() => Boolean, { description: "True only when every selected cluster answered for the whole window." })
  readonly complete!: boolean;

  @Field(() => [ClusterCost], {
    description:
      "One entry per selected Kubernetes account, dearest first; a cluster whose cost is unknown is listed, not dropped.",
  })
  readonly clusters!: ClusterCost[];

  @Field(() => CostComponents, { description: "What totalCost is made of, as far as the clusters say." })
  readonly components!: CostComponents;

  @Field(() => String, {
    nullable: true,
    description:
      "Why there are no clusters: the active filters select by attributes that cluster costs do not have. Null when clusters were looked up.",
  })
  readonly excludedBecause!: string | null;
}

/** The sums together with the answer that they belong to. */
export interface K8sCostsOf extends Sums {
  readonly answer: ExpenseAnswer;
  readonly requests: readonly ClusterCostRequest[];
  readonly excludedBecause: string | null;
}

/** Clusters that filters leave out are not looked up, and are then missing in the answer, so it is not complete. */
export async function k8sCostsOf(answer: ExpenseAnswer): Promise<K8sCostsOf> {
  const { scope } = answer;
  const reason = excludedBecause(scope.filter);
  const requests = reason === null ? clusterCostRequests(scope) : [];
  const sums = sumClusterCosts(await answer.loadClusterCosts(requests), scope.organization.currency);
  return { ...sums, complete: reason === null && sums.complete, excludedBecause: reason, requests, answer };
}

@Resolver(() => K8sCosts)
export class K8sCostsResolver {
  @FieldResolver(() => CloudOverlap, {
    description:
      "Cloud rows that are these clusters' own nodes, volumes and load balancers: money that a plain sum counts twice. Found in the organization's whole bill, whatever the filter.",
  })
  overlap(
    @Root() { answer, requests }: K8sCostsOf,
    @Ctx() { services, lookUps }: RequestContext,
  ): Promise<OverlapFigures> {
    const clusterIds = requests.map(({ cloudAccountId }) => cloudAccountId);
    return cloudOverlap(answer.scope, clusterIds, services, lookUps);
  }

  @FieldResolver(() => [DailyCost], {
    description:
      "What the clusters cost on each UTC day of the window, in order of time, as far as it is known: see unknownDays. A day of which no cluster's cost is known is left out.",
  })
  async daily(@Root() { answer, requests }: K8sCostsOf): Promise<readonly DailyCost[]> {
    return (await dailyClusterCosts(requests, answer.loadClusterCosts)).days;
  }

  @FieldResolver(() => [Timestamp], {
    description:
      "The UTC days on which the cost of at least one cluster is not known, or is in another currency: daily lacks it there, or leaves the day out.",
  })
  async unknownDays(@Root() { answer, requests }: K8sCostsOf): Promise<readonly EpochSeconds[]> {
    return (await dailyClusterCosts(requests, answer.loadClusterCosts)).unknownDays;
  }
}
