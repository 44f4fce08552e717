import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from "type-graphql";
import type { CloudAccount as CloudAccountRow, Organization as OrganizationRow } from "../accounts/accounts.js";
import type { ClusterCost as ClusterCostFigures } from "../kubernetes/cluster-cost.js";
import { type EpochSeconds, windowOf } from "../time.js";
import { ClusterCost } from "./cluster-cost.js";
import type { RequestContext } from "./context.js";
import { CloudAccountType } from "./enums.js";
import { Organization } from "./organization.js";
import { Timestamp } from "./timestamp.js";

@ObjectType({
  description: "A connected source of expenses: a cloud provider's account, or a Kubernetes cluster.",
  simpleResolvers: true,
})
export class CloudAccount {
  @Field(() => ID, { description: "Id of the account." })
  readonly id!: string;

  @Field(() => String, { description: "Name of the account." })
  readonly name!: string;

  @Field(() => CloudAccountType, { description: "What kind of account it is." })
  readonly type!: CloudAccountRow["type"];
}

@Resolver(() => CloudAccount)
export class CloudAccountResolver {
  @FieldResolver(() => Organization, { description: "The organization that the account belongs to." })
  organization(@Root() account: CloudAccountRow, @Ctx() { loaders }: RequestContext): Promise<OrganizationRow | null> {
    return loaders.organizations.load(account.organizationId);
  }

  @FieldResolver(() => ClusterCost, {
    nullable: true,
    description:
      "Null unless the account is a Kubernetes cluster. Goes through the same loader as CleanExpenses.k8sCosts.",
  })
  async k8sCosts(
    @Root() account: CloudAccountRow,
    @Arg("startDate", () => Timestamp, { description: "First second of the window." }) startDate: EpochSeconds,
    @Arg("endDate", () => Timestamp, { description: "Last second of the window: it is inclusive." })
    endDate: EpochSeconds,
    @Ctx() { loaders }: RequestContext,
  ): Promise<ClusterCostFigures | null> {
    const window = windowOf(startDate, endDate);
    if (account.type !== "KUBERNETES_CNR") return null;
    const organization = await loaders.organizations.load(account.organizationId);
    if (organization === null) return null;
    return loaders.clusterCosts.load({
      cloudAccountId: account.id,
      window,
      currency: organization.currency,
    });
  }
}
