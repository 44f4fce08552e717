import { organizationNotFound, permittedOrganization } from "../authorization.js";
import { type Endpoint, jsonAnswer } from "../endpoint.js";
import { entityWindow } from "../entity-window.js";
import { dates } from "../expense-parameters.js";
import { noAccounts, windowOfArguments } from "../expense-scope.js";
import { readArguments } from "../parameters.js";
import { regionExpensesExample, regionExpensesSchema } from "../schemas/region-expenses.js";

export const regionExpenses: Endpoint = {
  path: "/organizations/{organization_id}/region_expenses",
  segments: { organization_id: "Organization." },
  name: "regionExpenses",
  summary: "Expenses per region",
  description: "Regions are those in which something cost; where they lie on the map is not known here.",
  access: "token",
  parameters: dates,
  refusesOthers: false,
  errors: ["OE0002", "OE0003", "OE0216", "OE0217", "OE0223", "OE0224", "OE0445", "OE0446"],
  answer: {
    description: "Costs of each region in this window and the one before.",
    schema: regionExpensesSchema,
    example: regionExpensesExample,
  },
  async handle({ services, principal, segments, query, signal }) {
    const organizationId = segments.organization_id as string;
    const organization = await permittedOrganization(services, principal, organizationId);
    const args = readArguments(query, regionExpenses);
    if (organization === null) throw organizationNotFound(organizationId);
    const accounts = await services.accounts.cloudAccountsOf(organizationId);
    if (accounts.length === 0) throw noAccounts(organization);

    const { window, previousStart } = entityWindow(windowOfArguments(args));
    const read = { start: previousStart, end: window.end };
    const entity = { kind: "CLOUD_ACCOUNT" } as const;
    const costs = await services.resourceFacts.entityExpenses(entity, accounts, read, "REGION", { signal });
    const cloudTypes = new Map(accounts.map(({ id, type }) => [id, type.toLowerCase()]));
    const regions = new Map<string, { name: string | null; type: string; total: number; previous_total: number }>();
    const totals = { total: 0, previous_total: 0 };
    for (const { group: name, cloudAccountId, date, cost } of costs) {
      const type = cloudTypes.get(cloudAccountId) as string;
      const key = JSON.stringify([type, name]);
      const region = regions.get(key) ?? { name, type, total: 0, previous_total: 0 };
      regions.set(key, region);
      const part = date >= window.start ? "total" : "previous_total";
      region[part] += cost;
      totals[part] += cost;
    }
    return jsonAnswer({
      expenses: {
        total: Math.round(totals.total * 1e6) / 1e6,
        previous_total: totals.previous_total,
        previous_range_start: previousStart,
        regions: [...regions.values()]
          .sort((one, other) => other.total - one.total)
          .map((region) => ({ ...region, id: region.name, longitude: null, latitude: null })),
      },
    });
  },
};
