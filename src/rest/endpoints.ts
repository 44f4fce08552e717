import type { Endpoint } from "./endpoint.js";
import { availableFilters } from "./endpoints/available-filters.js";
import { breakdownExpenses } from "./endpoints/breakdown-expenses.js";
import { cleanExpenses, cleanExpensesOfQuery } from "./endpoints/clean-expenses.js";
import { cloudAccount, cloudAccounts } from "./endpoints/cloud-accounts.js";
import { cloudsExpenses, employeesExpenses, poolsExpenses } from "./endpoints/entity-expenses.js";
import { nodes } from "./endpoints/nodes.js";
import { organization, organizations } from "./endpoints/organizations.js";
import { pool, pools } from "./endpoints/pools.js";
import { rawExpenses } from "./endpoints/raw-expenses.js";
import { regionExpenses } from "./endpoints/region-expenses.js";
import { summaryExpenses } from "./endpoints/summary-expenses.js";

/** Every path of the v2 API that is answered here. */
export const endpoints: readonly Endpoint[] = [
  cleanExpenses,
  cleanExpensesOfQuery,
  summaryExpenses,
  availableFilters,
  breakdownExpenses,
  rawExpenses,
  regionExpenses,
  poolsExpenses,
  cloudsExpenses,
  employeesExpenses,
  organizations,
  organization,
  cloudAccounts,
  cloudAccount,
  nodes,
  pools,
  pool,
];
