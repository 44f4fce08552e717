import { z } from "zod";
import { cloudType, ids, money, seconds } from "./shared.js";

const happened = seconds.nullable().describe("Seconds since the epoch, UTC; null or 0 = never.");

export const cloudAccountSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  type: cloudType,
  organization_id: z.string(),
  config: z.null().describe("Never shown."),
  cost_model_id: z.string().nullable(),
  auto_import: z.boolean(),
  import_period: z.int().describe("Hours."),
  last_import_at: happened,
  last_import_modified_at: happened,
  account_id: z.string().nullable().describe("The cloud's own id of the account."),
  process_recommendations: z.boolean(),
  last_import_attempt_at: happened,
  last_import_attempt_error: z.string().nullable(),
  last_getting_metrics_at: happened,
  last_getting_metric_attempt_at: happened,
  last_getting_metric_attempt_error: z.string().nullable(),
  cleaned_at: happened,
  parent_id: z.string().nullable(),
  created_at: seconds,
  deleted_at: seconds,
  details: z
    .strictObject({
      cost: money.describe("Of the running month."),
      forecast: money,
      last_month_cost: money,
      tracked: z.int().optional().describe("In lists: resources seen in the running month."),
      resources: z.int().optional().describe("Of one account: resources seen in the running month."),
      discovery_infos: z.null().describe("Not known."),
    })
    .optional(),
});

export const cloudAccountsSchema = z.strictObject({ cloud_accounts: z.array(cloudAccountSchema) });

export const cloudAccountExample = {
  id: ids.account,
  name: "Acme production",
  type: "aws_cnr",
  organization_id: ids.organization,
  config: null,
  cost_model_id: null,
  auto_import: true,
  import_period: 1,
  last_import_at: 1643673600,
  last_import_modified_at: 1643673600,
  account_id: "000000000000",
  process_recommendations: true,
  last_import_attempt_at: 1643673600,
  last_import_attempt_error: null,
  last_getting_metrics_at: 0,
  last_getting_metric_attempt_at: 0,
  last_getting_metric_attempt_error: null,
  cleaned_at: 0,
  parent_id: null,
  created_at: 1640995200,
  deleted_at: 0,
};
