import { z } from "zod";

/** Keys that are not named here may come too: rows pass through what the resource's document holds. */
export const open = z.looseObject;

export const seconds = z.int().describe("Seconds since the epoch, UTC.");
export const money = z.number().describe("In the organization's currency.");

/** A nullable reference: null when the object was deleted, or there is none. */
export const named = z.strictObject({ id: z.string(), name: z.string() });
export const cloudType = z
  .enum([
    "aws_cnr",
    "alibaba_cnr",
    "azure_cnr",
    "azure_tenant",
    "kubernetes_cnr",
    "environment",
    "gcp_cnr",
    "nebius",
    "databricks",
    "other",
  ])
  .describe("Kind of cloud.");
export const poolPurpose = z.enum(["budget", "business_unit", "team", "project", "cicd", "mlai", "asset_pool"]);

export const window = { start_date: seconds, end_date: seconds };

export const ids = {
  organization: "10000000-0000-4000-8000-000000000001",
  account: "20000000-0000-4000-8000-000000000001",
  cluster: "20000000-0000-4000-8000-000000000009",
  pool: "30000000-0000-4000-8000-000000000001",
  owner: "40000000-0000-4000-8000-000000000001",
  resource: "50000000-0000-4000-8000-000000000001",
} as const;

export const errorSchema = z.strictObject({
  error: z.strictObject({
    status_code: z.int().describe("The HTTP status."),
    error_code: z.string().describe("`OE` and four digits; `U0` and the status where there is no code of its own."),
    reason: z.string(),
    params: z.array(z.union([z.string(), z.number(), z.array(z.string())])).describe("What the reason is filled with."),
  }),
});
