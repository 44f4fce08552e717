import { z } from "zod";
import { cloudType, money } from "./shared.js";

export const regionExpensesSchema = z.strictObject({
  expenses: z.strictObject({
    total: money.describe("Rounded to six digits."),
    previous_total: money,
    previous_range_start: z.int(),
    regions: z.array(
      z.strictObject({
        name: z.string().nullable(),
        id: z.string().nullable(),
        total: money,
        previous_total: money,
        longitude: z.number().nullable().describe("Not known: always null."),
        latitude: z.number().nullable().describe("Not known: always null."),
        type: cloudType,
      }),
    ),
  }),
});

export const regionExpensesExample = {
  expenses: {
    total: 30,
    previous_total: 25,
    previous_range_start: 1643587200,
    regions: [
      {
        name: "eu-central-1",
        id: "eu-central-1",
        total: 30,
        previous_total: 25,
        longitude: null,
        latitude: null,
        type: "aws_cnr",
      },
    ],
  },
};
