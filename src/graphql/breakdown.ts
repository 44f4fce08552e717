import { Ctx, Field, FieldResolver, Float, ObjectType, Resolver, Root } from "type-graphql";
import type { ResourceKind as ResourceKindName } from "../expenses/filter.js";
import type {
  Breakdown as BreakdownFigures,
  BreakdownDimension as Dimension,
  BreakdownGroup as GroupFigures,
} from "../expenses/source.js";
import type { EpochSeconds } from "../time.js";
import type { RequestContext } from "./context.js";
import { DailyCost } from "./daily-cost.js";
import { BreakdownDimension, ResourceKind } from "./enums.js";
import { type Loaders, ownedBy } from "./loaders.js";
import { Timestamp } from "./timestamp.js";

/** A group together with what its key means and whose it is, so that the key can be given a name. */
export interface BreakdownGroupOf extends GroupFigures {
  readonly by: Dimension;
  readonly organizationId: string;
}

export interface BreakdownOf extends Omit<BreakdownFigures, "groups"> {
  readonly by: Dimension;
  readonly groups: readonly BreakdownGroupOf[];
}

export function breakdownOf(figures: BreakdownFigures, by: Dimension, organizationId: string): BreakdownOf {
  return { ...figures, by, groups: figures.groups.map((group) => ({ ...group, by, organizationId })) };
}

@ObjectType({ description: "What the expenses that share one value of an attribute cost.", simpleResolvers: true })
export class BreakdownGroup {
  @Field(() => String, {
    nullable: true,
    description: "The attribute's value, an id where it refers to something; null = absent.",
  })
  readonly key!: string | null;

  @Field(() => ResourceKind, {
    nullable: true,
    description: "By RESOURCE_TYPE, which kind of resource the group holds, since kinds can share a type; else null.",
  })
  readonly kind!: ResourceKindName | null;

  @Field(() => Float, { description: "Cost in the window." })
  readonly total!: number;

  @Field(() => Float, { description: "Cost in the preceding window of equal length." })
  readonly previousTotal!: number;

  @Field(() => [DailyCost], { description: "Cost a UTC day, in order of time; days without cost are left out." })
  readonly daily!: DailyCost[];
}

@ObjectType({ description: "Expenses grouped by one attribute.", simpleResolvers: true })
export class Breakdown {
  @Field(() => BreakdownDimension, { description: "The attribute that expenses are grouped by." })
  readonly by!: Dimension;

  @Field(() => Float, { description: "Cost in the window, widened to whole UTC days." })
  readonly total!: number;

  @Field(() => Float, { description: "Cost in the preceding window of equal length." })
  readonly previousTotal!: number;

  @Field(() => [BreakdownGroup], { description: "The groups, dearest first." })
  readonly groups!: BreakdownGroup[];
}

@Resolver(() => Breakdown)
export class BreakdownResolver {
  @FieldResolver(() => Timestamp, {
    description: "First second of the preceding window, which ends as this one starts.",
  })
  previousStartDate(@Root() { previous }: BreakdownOf): EpochSeconds {
    return previous.start;
  }
}

@Resolver(() => BreakdownGroup)
export class BreakdownGroupResolver {
  @FieldResolver(() => String, {
    description: "The group in words: the name of what the key refers to, else the key itself; never empty.",
  })
  async label(@Root() group: BreakdownGroupOf, @Ctx() { loaders }: RequestContext): Promise<string> {
    if (group.key === null) return absent[group.by];
    const named = await referredTo(group, loaders);
    if (named) return named.name;
    const label = group.key === "" ? "(empty)" : group.key;
    return group.kind === undefined || group.kind === "REGULAR" ? label : `${label} (${group.kind.toLowerCase()})`;
  }
}

const absent: Readonly<Record<Dimension, string>> = {
  CLOUD_ACCOUNT: "(no cloud account)",
  POOL: "(no pool)",
  OWNER: "(no owner)",
  SERVICE_NAME: "(no service)",
  REGION: "(no region)",
  RESOURCE_TYPE: "(no type)",
  K8S_NODE: "(no node)",
  K8S_NAMESPACE: "(no namespace)",
  K8S_SERVICE: "(no Kubernetes service)",
};

async function referredTo({ by, key, organizationId }: BreakdownGroupOf, loaders: Loaders) {
  if (key === null) return null;
  if (by === "CLOUD_ACCOUNT") return ownedBy(await loaders.cloudAccounts.load(key), organizationId);
  if (by === "POOL") return ownedBy(await loaders.pools.load(key), organizationId);
  if (by === "OWNER") return ownedBy(await loaders.employees.load(key), organizationId);
  return null;
}
