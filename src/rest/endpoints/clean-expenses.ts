import { permittedOrganization } from "../authorization.js";
import { type CleanRow, cleanRows, usualCleanRow } from "../clean-rows.js";
import { type Answer, CSV_TYPE, type Endpoint, type RestRequest, XLSX_TYPE } from "../endpoint.js";
import { RestError } from "../errors.js";
import { expenseFilters, field, format, limit } from "../expense-parameters.js";
import { scopeOfArguments } from "../expense-scope.js";
import { expenseFormat, rowsAnswer } from "../expenses-answer.js";
import { joinedK8sCosts, K8S_COSTS_HEADER, K8S_COSTS_MISSING_HEADER, k8sCostsStates } from "../k8s-costs.js";
import { readArguments } from "../parameters.js";
import { withFields } from "../row-fields.js";
import { cleanExpensesExample, cleanExpensesSchema } from "../schemas/clean-expenses.js";

const parameters = [...expenseFilters, format, limit, field];

const common = {
  access: "token or secret",
  refusesOthers: true,
  errors: [
    "OE0002",
    "OE0003",
    "OE0212",
    "OE0216",
    "OE0217",
    "OE0218",
    "OE0223",
    "OE0224",
    "OE0445",
    "OE0446",
    "OE0470",
    "OE0473",
    "OE0496",
    "OE0499",
  ],
  answer: {
    description:
      "One row a resource, or one a cluster with its members summed up, dearest first; totals are of all matches, before `limit`.",
    schema: cleanExpensesSchema,
    example: cleanExpensesExample,
    others: {
      [XLSX_TYPE]: "`format=xlsx`: the rows as a workbook, headings of nested keys above each other.",
      [CSV_TYPE]: "`format=csv`: the rows as RFC 4180, nested keys as dotted columns.",
    },
    headers: {
      [K8S_COSTS_HEADER]: {
        description:
          "How well `k8s_costs` is known. `complete`: every selected cluster answered for the whole window. `partial`: not every one did. `none`: no cluster is selected whose cost is not among the rows already. `excluded`: a filter other than `cloud_account_id` is active, by which cluster costs cannot be selected. `upstream`: the OptScale behind this service has joined them itself, and does not say what is missing.",
        schema: { type: "string", enum: k8sCostsStates },
      },
      [K8S_COSTS_MISSING_HEADER]: {
        description:
          "Only when `partial`: how many clusters are missing in `k8s_costs` because their cost is not known.",
        schema: { type: "integer", minimum: 0 },
      },
    },
  },
} as const satisfies Partial<Endpoint>;

export const cleanExpenses: Endpoint = {
  ...common,
  path: "/organizations/{organization_id}/clean_expenses",
  segments: { organization_id: "Organization." },
  name: "cleanExpenses",
  summary: "Expenses per resource",
  description:
    "Rows are resources that were seen in the window, whether they cost anything or not. The cost of Kubernetes clusters is added as `k8s_costs`, and to `total_cost`, when no filter but `cloud_account_id` is active.",
  parameters,
  handle: (request) => handle(request, request.segments.organization_id as string),
};

export const cleanExpensesOfQuery: Endpoint = {
  ...common,
  path: "/clean_expenses",
  segments: {},
  name: "cleanExpensesOfQuery",
  summary: "Expenses per resource, the organization in the query",
  description: "The same as `/organizations/{organization_id}/clean_expenses`.",
  parameters: [
    {
      kind: "text",
      anyText: true,
      required: true,
      name: "organization_id",
      description: "Organization.",
      example: "10000000-0000-4000-8000-000000000001",
    },
    ...parameters,
  ],
  handle: (request) => {
    const organizationId = request.query.last("organization_id");
    if (!organizationId) throw new RestError("OE0216", ["organization_id"]);
    request.query.remove("organization_id");
    return handle(request, organizationId);
  },
};

async function handle({ services, principal, query, signal }: RestRequest, organizationId: string): Promise<Answer> {
  const organization = await permittedOrganization(services, principal, organizationId);
  const args = readArguments(query, { parameters, refusesOthers: true });
  const scope = await scopeOfArguments(services, organizationId, organization, args);
  const chosen = expenseFormat(args.texts.format);

  const [totals, k8sCosts] = await Promise.all([
    services.expenses.totals(scope, { signal }),
    joinedK8sCosts(services, scope, signal),
  ]);
  const most = args.integers.limit;
  const onlyFields = withFields(args.lists.field);
  return rowsAnswer({
    format: chosen,
    headers: k8sCosts.headers,
    head: {
      start_date: scope.window.start,
      end_date: scope.window.end,
      total_count: totals.count,
      total_cost: totals.cost + (k8sCosts.body?.k8s_total_cost ?? 0),
      ...(most !== undefined && { limit: most }),
      ...(k8sCosts.body && { k8s_costs: k8sCosts.body }),
    },
    key: "clean_expenses",
    rows: () => mapped(cleanRows({ services, scope, limit: most, signal }), onlyFields),
    usualRow: onlyFields(usualCleanRow),
    rowCount: Math.min(totals.count, most ?? totals.count),
  });
}

async function* mapped(
  batches: AsyncIterable<CleanRow[]>,
  change: (row: CleanRow) => CleanRow,
): AsyncGenerator<CleanRow[]> {
  for await (const rows of batches) yield rows.map(change);
}
