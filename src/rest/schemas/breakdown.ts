import { z } from "zod";
import { ids, money, seconds, window } from "./shared.js";

/** What is known of the account, pool or owner that a key refers to. */
const entity = {
  id: z.string().optional(),
  name: z.string().optional(),
  type: z.string().optional(),
  purpose: z.string().optional(),
};

export const breakdownSchema = z.strictObject({
  ...window,
  total: money,
  previous_total: money,
  previous_range_start: seconds,
  breakdown_by: z.string().optional().describe("Only if it was given."),
  breakdown: z
    .record(z.string(), z.record(z.string(), z.strictObject({ cost: money, ...entity })))
    .describe("Midnight UTC of every day of the window to group to cost."),
  counts: z
    .record(z.string(), z.strictObject({ total: money, previous_total: money, ...entity }))
    .describe(
      "Group to totals. A missing value is the group `null`; groups of resource types are `type`, `type:cluster` or `type:environment`.",
    ),
});

export const breakdownExample = {
  start_date: 1643673600,
  end_date: 1643759999,
  total: 10,
  previous_total: 25,
  previous_range_start: 1643587200,
  breakdown_by: "cloud_account_id",
  breakdown: {
    "1643673600": { [ids.account]: { cost: 10, id: ids.account, name: "Acme production", type: "aws_cnr" } },
  },
  counts: {
    [ids.account]: { total: 10, previous_total: 25, id: ids.account, name: "Acme production", type: "aws_cnr" },
  },
};
