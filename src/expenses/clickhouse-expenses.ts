import type { ClickHouse } from "../stores/clickhouse.js";
import { readAvailableValues } from "./available-values.js";
import { readBreakdown } from "./breakdown.js";
import { readCostOfCloudResources } from "./cloud-resource-costs.js";
import { readPage } from "./page.js";
import { readRows } from "./rows.js";
import type { ExpenseSource } from "./source.js";
import { readCostByAccount, readTotals } from "./totals.js";
import { readTraffic } from "./traffic-facts.js";

/** Expenses as ClickHouse keeps and sums them. */
export function clickHouseExpenses(clickHouse: ClickHouse): ExpenseSource {
  return {
    totals: (scope, options) => readTotals(clickHouse, scope, options),
    page: (scope, request, options) => readPage(clickHouse, scope, request, options),
    rows: (scope, limit, options) => readRows(clickHouse, scope, limit, options),
    traffic: (scope, ids, options) => readTraffic(clickHouse, scope, ids, options),
    breakdown: (scope, by, options) => readBreakdown(clickHouse, scope, by, options),
    availableValues: (scope, options) => readAvailableValues(clickHouse, scope, options),
    costByAccount: (scope, options) => readCostByAccount(clickHouse, scope, options),
    costOfCloudResources: (scope, ids, options) => readCostOfCloudResources(clickHouse, scope, ids, options),
  };
}
