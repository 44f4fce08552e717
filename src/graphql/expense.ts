import { GraphQLJSON } from "graphql-scalars";
import { Ctx, Field, FieldResolver, Float, ID, ObjectType, Resolver, Root } from "type-graphql";
import type {
  CloudAccount as CloudAccountRow,
  Employee as EmployeeRow,
  Pool as PoolRow,
} from "../accounts/accounts.js";
import type { ResourceKind as ResourceKindName } from "../expenses/filter.js";
import type { ExpenseRow } from "../expenses/source.js";
import type { EpochSeconds } from "../time.js";
import { CloudAccount } from "./cloud-account.js";
import type { RequestContext } from "./context.js";
import { Employee } from "./employee.js";
import { ResourceKind } from "./enums.js";
import { ownedBy } from "./loaders.js";
import { Pool } from "./pool.js";
import { Timestamp } from "./timestamp.js";

@ObjectType({
  description: "A resource, or a cluster of resources summed up, and what it cost in the window.",
  simpleResolvers: true,
})
export class Expense {
  @Field(() => ID, { description: "Id of the resource." })
  readonly id!: string;

  @Field(() => String, { nullable: true, description: "The cloud's own id of the resource." })
  readonly cloudResourceId!: string | null;

  @Field(() => String, { nullable: true, description: "Name of the resource." })
  readonly resourceName!: string | null;

  @Field(() => String, { nullable: true, description: "Type of the resource, such as Instance." })
  readonly resourceType!: string | null;

  @Field(() => String, { nullable: true, description: "Region of the resource." })
  readonly region!: string | null;

  @Field(() => String, { nullable: true, description: "Service of the cloud that charged it." })
  readonly serviceName!: string | null;

  @Field(() => Float, { description: "Cost in the window, in the organization's currency." })
  readonly cost!: number;

  @Field(() => Float, { description: "What the latest recommendations would save a month." })
  readonly saving!: number;

  @Field(() => Boolean, { description: "Whether the resource still exists in the cloud." })
  readonly active!: boolean;

  @Field(() => Boolean, { description: "Whether the resource breaks a constraint set on it." })
  readonly constraintViolated!: boolean;

  @Field(() => ResourceKind, { description: "Whether it is a resource, a cluster or an environment." })
  readonly kind!: ResourceKindName;

  @Field(() => Timestamp, { nullable: true, description: "When the resource was first seen." })
  readonly firstSeen!: EpochSeconds | null;

  @Field(() => Timestamp, { nullable: true, description: "When the resource was last seen." })
  readonly lastSeen!: EpochSeconds | null;

  @Field(() => GraphQLJSON, { description: "Tags by key." })
  readonly tags!: Readonly<Record<string, unknown>>;

  @Field(() => GraphQLJSON, { description: "What else the cloud says of the resource, by name." })
  readonly meta!: Readonly<Record<string, unknown>>;
}

@Resolver(() => Expense)
export class ExpenseResolver {
  @FieldResolver(() => CloudAccount, {
    nullable: true,
    description: "The account that was charged; null for a cluster. Read only when selected.",
  })
  async cloudAccount(@Root() row: ExpenseRow, @Ctx() { loaders }: RequestContext): Promise<CloudAccountRow | null> {
    if (row.cloudAccountId === null) return null;
    return ownedBy(await loaders.cloudAccounts.load(row.cloudAccountId), row.organizationId);
  }

  @FieldResolver(() => Pool, {
    nullable: true,
    description: "The pool that the resource is assigned to. Read only when selected.",
  })
  async pool(@Root() row: ExpenseRow, @Ctx() { loaders }: RequestContext): Promise<PoolRow | null> {
    if (row.poolId === null) return null;
    return ownedBy(await loaders.pools.load(row.poolId), row.organizationId);
  }

  @FieldResolver(() => Employee, {
    nullable: true,
    description: "The person that the resource is assigned to. Read only when selected.",
  })
  async owner(@Root() row: ExpenseRow, @Ctx() { loaders }: RequestContext): Promise<EmployeeRow | null> {
    if (row.ownerId === null) return null;
    return ownedBy(await loaders.employees.load(row.ownerId), row.organizationId);
  }
}
