import { Field, ID, ObjectType } from "type-graphql";

@ObjectType({ description: "A pool: a budget, team or project that resources are assigned to.", simpleResolvers: true })
export class Pool {
  @Field(() => ID, { description: "Id of the pool." })
  readonly id!: string;

  @Field(() => String, { description: "Name of the pool." })
  readonly name!: string;

  @Field(() => String, {
    description: "What the pool is for: budget, business_unit, team, project, cicd, mlai or asset_pool.",
  })
  readonly purpose!: string;
}
