import { CATALOGUE, type ResourceKind } from "./catalogue.js";
import { Dice, demoHex, demoId } from "./identity.js";
import { accountId, DEMO_OWNERS, DEMO_POOLS, ownerId, poolId } from "./organization.js";
import { DEMO_DAYS, type DemoResource, type DemoTime, machineMeta, type PricePlan, seen } from "./plan.js";

/**
 * The many resources of the catalogue.
 * @param scale the share of them to make; at least one of each kind is made
 */
export function catalogueResources(time: DemoTime, scale: number): DemoResource[] {
  return CATALOGUE.flatMap((kind) =>
    Array.from({ length: Math.max(1, Math.round(kind.count * scale)) }, (_, index) =>
      catalogueResource(kind, index, time),
    ),
  );
}

function catalogueResource(kind: ResourceKind, index: number, time: DemoTime): DemoResource {
  const key = `${kind.cloud}/${kind.name}/${index}`;
  const dice = new Dice(key);
  const pool = dice.pick(kind.pools);
  const flavor = kind.flavors && dice.pick(kind.flavors);
  const plan: PricePlan = {
    price: flavor ? flavor.hourly * 24 : dice.price(...kind.price),
    ...lifetime(kind, dice),
    weekend: kind.weekend,
    growth: kind.growth,
    noise: flavor ? 0.02 : 0.12,
  };
  const slug = pool.toLowerCase().replaceAll(" ", "-");
  const isAlive = plan.lastDay === DEMO_DAYS - 1;
  const document = {
    id: demoId(`resource/${key}`),
    cloud_account_id: accountId(kind.cloud),
    cloud_resource_id: cloudResourceId(kind, key),
    name: `${slug}-${kind.name}-${String(index + 1).padStart(3, "0")}`,
    resource_type: kind.type,
    service_name: kind.service,
    region: dice.pick(kind.regions),
    pool_id: dice.chance(0.05) ? null : poolId(pool),
    employee_id: owner(pool, dice),
    ...seen(plan, time, dice),
    active: isAlive,
    tags: tags(slug, dice),
    meta: flavor ? machineMeta(flavor) : {},
    constraint_violated: isAlive && dice.chance(0.012),
    ...(kind.advice && isAlive && dice.chance(0.07) && recommendations(kind.advice, plan, time)),
  };
  return { document, plan };
}

function lifetime({ churn }: ResourceKind, dice: Dice): Pick<PricePlan, "firstDay" | "lastDay"> {
  const last = DEMO_DAYS - 1;
  if (!dice.chance(churn)) return { firstDay: 0, lastDay: last };
  return dice.chance(0.55)
    ? { firstDay: dice.integer(2, last - 3), lastDay: last }
    : { firstDay: 0, lastDay: dice.integer(3, last - 2) };
}

function owner(pool: string, dice: Dice): string | null {
  if (dice.chance(0.08)) return null;
  const ownerOfPool = DEMO_POOLS.find(({ name }) => name === pool)?.owner;
  return ownerId(ownerOfPool !== undefined && dice.chance(0.7) ? ownerOfPool : dice.pick(DEMO_OWNERS));
}

function tags(team: string, dice: Dice): Record<string, string> {
  if (dice.chance(0.12)) return {};
  return {
    team,
    ...(dice.chance(0.85) && { env: dice.pick(["production", "staging", "development"]) }),
    ...(dice.chance(0.4) && { "cost-center": `cc-${dice.integer(1, 6) * 100}` }),
    ...(dice.chance(0.3) && { "managed-by": "terraform" }),
  };
}

function recommendations(advice: { module: string; share: number }, { price }: PricePlan, { recommendedAt }: DemoTime) {
  const saving = Math.round(price * 30 * advice.share * 100) / 100;
  return { recommendations: { run_timestamp: recommendedAt, modules: [{ name: advice.module, saving }] } };
}

const AWS_ID_PREFIXES: Readonly<Record<string, string>> = {
  Instance: "i-0",
  Volume: "vol-0",
  Snapshot: "snap-0",
  "IP Address": "eipalloc-0",
  "NAT Gateway": "nat-0",
};

function cloudResourceId({ cloud, service, type, name }: ResourceKind, key: string): string {
  if (cloud === "gcp") return String(BigInt(`0x${demoHex(key, 15)}`));
  if (cloud === "azure")
    return `/subscriptions/${demoId("azure")}/providers/${service.toLowerCase()}/${name}/${demoHex(key, 12)}`;
  const prefix = AWS_ID_PREFIXES[type];
  return prefix === undefined ? `acme-${name}-${demoHex(key, 8)}` : `${prefix}${demoHex(key, 16)}`;
}
