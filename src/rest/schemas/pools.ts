import { z } from "zod";
import { ids, money, poolPurpose, seconds } from "./shared.js";

const common = {
  id: z.string(),
  name: z.string(),
  limit: z.number().describe("In the organization's currency; 0 = none."),
  organization_id: z.string(),
  parent_id: z.string().nullable(),
  default_owner_id: z.string().nullable(),
  default_owner_name: z.string().nullable(),
};
const policies = z.null().describe("Not known.");

export const poolsSchema = z.strictObject({
  pools: z.array(
    z.strictObject({
      ...common,
      pool_purpose: poolPurpose,
      full_name: z.string().describe("Names from below the root, joined by `->`."),
      policies,
    }),
  ),
});

const onePool = z.strictObject({
  ...common,
  purpose: poolPurpose,
  unallocated_limit: z.number().describe("Its limit less those of its children."),
  created_at: seconds,
  deleted_at: seconds,
  cost: money.optional().describe("With details: of the running month, pools below included."),
  forecast: money.optional(),
  policies: policies.optional(),
});

export const poolSchema = onePool.extend({
  saving: money.optional(),
  total_recommendations: z.int().optional(),
  children: z.array(onePool).optional(),
});

const example = {
  id: ids.pool,
  name: "Acme",
  limit: 10000,
  organization_id: ids.organization,
  parent_id: null,
  default_owner_id: ids.owner,
  default_owner_name: "Ada Example",
};

export const poolsExample = {
  pools: [{ ...example, pool_purpose: "business_unit", full_name: "Acme", policies: null }],
};

export const poolExample = {
  ...example,
  purpose: "business_unit",
  unallocated_limit: 2500,
  created_at: 1640995200,
  deleted_at: 0,
};
