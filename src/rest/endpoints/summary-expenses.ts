import { permittedOrganization } from "../authorization.js";
import type { Endpoint } from "../endpoint.js";
import { expenseFilters, format } from "../expense-parameters.js";
import { scopeOfArguments } from "../expense-scope.js";
import { expenseFormat, objectAnswer } from "../expenses-answer.js";
import { readArguments } from "../parameters.js";
import { summaryExample, summarySchema } from "../schemas/summary.js";
import { cleanExpenses } from "./clean-expenses.js";

export const summaryExpenses: Endpoint = {
  path: "/organizations/{organization_id}/summary_expenses",
  segments: cleanExpenses.segments,
  name: "summaryExpenses",
  summary: "Totals of the expenses",
  description: "Kubernetes costs are not part of it.",
  access: "token or secret",
  parameters: [...expenseFilters, format],
  refusesOthers: true,
  errors: cleanExpenses.errors,
  answer: {
    description: "Count, cost and possible saving of all matches.",
    schema: summarySchema,
    example: summaryExample,
    ...(cleanExpenses.answer.others && { others: cleanExpenses.answer.others }),
  },
  async handle({ services, principal, segments, query, signal }) {
    const organizationId = segments.organization_id as string;
    const organization = await permittedOrganization(services, principal, organizationId);
    const args = readArguments(query, summaryExpenses);
    const scope = await scopeOfArguments(services, organizationId, organization, args);
    const chosen = expenseFormat(args.texts.format);
    const totals = await services.expenses.totals(scope, { signal, as: "summary" });
    return objectAnswer(chosen, {
      start_date: scope.window.start,
      end_date: scope.window.end,
      total_count: totals.count,
      total_cost: totals.cost,
      total_saving: totals.saving,
    });
  },
};
