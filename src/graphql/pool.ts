import { Field, FieldResolver, ID, ObjectType, Resolver, Root } from "type-graphql";
import type { Pool as PoolRow } from "../accounts/accounts.js";

@ObjectType({ description: "A pool: a budget, team or project that resources are assigned to.", simpleResolvers: true })
export class Pool {
  @Field(() => ID, { description: "Id of the pool." })
  readonly id!: string;

  @Field(() => String, { description: "Name of the pool." })
  readonly name!: string;
}

@Resolver(() => Pool)
export class PoolResolver {
  // Stored by the name of the enum's value, in capitals.
  @FieldResolver(() => String, {
    description: "What the pool is for: budget, business_unit, team, project, cicd, mlai or asset_pool.",
  })
  purpose(@Root() { purpose }: PoolRow): string {
    return purpose.toLowerCase();
  }
}
