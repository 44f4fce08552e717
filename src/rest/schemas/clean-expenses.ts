import { z } from "zod";
import { cloudType, ids, money, named, open, poolPurpose, seconds, window } from "./shared.js";

export const cleanRowSchema = open({
  id: z.string(),
  resource_id: z.string().describe("The same as `id`."),
  resource_name: z.string().nullable(),
  cost: money.describe("In the window, in the organization's currency; 0 without expenses."),
  saving: money.describe("What the recommendations of the last completed check would save."),
  active: z.boolean(),
  is_environment: z.boolean(),
  shareable: z.boolean(),
  constraint_violated: z.boolean(),
  owner: named.nullable(),
  pool: named.extend({ purpose: poolPurpose }).nullable(),
  employee_id: z.string().nullable(),
  pool_id: z.string().nullable(),
  region: z.string().nullable(),
  tags: z.record(z.string(), z.unknown()),
  meta: z.record(z.string(), z.unknown()),
  last_seen: seconds,
  first_seen: seconds.optional(),
  cloud_resource_id: z.string().nullish(),
  resource_type: z.string().nullish(),
  service_name: z.string().nullish(),
  cloud_account_id: z.string().optional().describe("Absent on rows of clusters."),
  cloud_account_name: z.string().optional(),
  cloud_account_type: cloudType.optional(),
  traffic_expenses: z
    .array(z.strictObject({ from: z.string(), to: z.string(), usage: z.number(), cost: money }))
    .optional()
    .describe("Only where there was traffic in the window."),
}).describe("The resource's document with what belongs to it. Keys that the document lacks are absent.");

const k8sCostsSchema = z
  .strictObject({
    k8s_total_cost: money,
    k8s_cost_breakdown: z.array(
      z.strictObject({
        cloud_account_id: z.string(),
        cloud_account_name: z.string(),
        cost: money,
        breakdown: z
          .record(z.string(), z.unknown())
          .describe("Metroculus's summary as it was given; null for a NaN or Infinity in it."),
      }),
    ),
  })
  .describe("Clusters whose cost is known and above 0. Present only when their sum is; `total_cost` contains it.");

const wholeAnswer = z
  .strictObject({
    ...window,
    total_count: z.int().describe("Matching rows, before `limit`."),
    total_cost: money.describe("Cost of all matches, before `limit`, with `k8s_costs` where there are any."),
    limit: z.int().optional().describe("Only if it was given."),
    clean_expenses: z
      .array(z.union([cleanRowSchema, z.record(z.string(), z.unknown())]))
      .describe("Dearest first. With `field` a row has only the keys asked for."),
    k8s_costs: k8sCostsSchema.optional(),
  })
  .describe("`format=advanced_json`, the default.");

export const cleanExpensesSchema = z.union([
  wholeAnswer,
  z.array(z.record(z.string(), z.unknown())).describe("`format=json`: the bare rows."),
]);

export const cleanExpensesExample = {
  start_date: 1234567890,
  end_date: 1234567990,
  total_count: 1,
  total_cost: 250.5,
  clean_expenses: [
    {
      id: ids.resource,
      resource_id: ids.resource,
      resource_name: "checkout-1",
      cloud_resource_id: "i-0a1b2c3d",
      resource_type: "Instance",
      service_name: "AmazonEC2",
      region: "eu-central-1",
      cloud_account_id: ids.account,
      cloud_account_name: "Acme production",
      cloud_account_type: "aws_cnr",
      cost: 145.5,
      saving: 12.25,
      active: true,
      is_environment: false,
      shareable: false,
      constraint_violated: false,
      employee_id: ids.owner,
      owner: { id: ids.owner, name: "Ada Example" },
      pool_id: ids.pool,
      pool: { id: ids.pool, name: "Acme", purpose: "business_unit" },
      tags: { team: "checkout" },
      meta: { flavor: "t3.large", cloud_console_link: "https://console.example/i-0a1b2c3d" },
      first_seen: 1234000000,
      last_seen: 1234567890,
      traffic_expenses: [{ from: "eu-central-1", to: "External", usage: 5.21, cost: 1.05 }],
    },
  ],
  k8s_costs: {
    k8s_total_cost: 105,
    k8s_cost_breakdown: [
      {
        cloud_account_id: ids.cluster,
        cloud_account_name: "Production K8s Cluster",
        cost: 105,
        breakdown: {
          total_cost: 105,
          management_cost: 3.2,
          cpu_cost: 50,
          ram_cost: 30,
          pv_cost: 10,
          network_cost: 5,
          load_balancer_cost: 6.8,
        },
      },
    ],
  },
};
