import { Field, ID, InputType } from "type-graphql";
import type { ResourceKind as ResourceKindName } from "../expenses/filter.js";
import { ResourceKind } from "./enums.js";

type Nullable<T> = T | null | undefined;
type Values = Nullable<readonly (string | null)[]>;

@InputType({ description: "A pool, alone or with all that lies below it." })
export class PoolFilter {
  @Field(() => ID, { nullable: true, description: "Id of the pool; null or left out = assigned to no pool." })
  readonly id?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether the pools below it count as well.",
  })
  readonly withDescendants?: boolean | null;
}

@InputType({ description: "A type of resource." })
export class ResourceTypeFilter {
  @Field(() => String, { description: "Name of the type, such as Instance." })
  readonly name!: string;

  @Field(() => ResourceKind, { defaultValue: "REGULAR", description: "Which kind of resource has the type." })
  readonly kind!: ResourceKindName;
}

const nullableItems = { nullable: "itemsAndList" } as const;

@InputType({
  description:
    "Same meaning as the v2 query parameters of the same name; values of one list are OR-ed, different fields AND-ed. A null inside a list means 'the attribute is absent'. A field that is null, and an empty list, do not filter.",
})
export class ExpenseFilter {
  @Field(() => [ID], {
    ...nullableItems,
    description:
      "Cloud accounts; null = cluster records, which belong to no account. Naming an account hides the members of clusters.",
  })
  readonly cloudAccountIds?: Values;

  @Field(() => [PoolFilter], { ...nullableItems, description: "Pools; null = assigned to no pool." })
  readonly poolIds?: Nullable<readonly (PoolFilter | null)[]>;

  @Field(() => [ID], { ...nullableItems, description: "Owners, by employee id; null = without owner." })
  readonly ownerIds?: Values;

  @Field(() => [String], { ...nullableItems, description: "Regions." })
  readonly regions?: Values;

  @Field(() => [String], { ...nullableItems, description: "Services of the cloud." })
  readonly serviceNames?: Values;

  @Field(() => [ResourceTypeFilter], { nullable: true, description: "Types of resource." })
  readonly resourceTypes?: Nullable<readonly ResourceTypeFilter[]>;

  @Field(() => [String], { ...nullableItems, description: "Kinds of Kubernetes objects that created the resource." })
  readonly createdByKinds?: Values;

  @Field(() => [String], { ...nullableItems, description: "Names of Kubernetes objects that created the resource." })
  readonly createdByNames?: Values;

  @Field(() => [String], { ...nullableItems, description: "Kubernetes namespaces." })
  readonly k8sNamespaces?: Values;

  @Field(() => [String], { ...nullableItems, description: "Kubernetes nodes." })
  readonly k8sNodes?: Values;

  @Field(() => [String], { ...nullableItems, description: "Kubernetes services." })
  readonly k8sServices?: Values;

  @Field(() => [String], {
    ...nullableItems,
    description: "Resources with any of these tag keys; null = with no tag at all.",
  })
  readonly tags?: Values;

  @Field(() => [String], {
    ...nullableItems,
    description: "Resources that lack at least one of these tag keys; null = with some tag.",
  })
  readonly withoutTags?: Values;

  @Field(() => [String], {
    ...nullableItems,
    description:
      "Where traffic came from: `region:cloud_type` such as `eu-west-1:aws_cnr`, or `ANY`; null = resources without a cloud id.",
  })
  readonly trafficFrom?: Values;

  @Field(() => [String], {
    ...nullableItems,
    description:
      "Where traffic went to: `region:cloud_type` such as `eu-west-1:aws_cnr`, or `ANY`; null = resources without a cloud id.",
  })
  readonly trafficTo?: Values;

  @Field(() => [ID], { nullable: true, description: "Resources, by id." })
  readonly resourceIds?: Nullable<readonly string[]>;

  @Field(() => Boolean, { nullable: true, description: "Whether the resource still exists in the cloud." })
  readonly active?: Nullable<boolean>;

  @Field(() => Boolean, { nullable: true, description: "Whether the latest recommendations name the resource." })
  readonly recommendations?: Nullable<boolean>;

  @Field(() => Boolean, { nullable: true, description: "Whether the resource breaks a constraint." })
  readonly constraintViolated?: Nullable<boolean>;

  @Field(() => String, {
    nullable: true,
    description: "Text in the name, in any letter case; `*` any run of characters, `?` zero or one.",
  })
  readonly nameLike?: Nullable<string>;

  @Field(() => String, {
    nullable: true,
    description: "Text in the cloud's id, in any letter case; `*` any run of characters, `?` zero or one.",
  })
  readonly cloudResourceIdLike?: Nullable<string>;
}
