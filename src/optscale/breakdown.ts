import { z } from "zod";
import type { ResourceKind } from "../expenses/filter.js";
import type { Breakdown, BreakdownDimension, BreakdownGroup } from "../expenses/source.js";

/** What v2 calls a dimension (contract §12.3). */
export const parameterOfDimension: Readonly<Record<BreakdownDimension, string>> = {
  CLOUD_ACCOUNT: "cloud_account_id",
  POOL: "pool_id",
  OWNER: "employee_id",
  SERVICE_NAME: "service_name",
  REGION: "region",
  RESOURCE_TYPE: "resource_type",
  K8S_NODE: "k8s_node",
  K8S_NAMESPACE: "k8s_namespace",
  K8S_SERVICE: "k8s_service",
};

/** The answer of `breakdown_expenses`. */
export const breakdownExpenses = z.object({
  start_date: z.number(),
  end_date: z.number(),
  total: z.number(),
  previous_total: z.number(),
  previous_range_start: z.number(),
  breakdown: z.record(z.string(), z.record(z.string(), z.looseObject({ cost: z.number() }))),
  counts: z.record(z.string(), z.looseObject({ total: z.number(), previous_total: z.number() })),
});

type Answer = z.output<typeof breakdownExpenses>;

export function breakdownOf(answer: Answer, by: BreakdownDimension | null): Breakdown {
  const daily = new Map<string, { date: number; cost: number }[]>();
  const days = Object.entries(answer.breakdown).sort(([one], [other]) => Number(one) - Number(other));
  for (const [day, costs] of days) {
    for (const [key, { cost }] of Object.entries(costs)) {
      const known = daily.get(key);
      const entry = { date: Number(day), cost };
      if (known) known.push(entry);
      else daily.set(key, [entry]);
    }
  }
  const groups = Object.entries(answer.counts).map(
    ([key, { total, previous_total }]): BreakdownGroup => ({
      ...meaningOf(key, by),
      total,
      previousTotal: previous_total,
      daily: daily.get(key) ?? [],
    }),
  );
  return {
    window: { start: answer.start_date, end: answer.end_date },
    previous: { start: answer.previous_range_start, end: answer.start_date - 1 },
    total: answer.total,
    previousTotal: answer.previous_total,
    groups: groups.sort((one, other) => other.total - one.total || compareKeys(one, other)),
  };
}

/** v2 writes a missing value as the word `null`, and the kind behind the name of a type. */
function meaningOf(key: string, by: BreakdownDimension | null): { key: string | null; kind?: ResourceKind } {
  if (by !== "RESOURCE_TYPE") return { key: key === "null" ? null : key };
  const [, name, kind] = /^([\s\S]*):(cluster|environment)$/.exec(key) ?? [];
  if (name !== undefined && kind !== undefined) return { key: name, kind: kind.toUpperCase() as ResourceKind };
  return { key: key === "null" ? null : key, kind: "REGULAR" };
}

function compareKeys(one: BreakdownGroup, other: BreakdownGroup): number {
  if (one.key === null || other.key === null) return Number(one.key === null) - Number(other.key === null);
  if (one.key !== other.key) return one.key < other.key ? -1 : 1;
  return (one.kind ?? "") < (other.kind ?? "") ? -1 : 1;
}
