import { Ctx, Field, FieldResolver, Float, Int, ObjectType, Resolver, Root } from "type-graphql";
import type { CloudAccount as CloudAccountRow } from "../accounts/accounts.js";
import type { CloudOverlap as OverlapFigures } from "../kubernetes/overlap.js";
import { CloudAccount } from "./cloud-account.js";
import type { RequestContext } from "./context.js";

@ObjectType({
  description:
    "Cloud rows that are clusters' own nodes, volumes and load balancers: money that a plain sum counts twice.",
  simpleResolvers: true,
})
export class CloudOverlap {
  @Field(() => Float, {
    nullable: true,
    description: "What those rows cost in the window. Null when no cluster could be matched to cloud rows.",
  })
  readonly cost!: number | null;

  @Field(() => Int, { description: "Nodes found in the cloud bill." })
  readonly matchedNodes!: number;

  @Field(() => Int, { description: "Volumes found in the cloud bill." })
  readonly matchedVolumes!: number;

  @Field(() => Int, { description: "Load balancers found in the cloud bill." })
  readonly matchedLoadBalancers!: number;
}

@Resolver(() => CloudOverlap)
export class CloudOverlapResolver {
  @FieldResolver(() => [CloudAccount], {
    description: "Clusters of which nothing was found in the cloud bill: their overlap is unknown, not zero.",
  })
  unmatchedClusters(
    @Root() { unmatchedClusterIds }: OverlapFigures,
    @Ctx() { loaders }: RequestContext,
  ): Promise<(CloudAccountRow | Error | null)[]> {
    return loaders.cloudAccounts.loadMany(unmatchedClusterIds);
  }
}
