import { Ctx, Field, FieldResolver, Float, ObjectType, Resolver, Root } from "type-graphql";
import type { CloudAccount as CloudAccountRow } from "../accounts/accounts.js";
import type {
  ClusterCost as ClusterCostFigures,
  NamespaceCost as NamespaceFigures,
} from "../kubernetes/cluster-cost.js";
import type { EpochSeconds } from "../time.js";
import { CloudAccount } from "./cloud-account.js";
import type { RequestContext } from "./context.js";
import { CostComponents, CostWarning, Efficiency } from "./cost-components.js";
import { ClusterCostStatus, CostMethod } from "./enums.js";
import { NamespaceCost } from "./namespace-cost.js";
import { Timestamp } from "./timestamp.js";

@ObjectType({
  description: "What one Kubernetes cluster cost in a window, and how well that is known.",
  simpleResolvers: true,
})
export class ClusterCost {
  @Field(() => ClusterCostStatus, { description: "How well the cost is known." })
  readonly status!: ClusterCostFigures["status"];

  @Field(() => Float, {
    nullable: true,
    description: "Null whenever the cost is not known; zero only when it is known to be zero.",
  })
  readonly cost!: number | null;

  @Field(() => String, { nullable: true, description: "ISO 4217 code of the currency of these figures." })
  readonly currency!: string | null;

  @Field(() => CostComponents, {
    nullable: true,
    description: "What the cost is made of; null when no figures are known.",
  })
  readonly components!: CostComponents | null;

  @Field(() => Efficiency, { nullable: true, description: "How much of it was used; null when not known." })
  readonly efficiency!: Efficiency | null;

  @Field(() => CostMethod, { nullable: true, description: "What the figure counts; null when there is none." })
  readonly method!: ClusterCostFigures["method"];

  @Field(() => Float, {
    nullable: true,
    description: "Share of the window, 0 to 1, for which samples exist; null when it cannot be told.",
  })
  readonly coverage!: number | null;

  @Field(() => Timestamp, { nullable: true, description: "When these figures were read from Metroculus." })
  readonly asOf!: EpochSeconds | null;

  @Field(() => [CostWarning], { description: "What to know before relying on these figures." })
  readonly warnings!: CostWarning[];
}

@Resolver(() => ClusterCost)
export class ClusterCostResolver {
  @FieldResolver(() => CloudAccount, { description: "The Kubernetes account of the cluster." })
  cloudAccount(
    @Root() figures: ClusterCostFigures,
    @Ctx() { loaders }: RequestContext,
  ): Promise<CloudAccountRow | null> {
    return loaders.cloudAccounts.load(figures.cloudAccountId);
  }

  @FieldResolver(() => [NamespaceCost], {
    nullable: true,
    description:
      "Cost of the window by namespace, idle and unallocated included, adding up to the cluster's cost. Null when the Metroculus in use cannot tell it for a past window.",
  })
  namespaces(
    @Root() { cloudAccountId, window }: ClusterCostFigures,
    @Ctx() { services, lookUps }: RequestContext,
  ): Promise<NamespaceFigures[] | null> {
    return services.clusterCosts.namespaces({ cloudAccountId, window }, lookUps);
  }
}
