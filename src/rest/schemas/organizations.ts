import { z } from "zod";
import { ids, seconds } from "./shared.js";

export const organizationSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  pool_id: z.string().nullable().describe("The pool above all others."),
  is_demo: z.boolean(),
  currency: z.string().describe("ISO 4217."),
  created_at: seconds,
  deleted_at: seconds,
});

export const organizationsSchema = z.strictObject({ organizations: z.array(organizationSchema) });

export const organizationExample = {
  id: ids.organization,
  name: "Acme",
  pool_id: ids.pool,
  is_demo: false,
  currency: "USD",
  created_at: 1_577_836_800,
  deleted_at: 0,
};
