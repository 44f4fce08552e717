import { Field, FieldResolver, Float, ObjectType, Resolver, Root } from "type-graphql";
import type { CombinePolicy as Policy, UnifiedCost as UnifiedFigures } from "../kubernetes/unified.js";
import { CombinePolicy } from "./enums.js";

@ObjectType({ description: "Cloud and Kubernetes costs put together.", simpleResolvers: true })
export class UnifiedCost {
  @Field(() => CombinePolicy, { description: "How the two were put together." })
  readonly policy!: Policy;

  @Field(() => Float, { description: "What the policy makes of the parts, as far as they are known." })
  readonly total!: number;

  @Field(() => Float, {
    description: "The cloud bill, less the rows of Kubernetes accounts whose cost is taken from Metroculus.",
  })
  readonly cloud!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "Null when the active filters select by attributes that cluster costs do not have; the reason then stands in excludedBecause.",
  })
  readonly kubernetes!: number | null;

  @Field(() => Boolean, { description: "Whether every part that the policy needs is known for the whole window." })
  readonly complete!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "Why Kubernetes costs are left out; null when they are not.",
  })
  readonly excludedBecause!: string | null;
}

@Resolver(() => UnifiedCost)
export class UnifiedCostResolver {
  @FieldResolver(() => Float, {
    nullable: true,
    description: "The part of the cloud bill that is the clusters' own machines; null when it is not known.",
  })
  overlap(@Root() { overlap }: UnifiedFigures): Promise<number | null> {
    return overlap();
  }
}
