import type { CloudAccount, Employee, Pool } from "../accounts/accounts.js";
import { NIL } from "../expenses/filter.js";
import type { Entity, EntityExpense, EntityGroup } from "../expenses/resource-facts.js";
import type { Services } from "../services.js";
import type { EntityWindow } from "./entity-window.js";

/** One thing that costs are grouped by, as v2 shows it. */
type Info = Readonly<Record<string, unknown>> & { readonly id: string };

/** v2's words for a value that is missing. */
const NOT_SET = "(not set)";

/** How the costs of an account, pool or owner are grouped: the key of the list in the answer, and who its items are. */
export interface Grouping {
  readonly key: string;
  readonly by: EntityGroup | null;
  groupOf(expense: EntityExpense): string | null;
  /** Undefined leaves the cost out of the answer, totals included. */
  info(group: string | null): Info | undefined;
}

export function byAccount(accounts: readonly CloudAccount[]): Grouping {
  const infos = new Map(accounts.map(({ id, name, type }) => [id, { id, name, type: type.toLowerCase() }]));
  return {
    key: "cloud",
    by: null,
    groupOf: ({ cloudAccountId }) => cloudAccountId,
    info: (id) => (id === null ? undefined : infos.get(id)),
  };
}

export function byPool(pools: readonly Pool[]): Grouping {
  const infos = new Map(pools.map(({ id, name, purpose }) => [id, { id, name, purpose: purpose.toLowerCase() }]));
  return {
    key: "pool",
    by: "POOL",
    groupOf: ({ group }) => group,
    info: (id) => (id === null ? { id: NIL, name: NOT_SET, purpose: NOT_SET } : infos.get(id)),
  };
}

export function byOwner(owners: readonly Employee[]): Grouping {
  const infos = new Map(owners.map(({ id, name }) => [id, { id, name }]));
  return {
    key: "employee",
    by: "OWNER",
    groupOf: ({ group }) => group,
    info: (id) => (id === null ? { id: NIL, name: NOT_SET } : infos.get(id)),
  };
}

export function byAttribute(key: string, by: EntityGroup): Grouping {
  return {
    key,
    by,
    groupOf: ({ group }) => group,
    info: (name) => (name === null ? { id: NIL, name: NOT_SET } : { id: name, name }),
  };
}

/**
 * v2's `expenses` object: totals of the window and the one before, costs per day, and, where they are grouped, the
 * groups that cost something, dearest first.
 * @param about what the report is about: `id`, `name`, and `type` of an account
 */
export async function entityReport(
  { resourceFacts }: Services,
  about: Readonly<Record<string, unknown>>,
  entity: Entity,
  accounts: readonly CloudAccount[],
  { window, previousStart }: EntityWindow,
  grouping: Grouping | null,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const read = { start: previousStart, end: window.end };
  const expenses = await resourceFacts.entityExpenses(entity, accounts, read, grouping?.by ?? null, { signal });
  const totals = { total: 0, previous_total: 0 };
  const days = new Map<number, Map<string, number>>();
  const groups = new Map<string, { info: Info; total: number; previous_total: number }>();
  for (const expense of expenses) {
    const info = grouping ? grouping.info(grouping.groupOf(expense)) : { id: "" };
    if (info === undefined) continue;
    const group = groups.get(info.id) ?? { info, total: 0, previous_total: 0 };
    groups.set(info.id, group);
    const part = expense.date >= window.start ? "total" : "previous_total";
    totals[part] += expense.cost;
    group[part] += expense.cost;
    if (part === "previous_total") continue;
    const day = days.get(expense.date) ?? new Map<string, number>();
    days.set(expense.date, day);
    day.set(info.id, (day.get(info.id) ?? 0) + expense.cost);
  }
  const dayEntries = [...days].map(([date, day]): [number, unknown] => [
    date,
    grouping
      ? [...day].map(([id, expense]) => ({ ...(groups.get(id)?.info as Info), expense }))
      : [...day.values()].reduce((sum, cost) => sum + cost, 0),
  ]);
  return {
    ...totals,
    previous_range_start: previousStart,
    ...about,
    breakdown: Object.fromEntries(dayEntries),
    ...(grouping && {
      [grouping.key]: [...groups.values()]
        .filter(({ total }) => total !== 0)
        .sort((one, other) => other.total - one.total)
        .map(({ info, ...sums }) => ({ ...info, ...sums })),
    }),
  };
}
