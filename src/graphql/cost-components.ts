import { Field, Float, ObjectType } from "type-graphql";

@ObjectType({
  description:
    "What a Kubernetes cost is made of, in its currency. Null means not known, zero means known to be nothing.",
  simpleResolvers: true,
})
export class CostComponents {
  @Field(() => Float, { nullable: true, description: "The provider's fee for managing the cluster." })
  readonly management!: number | null;

  @Field(() => Float, { nullable: true, description: "CPU." })
  readonly cpu!: number | null;

  @Field(() => Float, { nullable: true, description: "Memory." })
  readonly ram!: number | null;

  @Field(() => Float, { nullable: true, description: "Persistent volumes." })
  readonly pv!: number | null;

  @Field(() => Float, { nullable: true, description: "Network traffic." })
  readonly network!: number | null;

  @Field(() => Float, { nullable: true, description: "Load balancers." })
  readonly loadBalancer!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "What the total says beyond the known components, where that is more than rounding.",
  })
  readonly unattributed!: number | null;
}

@ObjectType({
  description: "How much of what was paid for was used. Fractions: 0.42 is 42 %. Null means not known.",
  simpleResolvers: true,
})
export class Efficiency {
  @Field(() => Float, { nullable: true, description: "Used share of the CPU cost." })
  readonly cpu!: number | null;

  @Field(() => Float, { nullable: true, description: "Used share of the memory cost." })
  readonly ram!: number | null;

  @Field(() => Float, { nullable: true, description: "Used share of CPU and memory cost together." })
  readonly total!: number | null;
}

@ObjectType({ description: "Something about a cluster's figures that a reader should know.", simpleResolvers: true })
export class CostWarning {
  @Field(() => String, { description: "A stable name of the matter, such as LEGACY_FORMAT." })
  readonly code!: string;

  @Field(() => String, { description: "The matter in words." })
  readonly message!: string;
}
