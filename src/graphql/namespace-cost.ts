import { Field, Float, ObjectType } from "type-graphql";
import type { NamespaceCost as NamespaceFigures } from "../kubernetes/cluster-cost.js";
import { CostComponents, Efficiency } from "./cost-components.js";
import { NamespaceKind } from "./enums.js";

@ObjectType({
  description: "A namespace's share of its cluster's cost, or the idle or unallocated share.",
  simpleResolvers: true,
})
export class NamespaceCost {
  @Field(() => String, { description: "Name of the namespace." })
  readonly name!: string;

  @Field(() => NamespaceKind, { description: "Whether it is a namespace, idle capacity or unallocated cost." })
  readonly kind!: NamespaceFigures["kind"];

  @Field(() => Float, { description: "Cost in the window, in the cluster's currency." })
  readonly cost!: number;

  @Field(() => CostComponents, { description: "What the cost is made of." })
  readonly components!: CostComponents;

  @Field(() => Efficiency, { nullable: true, description: "How much of it was used; null when not known." })
  readonly efficiency!: Efficiency | null;
}
