import { isTooLongToBreakDown } from "../../expenses/breakdown-limits.js";
import type { Breakdown, BreakdownDimension, BreakdownGroup, ExpenseScope } from "../../expenses/source.js";
import type { Services } from "../../services.js";
import { SECONDS_PER_DAY } from "../../time.js";
import { permittedOrganization } from "../authorization.js";
import { type Endpoint, jsonAnswer } from "../endpoint.js";
import { RestError } from "../errors.js";
import { expenseFilters } from "../expense-parameters.js";
import { scopeOfArguments, windowOfArguments } from "../expense-scope.js";
import { readArguments } from "../parameters.js";
import { breakdownExample, breakdownSchema } from "../schemas/breakdown.js";
import { cleanExpenses } from "./clean-expenses.js";

const dimensions: Readonly<Record<string, BreakdownDimension>> = {
  employee_id: "OWNER",
  pool_id: "POOL",
  cloud_account_id: "CLOUD_ACCOUNT",
  service_name: "SERVICE_NAME",
  region: "REGION",
  resource_type: "RESOURCE_TYPE",
  k8s_node: "K8S_NODE",
  k8s_namespace: "K8S_NAMESPACE",
  k8s_service: "K8S_SERVICE",
};

export const breakdownExpenses: Endpoint = {
  path: "/organizations/{organization_id}/breakdown_expenses",
  segments: cleanExpenses.segments,
  name: "breakdownExpenses",
  summary: "Expenses per day and attribute",
  description:
    "The window is widened to whole UTC days, at most 365. The previous window has the same length and ends where this one starts.",
  access: "token or secret",
  parameters: [
    ...expenseFilters,
    {
      kind: "text",
      name: "breakdown_by",
      description: "What to group by. Without it everything is one group, `null`.",
      values: Object.keys(dimensions),
      example: "service_name",
    },
  ],
  refusesOthers: true,
  errors: [...cleanExpenses.errors.filter((code) => code !== "OE0473"), "OE0515"],
  answer: {
    description: "Costs per day of the window, and totals of both windows.",
    schema: breakdownSchema,
    example: breakdownExample,
  },
  async handle({ services, principal, segments, query, signal }) {
    const organizationId = segments.organization_id as string;
    const organization = await permittedOrganization(services, principal, organizationId);
    const args = readArguments(query, breakdownExpenses);
    const by = args.texts.breakdown_by;
    if (by !== undefined && !Object.hasOwn(dimensions, by)) throw new RestError("OE0217", ["breakdown_by"]);
    const scope = await scopeOfArguments(services, organizationId, organization, args, () => {
      if (isTooLongToBreakDown(windowOfArguments(args))) throw new RestError("OE0515");
    });
    const dimension = by === undefined ? null : (dimensions[by] as BreakdownDimension);
    const breakdown = await services.expenses.breakdown(scope, dimension, { signal });
    const entity = await entityOf(services, scope, dimension);
    return jsonAnswer({
      counts: countsOf(breakdown, entity),
      breakdown: daysOf(breakdown, entity),
      start_date: breakdown.window.start,
      end_date: breakdown.window.end,
      total: breakdown.total,
      previous_total: breakdown.previousTotal,
      previous_range_start: breakdown.previous.start,
      ...(by !== undefined && { breakdown_by: by }),
    });
  },
};

type Describe = (key: string | null) => Record<string, unknown>;

function countsOf({ groups }: Breakdown, entity: Describe): Record<string, unknown> {
  return Object.fromEntries(
    groups.map((group) => [
      keyOf(group),
      { total: group.total, previous_total: group.previousTotal, ...entity(group.key) },
    ]),
  );
}

function daysOf({ window, groups }: Breakdown, entity: Describe): Record<string, unknown> {
  const days = new Map<number, [string, unknown][]>();
  for (let day = window.start; day <= window.end; day += SECONDS_PER_DAY) days.set(day, []);
  for (const group of groups) {
    for (const { date, cost } of group.daily) days.get(date)?.push([keyOf(group), { cost, ...entity(group.key) }]);
  }
  return Object.fromEntries([...days].map(([day, costs]) => [day, Object.fromEntries(costs)]));
}

/** v2 writes a missing value as the word `null`, and says of which kind the resources of a type are. */
function keyOf({ key, kind }: BreakdownGroup): string {
  if (kind === "CLUSTER" || kind === "ENVIRONMENT") return `${key}:${kind.toLowerCase()}`;
  return String(key);
}

async function entityOf(
  { accounts }: Services,
  scope: ExpenseScope,
  dimension: BreakdownDimension | null,
): Promise<Describe> {
  const described = new Map<string | null, Record<string, unknown>>();
  if (dimension === "CLOUD_ACCOUNT") {
    for (const { id, name, type } of scope.accounts) described.set(id, { id, name, type: type.toLowerCase() });
  } else if (dimension === "POOL") {
    for (const { id, name, purpose } of await accounts.poolsOf(scope.organization.id)) {
      described.set(id, { id, name, purpose: purpose.toLowerCase() });
    }
  } else if (dimension === "OWNER") {
    for (const { id, name } of await accounts.employeesOf(scope.organization.id)) described.set(id, { id, name });
  }
  return (key) => described.get(key) ?? {};
}
