import { z } from "zod";
import { money, window } from "./shared.js";

export const summarySchema = z.strictObject({
  ...window,
  total_count: z.int(),
  total_cost: money,
  total_saving: money,
});

export const summaryExample = {
  start_date: 1578960000,
  end_date: 1581638399,
  total_count: 4,
  total_cost: 250,
  total_saving: 65,
};
