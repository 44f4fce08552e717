import type { PoolRecord } from "../../accounts/account-records.js";
import { poolsByParent, subtree } from "../../accounts/pool-tree.js";
import type { Services } from "../../services.js";
import { now } from "../../time.js";
import { mayUserSee, permitted } from "../authorization.js";
import { type Endpoint, jsonAnswer } from "../endpoint.js";
import { RestError } from "../errors.js";
import { type MonthCosts, monthCosts, monthsAt } from "../month-costs.js";
import { readArguments } from "../parameters.js";
import { poolExample, poolSchema, poolsExample, poolsSchema } from "../schemas/pools.js";

const conditions = ["or", "and"];

export const pools: Endpoint = {
  path: "/organizations/{organization_id}/pools",
  segments: { organization_id: "Organization." },
  name: "pools",
  heading: "Accounts and pools",
  summary: "Pools of an organization",
  description: "A token that may see the organization may see all of its pools: there are no finer permissions here.",
  access: "token",
  parameters: [
    {
      kind: "list",
      name: "permission",
      description: "Accepted, and without effect.",
      example: ["MANAGE_RESOURCES"],
    },
    {
      kind: "text",
      anyText: true,
      name: "condition",
      description: "How several permissions are combined; without effect.",
      values: conditions,
      fallback: "or",
    },
  ],
  refusesOthers: false,
  errors: ["OE0002", "OE0003", "OE0217", "OE0224", "OE0378"],
  answer: { description: "The pools, in order of name.", schema: poolsSchema, example: poolsExample },
  async handle({ services, principal, segments, query }) {
    const organizationId = segments.organization_id as string;
    const { texts } = readArguments(query, pools);
    const may = await mayUserSee(principal, organizationId);
    const organization = await services.accounts.organization(organizationId);
    const found = await services.records.poolsOf(organizationId);
    if (organization === null || found.length === 0) throw new RestError("OE0002", ["Organization", organizationId]);
    if (!may) throw new RestError("OE0378");
    if (texts.condition && !conditions.includes(texts.condition)) throw new RestError("OE0217", ["condition"]);
    const owners = await ownerNames(services, found);
    const byId = new Map(found.map((pool) => [pool.id, pool]));
    return jsonAnswer({
      pools: found.map((pool) => ({
        id: pool.id,
        name: pool.name,
        limit: Number(pool.limit),
        pool_purpose: pool.purpose.toLowerCase(),
        organization_id: pool.organizationId,
        parent_id: pool.parentId,
        full_name: fullName(pool, byId),
        default_owner_id: pool.defaultOwnerId,
        default_owner_name: owners(pool),
        policies: null,
      })),
    });
  },
};

export const pool: Endpoint = {
  path: "/pools/{pool_id}",
  segments: { pool_id: "Pool." },
  name: "pool",
  heading: "Accounts and pools",
  summary: "A pool",
  access: "token or secret",
  parameters: [
    {
      kind: "flag",
      name: "details",
      description: "Adds costs and forecasts, those of the pools below included, and savings.",
      fallback: false,
    },
    { kind: "flag", name: "children", description: "Adds the pools below, at any depth.", fallback: false },
  ],
  refusesOthers: false,
  errors: ["OE0002", "OE0003", "OE0217"],
  answer: { description: "The pool.", schema: poolSchema, example: poolExample },
  async handle({ services, principal, segments, query, signal }) {
    const id = segments.pool_id as string;
    const record = await permitted(principal, "Pool", id, await services.records.pool(id));
    const { flags } = readArguments(query, pool);
    const all = await services.records.poolsOf(record.organizationId);
    const byParent = poolsByParent(all);
    const owners = await ownerNames(services, all);
    const below = subtree(record, byParent).slice(1);
    const shown = (each: PoolRecord) => ({
      id: each.id,
      name: each.name,
      limit: Number(each.limit),
      organization_id: each.organizationId,
      parent_id: each.parentId,
      purpose: each.purpose.toLowerCase(),
      default_owner_id: each.defaultOwnerId,
      default_owner_name: owners(each),
      unallocated_limit: Number((byParent.get(each.id) ?? []).reduce((left, child) => left - child.limit, each.limit)),
      created_at: each.createdAt,
      deleted_at: each.deletedAt,
    });
    if (!flags.details) {
      return jsonAnswer({ ...shown(record), ...(flags.children && { children: below.map(shown) }) });
    }
    const costs = await poolCosts(services, record, below, signal);
    const withCosts = (each: PoolRecord) => {
      const own = subtree(each, byParent).map((one) => costs.get(one.id));
      return { ...shown(each), ...summed(own), policies: null };
    };
    const { saving, count } = await recommendations(services, [record, ...below], signal);
    return jsonAnswer({
      ...withCosts(record),
      saving,
      total_recommendations: count,
      ...(flags.children && { children: below.map(withCosts) }),
    });
  },
};

/** v2 leaves the root out, except in its own name. */
function fullName(record: PoolRecord, byId: ReadonlyMap<string, PoolRecord>): string {
  const names = [record.name];
  const passed = new Set([record.id]);
  let parent = record.parentId === null ? undefined : byId.get(record.parentId);
  while (parent && parent.parentId !== null && !passed.has(parent.id)) {
    names.unshift(parent.name);
    passed.add(parent.id);
    parent = byId.get(parent.parentId);
  }
  return names.join("->");
}

async function ownerNames(
  { accounts }: Services,
  records: readonly PoolRecord[],
): Promise<(record: PoolRecord) => string | null> {
  const ids = new Set(records.flatMap(({ defaultOwnerId }) => (defaultOwnerId === null ? [] : [defaultOwnerId])));
  const owners = await accounts.employeesByIds([...ids]);
  const names = new Map(owners.map(({ id, organizationId, name }) => [`${organizationId} ${id}`, name]));
  return ({ organizationId, defaultOwnerId }) => names.get(`${organizationId} ${defaultOwnerId}`) ?? null;
}

async function poolCosts(
  services: Services,
  root: PoolRecord,
  below: readonly PoolRecord[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string | null, MonthCosts>> {
  const accounts = await services.accounts.cloudAccountsOf(root.organizationId);
  const entity = { kind: "POOL", ids: [root, ...below].map(({ id }) => id) } as const;
  return monthCosts(services, entity, accounts, monthsAt(now()), "POOL", ({ group }) => group, signal);
}

function summed(costs: readonly (MonthCosts | undefined)[]): { cost: number; forecast: number } {
  const sum = { cost: 0, forecast: 0 };
  for (const each of costs) {
    sum.cost += each?.cost ?? 0;
    sum.forecast += each?.forecast ?? 0;
  }
  return sum;
}

async function recommendations(services: Services, of: readonly PoolRecord[], signal: AbortSignal) {
  const { organizationId } = of[0] as PoolRecord;
  const [accounts, since] = await Promise.all([
    services.accounts.cloudAccountsOf(organizationId),
    services.accounts.lastCompletedChecklist(organizationId),
  ]);
  const ids = of.map(({ id }) => id);
  return services.resourceFacts.recommendationsOfPools(ids, accounts, since, { signal });
}
