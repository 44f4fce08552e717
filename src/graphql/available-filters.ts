import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from "type-graphql";
import type {
  CloudAccount as CloudAccountRow,
  Employee as EmployeeRow,
  Pool as PoolRow,
} from "../accounts/accounts.js";
import type { ResourceKind as ResourceKindName } from "../expenses/filter.js";
import type { AvailableValues, ValueOfCloud } from "../expenses/source.js";
import { CloudAccount } from "./cloud-account.js";
import type { RequestContext } from "./context.js";
import { Employee } from "./employee.js";
import { ResourceKind } from "./enums.js";
import { ownedBy } from "./loaders.js";
import { Pool } from "./pool.js";

@ObjectType({ description: "A type of resource that occurs.", simpleResolvers: true })
export class ResourceTypeValue {
  @Field(() => String, { description: "Name of the type." })
  readonly name!: string;

  @Field(() => ResourceKind, { description: "Which kind of resource has it." })
  readonly kind!: ResourceKindName;
}

export interface AvailableValuesOf extends AvailableValues {
  readonly organizationId: string;
}

@ObjectType({
  description:
    "The values that occur among the matching rows, to filter further by. A null in a list means that some row lacks the attribute.",
  simpleResolvers: true,
})
export class AvailableFilters {
  @Field(() => [ResourceTypeValue], { description: "Types of resource." })
  readonly resourceTypes!: ResourceTypeValue[];

  @Field(() => [String], { description: "Tag keys." })
  readonly tags!: string[];
}

const nullableItems = { nullable: "items" } as const;

@Resolver(() => AvailableFilters)
export class AvailableFiltersResolver {
  @FieldResolver(() => [CloudAccount], { description: "Cloud accounts, by name." })
  async cloudAccounts(
    @Root() { cloudAccountIds, organizationId }: AvailableValuesOf,
    @Ctx() { loaders }: RequestContext,
  ): Promise<CloudAccountRow[]> {
    return named(await loaders.cloudAccounts.loadMany(cloudAccountIds), organizationId);
  }

  @FieldResolver(() => [Pool], { description: "Pools, by name." })
  async pools(
    @Root() { poolIds, organizationId }: AvailableValuesOf,
    @Ctx() { loaders }: RequestContext,
  ): Promise<PoolRow[]> {
    return named(await loaders.pools.loadMany(known(poolIds)), organizationId);
  }

  @FieldResolver(() => [Employee], { description: "Owners, by name." })
  async owners(
    @Root() { ownerIds, organizationId }: AvailableValuesOf,
    @Ctx() { loaders }: RequestContext,
  ): Promise<EmployeeRow[]> {
    return named(await loaders.employees.loadMany(known(ownerIds)), organizationId);
  }

  @FieldResolver(() => [String], { ...nullableItems, description: "Regions." })
  regions(@Root() { regions }: AvailableValuesOf): (string | null)[] {
    return distinct(regions);
  }

  @FieldResolver(() => [String], { ...nullableItems, description: "Services of the clouds." })
  serviceNames(@Root() { serviceNames }: AvailableValuesOf): (string | null)[] {
    return distinct(serviceNames);
  }

  @FieldResolver(() => [String], { ...nullableItems, description: "Kubernetes namespaces." })
  k8sNamespaces(@Root() { k8sNamespaces }: AvailableValuesOf): (string | null)[] {
    return distinct(k8sNamespaces);
  }

  @FieldResolver(() => [String], { ...nullableItems, description: "Kubernetes nodes." })
  k8sNodes(@Root() { k8sNodes }: AvailableValuesOf): (string | null)[] {
    return distinct(k8sNodes);
  }

  @FieldResolver(() => [String], { ...nullableItems, description: "Kubernetes services." })
  k8sServices(@Root() { k8sServices }: AvailableValuesOf): (string | null)[] {
    return distinct(k8sServices);
  }
}

/** Each value once: the same region of two clouds is one choice here. */
function distinct(values: readonly ValueOfCloud[]): (string | null)[] {
  return [...new Set(values.map(({ value }) => value))];
}

function known(ids: readonly (string | null)[]): string[] {
  return ids.filter((id) => id !== null);
}

/** The live objects of the organization, by name. A loader's failure is the field's. */
function named<Row extends { readonly name: string; readonly organizationId: string }>(
  found: readonly (Row | Error | null)[],
  organizationId: string,
): Row[] {
  const rows: Row[] = [];
  for (const row of found) {
    if (row instanceof Error) throw row;
    const owned = ownedBy(row, organizationId);
    if (owned) rows.push(owned);
  }
  return rows.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
