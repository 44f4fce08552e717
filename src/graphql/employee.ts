import { Field, ID, ObjectType } from "type-graphql";

@ObjectType({ description: "A person of an organization, who can own resources.", simpleResolvers: true })
export class Employee {
  @Field(() => ID, { description: "Id of the employee." })
  readonly id!: string;

  @Field(() => String, { description: "Name of the employee." })
  readonly name!: string;
}
