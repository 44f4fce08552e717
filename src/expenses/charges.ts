import { clickHouseInstant } from "../time.js";
import type { QueryValues } from "./query-values.js";
import type { ExpenseScope } from "./source.js";

/** Costs are summed as they are, or as `exact` multiples of 2^-110: see `exactCost`. */
export type CostPrecision = "fast" | "exact";

const SCALE = "exp2(110)";

/**
 * A sum of doubles depends on the order of its terms, which threads and merges change from query to query, in the last
 * bit: enough for a keyset page to skip or repeat a row. Multiples of 2^-110 as 256-bit integers add up exactly, and
 * hold every double between 1e-17 and 1e26 without loss.
 */
function sumOf(amount: string, precision: CostPrecision): string {
  return precision === "exact" ? `sum(toInt256(${amount} * ${SCALE}))` : `sum(${amount})`;
}

/** The money of an exact sum. */
export function exactCost(sum: string): string {
  return `toFloat64(${sum}) / ${SCALE}`;
}

/** What charges depend on. */
export type ChargeScope = Pick<ExpenseScope, "accounts" | "window" | "selectedAccountIds" | "includesClusterRecords">;

export interface ChargeOptions {
  readonly chargedTo?: "selected" | "live" | undefined;
  readonly precision?: CostPrecision | undefined;
  /** Only charges of resources that the CTE `resource` counts: quicker when these are few of all, slower otherwise. */
  readonly ofCountedResources?: boolean | undefined;
}

/**
 * Members of clusters are charged under any live account, other resources only under the selected ones (contract §9).
 * @returns the accounts to read, and those to which only a member's charges may belong.
 */
function chargedAccounts(scope: ChargeScope, { chargedTo = "selected" }: ChargeOptions) {
  const live = scope.accounts.map(({ id }) => id);
  const all = scope.includesClusterRecords || chargedTo === "live" ? live : scope.selectedAccountIds;
  return { all, onlyForMembers: chargedTo === "selected" && all.length > scope.selectedAccountIds.length };
}

/**
 * The CTE `charge`: one row a charge of the window that counts: cloud_account_id, resource_id, date, amount and
 * `for_any`: whether it counts for every resource or, being of an account that is not selected, for members only.
 */
export function chargeCte(scope: ChargeScope, values: QueryValues, options: ChargeOptions = {}): string {
  const { all, onlyForMembers } = chargedAccounts(scope, options);
  const inWindow = `cloud_account_id IN ${values.bind("chargedAccounts", "Array(String)", all)}
      AND date BETWEEN toDateTime(${values.bind("firstCharge", "UInt32", clickHouseInstant(scope.window.start))}, 'UTC')
        AND toDateTime(${values.bind("lastCharge", "UInt32", clickHouseInstant(scope.window.end))}, 'UTC')`;
  const forAny = onlyForMembers
    ? `cloud_account_id IN ${values.bind("selectedAccounts", "Array(String)", scope.selectedAccountIds)}`
    : "true";
  return `charge AS (
    SELECT cloud_account_id, resource_id, date, cost * sign AS amount, ${forAny} AS for_any
    FROM expenses
    WHERE ${inWindow}${
      options.ofCountedResources
        ? `
      AND resource_id IN (SELECT id FROM resource WHERE counts)`
        : ""
    }
      -- What a resource was charged under an account counts only while sum(sign) > 0. Only what has a row of sign -1 can
      -- fail that, and such rows are few: looking for them spares every charge a grouping by account.
      AND (cloud_account_id, resource_id) NOT IN (
        SELECT cloud_account_id, resource_id
        FROM expenses
        WHERE ${inWindow}
          AND (cloud_account_id, resource_id) IN (
            SELECT cloud_account_id, resource_id FROM expenses WHERE ${inWindow} AND sign < 0)
        GROUP BY cloud_account_id, resource_id
        HAVING sum(sign) <= 0))`;
}

/**
 * The CTEs `charge` and `spent`: one row a resource that was charged: resource_id, cost (as a member of a cluster),
 * own_cost (as itself).
 */
export function spentCtes(scope: ChargeScope, values: QueryValues, options: ChargeOptions = {}): string {
  const { precision = "fast" } = options;
  const own = chargedAccounts(scope, options).onlyForMembers ? sumOf("if(for_any, amount, 0)", precision) : "cost";
  return `${chargeCte(scope, values, options)},
  spent AS (
    SELECT resource_id, ${sumOf("amount", precision)} AS cost, ${own} AS own_cost
    FROM charge
    GROUP BY resource_id)`;
}
