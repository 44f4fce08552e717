import { z } from "zod";
import { ids, money } from "./shared.js";

const group = z.looseObject({ id: z.string(), name: z.string() });
const groups = z
  .array(group.extend({ total: money, previous_total: money }))
  .optional()
  .describe("Present when costs are grouped by it: those that cost something, dearest first.");

export const entityExpensesSchema = z.strictObject({
  expenses: z.strictObject({
    total: money,
    previous_total: money,
    previous_range_start: z.int(),
    id: z.string(),
    name: z.string(),
    type: z.string().optional().describe("Kind of cloud, of an account."),
    breakdown: z
      .record(z.string(), z.union([money, z.array(group.extend({ expense: money }))]))
      .describe("Midnight UTC of a day to its cost, or to the costs of its groups."),
    cloud: groups,
    pool: groups,
    employee: groups,
    service: groups,
    region: groups,
    resource_type: groups,
    k8s_node: groups,
    k8s_namespace: groups,
    k8s_service: groups,
  }),
});

export const entityExpensesExample = {
  expenses: {
    total: 30,
    previous_total: 25,
    previous_range_start: 1643587200,
    id: ids.account,
    name: "Acme production",
    type: "aws_cnr",
    breakdown: { "1643673600": [{ id: "AmazonEC2", name: "AmazonEC2", expense: 30 }] },
    service: [{ id: "AmazonEC2", name: "AmazonEC2", total: 30, previous_total: 25 }],
  },
};
