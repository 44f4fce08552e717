import { Arg, Ctx, Field, FieldResolver, ID, ObjectType, Resolver, Root } from "type-graphql";
import type {
  CloudAccount as CloudAccountRow,
  CloudAccountType as CloudAccountTypeName,
  Organization as OrganizationRow,
  Pool as PoolRow,
} from "../accounts/accounts.js";
import { CloudAccount } from "./cloud-account.js";
import type { RequestContext } from "./context.js";
import { CloudAccountType } from "./enums.js";
import { Pool } from "./pool.js";

@ObjectType({ description: "An organization: whose bills these are.", simpleResolvers: true })
export class Organization {
  @Field(() => ID, { description: "Id of the organization." })
  readonly id!: string;

  @Field(() => String, { description: "Name of the organization." })
  readonly name!: string;

  @Field(() => String, { description: "ISO 4217 code of the one currency in which all its expenses are kept." })
  readonly currency!: string;
}

@Resolver(() => Organization)
export class OrganizationResolver {
  @FieldResolver(() => [CloudAccount], { description: "Live cloud accounts of the organization, by name." })
  async cloudAccounts(
    @Root() organization: OrganizationRow,
    @Arg("type", () => CloudAccountType, { nullable: true, description: "Only accounts of this type." })
    type: CloudAccountTypeName | null | undefined,
    @Ctx() { loaders }: RequestContext,
  ): Promise<readonly CloudAccountRow[]> {
    const accounts = await loaders.cloudAccountsOf.load(organization.id);
    return type ? accounts.filter((account) => account.type === type) : accounts;
  }

  @FieldResolver(() => [Pool], { description: "Live pools of the organization, by name." })
  pools(@Root() organization: OrganizationRow, @Ctx() { loaders }: RequestContext): Promise<readonly PoolRow[]> {
    return loaders.poolsOf.load(organization.id);
  }
}
