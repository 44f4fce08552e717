import type { CloudAccountRecord } from "../../accounts/account-records.js";
import type { CloudAccount } from "../../accounts/accounts.js";
import type { Services } from "../../services.js";
import { now } from "../../time.js";
import { organizationNotFound, permitted, permittedOrganization } from "../authorization.js";
import { type Endpoint, jsonAnswer } from "../endpoint.js";
import { RestError } from "../errors.js";
import { monthCosts, monthsAt } from "../month-costs.js";
import { type FlagParameter, readArguments } from "../parameters.js";
import { cloudAccountExample, cloudAccountSchema, cloudAccountsSchema } from "../schemas/cloud-accounts.js";
import { cloudType } from "../schemas/shared.js";

const details: FlagParameter = {
  kind: "flag",
  name: "details",
  description: "Adds costs, forecast and number of resources.",
  fallback: false,
};

export const cloudAccounts: Endpoint = {
  path: "/organizations/{organization_id}/cloud_accounts",
  segments: { organization_id: "Organization." },
  name: "cloudAccounts",
  heading: "Accounts and pools",
  summary: "Cloud accounts of an organization",
  description: "Never any credentials, whoever asks.",
  access: "token or secret",
  parameters: [
    details,
    {
      kind: "flag",
      name: "only_linked",
      description: "Only accounts that are known to be billed with another one.",
    },
    { kind: "text", anyText: true, name: "type", description: "Only this kind of cloud.", values: cloudType.options },
    {
      kind: "flag",
      name: "auto_import",
      description: "Only accounts with (true) or without (false) automatic import.",
    },
    {
      kind: "flag",
      name: "process_recommendations",
      description: "Only accounts with (true) or without (false) recommendations.",
    },
  ],
  refusesOthers: false,
  errors: ["OE0002", "OE0003", "OE0217"],
  answer: {
    description: "The accounts, in order of name.",
    schema: cloudAccountsSchema,
    example: { cloud_accounts: [cloudAccountExample] },
  },
  async handle({ services, principal, segments, query, signal }) {
    const organizationId = segments.organization_id as string;
    const organization = await permittedOrganization(services, principal, organizationId);
    const { flags, texts } = readArguments(query, cloudAccounts);
    if (organization === null) throw organizationNotFound(organizationId);
    if (texts.type !== undefined && !(cloudType.options as readonly string[]).includes(texts.type)) {
      throw new RestError("OE0217", ["type"]);
    }
    const wanted = (asked: boolean | undefined, has: boolean) => asked === undefined || asked === has;
    const records = (await services.records.cloudAccountsOf(organizationId)).filter(
      (record) =>
        (texts.type === undefined || record.type.toLowerCase() === texts.type) &&
        (!flags.only_linked || record.linked === true) &&
        wanted(flags.auto_import, record.autoImport) &&
        wanted(flags.process_recommendations, record.processRecommendations),
    );
    const found = flags.details ? await detailsOf(services, organizationId, signal) : undefined;
    return jsonAnswer({
      cloud_accounts: records.map((record) => {
        const { resources, ...rest } = found?.(record.id) ?? {};
        return { ...shown(record), ...(found && { details: { ...rest, tracked: resources } }) };
      }),
    });
  },
};

export const cloudAccount: Endpoint = {
  path: "/cloud_accounts/{cloud_account_id}",
  segments: { cloud_account_id: "Cloud account." },
  name: "cloudAccount",
  heading: "Accounts and pools",
  summary: "A cloud account",
  description: "Never any credentials, whoever asks.",
  access: "token or secret",
  parameters: [details],
  refusesOthers: false,
  errors: ["OE0002", "OE0003", "OE0217"],
  answer: { description: "The account.", schema: cloudAccountSchema, example: cloudAccountExample },
  async handle({ services, principal, segments, query, signal }) {
    const id = segments.cloud_account_id as string;
    const record = await services.records.cloudAccount(id);
    if (principal.kind === "user") await permitted(principal, "CloudAccount", id, record);
    const { flags } = readArguments(query, cloudAccount);
    const account = await permitted(principal, "CloudAccount", id, record);
    if (!flags.details) return jsonAnswer(shown(account));
    const found = await detailsOf(services, account.organizationId, signal);
    return jsonAnswer({ ...shown(account), details: found(account.id) });
  },
};

/** Costs and number of resources in this month, of any account of the organization. */
async function detailsOf(
  services: Services,
  organizationId: string,
  signal: AbortSignal,
): Promise<(accountId: string) => Record<string, unknown>> {
  const accounts: readonly CloudAccount[] = await services.accounts.cloudAccountsOf(organizationId);
  const months = monthsAt(now());
  const [costs, counts] = await Promise.all([
    monthCosts(
      services,
      { kind: "CLOUD_ACCOUNT" },
      accounts,
      months,
      null,
      ({ cloudAccountId }) => cloudAccountId,
      signal,
    ),
    services.resourceFacts.resourceCounts(accounts, { start: months.start, end: months.now }, { signal }),
  ]);
  return (id) => {
    const { cost, lastMonthCost, forecast } = costs.get(id) ?? { cost: 0, lastMonthCost: 0, forecast: 0 };
    return {
      cost,
      forecast,
      last_month_cost: lastMonthCost,
      resources: counts.get(id) ?? 0,
      // Discovery is another service's business.
      discovery_infos: null,
    };
  };
}

function shown(record: CloudAccountRecord) {
  return {
    id: record.id,
    name: record.name,
    type: record.type.toLowerCase(),
    organization_id: record.organizationId,
    // It holds credentials, and what of it is none cannot be told.
    config: null,
    cost_model_id: record.costModelId,
    auto_import: record.autoImport,
    import_period: record.importPeriod,
    last_import_at: record.lastImportAt,
    last_import_modified_at: record.lastImportModifiedAt,
    account_id: record.accountId,
    process_recommendations: record.processRecommendations,
    last_import_attempt_at: record.lastImportAttemptAt,
    last_import_attempt_error: record.lastImportAttemptError,
    last_getting_metrics_at: record.lastGettingMetricsAt,
    last_getting_metric_attempt_at: record.lastGettingMetricAttemptAt,
    last_getting_metric_attempt_error: record.lastGettingMetricAttemptError,
    cleaned_at: record.cleanedAt,
    parent_id: record.parentId,
    created_at: record.createdAt,
    deleted_at: record.deletedAt,
  };
}
