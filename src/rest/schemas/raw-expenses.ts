import { z } from "zod";
import { ids, money, open, window } from "./shared.js";

const record = open({
  cloud_account_id: z.string(),
  resource_id: z.string().nullable().describe("The cloud's own id of the resource."),
  start_date: z.string().describe("Start of the charged period, UTC, without a zone."),
  end_date: z.string().describe("Its end, exclusive."),
  cost: money,
}).describe("What the provider wrote, with what it was understood as.");

export const rawExpensesSchema = z.union([
  z.strictObject({
    ...window,
    total_cost: money.describe("Before `limit`."),
    limit: z.int().optional().describe("Only if it was given."),
    raw_expenses: z.array(record),
  }),
  z.array(z.record(z.string(), z.unknown())).describe("`format=json`: the bare records."),
]);

export const rawExpensesExample = {
  start_date: 1643673600,
  end_date: 1643759999,
  total_cost: 10,
  raw_expenses: [
    {
      ServiceName: "Amazon Elastic Compute Cloud",
      cloud_account_id: ids.account,
      resource_id: "i-0a1b2c3d",
      start_date: "2022-02-01T00:00:00",
      end_date: "2022-02-02T00:00:00",
      cost: 10,
    },
  ],
};
