import type { AccountReader, Organization } from "../accounts/accounts.js";
import { withDescendants } from "../accounts/pool-tree.js";
import { GatewayError } from "../errors.js";
import type { Window } from "../time.js";
import type { ExpenseFilter, ExpenseFilterField, PoolSelector } from "./filter.js";
import type { ExpenseScope } from "./source.js";

export interface ScopeOptions {
  /** What to make of an organization without a live cloud account: refuse it as v2 does (default), or answer emptily. */
  readonly withoutAccounts?: "refuse" | "empty";
}

/**
 * Makes a filter concrete for one organization that the caller has been shown to have a right to.
 * @throws GatewayError FILTER_VALUE_UNKNOWN when pools, accounts or owners of the filter are not the organization's
 *   (`details`: `field`, `values`); pools are judged first, then accounts, then owners (contract §2.4).
 *   GatewayError NO_CLOUD_ACCOUNTS when the organization has none (contract §2.5; not while accounts are named), unless the
 *   options say otherwise.
 */
export async function resolveScope(
  accounts: Pick<AccountReader, "cloudAccountsOf" | "lastCompletedChecklist" | "poolsOf" | "employeesOf">,
  organization: Organization,
  window: Window,
  filter: ExpenseFilter,
  { withoutAccounts = "refuse" }: ScopeOptions = {},
): Promise<ExpenseScope> {
  const selectors = inUse(filter.pools);
  const named = inUse(filter.cloudAccountIds);
  const owners = inUse(filter.ownerIds);
  const [liveAccounts, lastCompletedChecklist, pools, employees] = await Promise.all([
    accounts.cloudAccountsOf(organization.id),
    accounts.lastCompletedChecklist(organization.id),
    selectors ? accounts.poolsOf(organization.id) : [],
    owners ? accounts.employeesOf(organization.id) : [],
  ]);
  refuseUnknown("pools", "pools", poolsInOrderOfJudgement(selectors), pools);
  refuseUnknown("cloudAccountIds", "cloud accounts", named, liveAccounts);
  refuseUnknown("ownerIds", "owners", owners, employees);
  if (liveAccounts.length === 0 && named === undefined && withoutAccounts === "refuse") {
    throw new GatewayError(
      "NO_CLOUD_ACCOUNTS",
      `Organization ${organization.name} (${organization.id}) has no cloud account yet: connect one, or import a bill.`,
    );
  }
  return {
    organization,
    window,
    filter,
    accounts: liveAccounts,
    selectedAccountIds: named ? [...new Set(named.filter((id) => id !== null))] : liveAccounts.map(({ id }) => id),
    includesClusterRecords: named === undefined || named.includes(null),
    namesAccounts: named !== undefined,
    poolIds: selectors && [
      ...new Set<string | null>([
        ...selectors.map(({ id }) => id),
        ...withDescendants(
          pools,
          selectors.flatMap(({ id, withDescendants }) => (withDescendants && id !== null ? [id] : [])),
        ),
      ]),
    ],
    lastCompletedChecklist,
  };
}

/** An empty list does not filter. */
function inUse<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list !== undefined && list !== null && list.length > 0 ? list : undefined;
}

/** v2 names pools asked for with their descendants first. */
function poolsInOrderOfJudgement(selectors: readonly PoolSelector[] = []): (string | null)[] {
  const ids = (subtrees: boolean) =>
    selectors.filter((selector) => selector.withDescendants === subtrees).map(({ id }) => id);
  return [...ids(true), ...ids(false)];
}

function refuseUnknown(
  field: ExpenseFilterField,
  noun: string,
  asked: readonly (string | null)[] | undefined,
  existing: readonly { readonly id: string }[],
): void {
  if (asked === undefined) return;
  const known = new Set(existing.map(({ id }) => id));
  const values = asked.filter((id) => id !== null && !known.has(id));
  if (values.length > 0) {
    throw new GatewayError(
      "FILTER_VALUE_UNKNOWN",
      `The organization has no such ${noun}: ${values.join(", ")}. Leave them out of the filter, or ask for availableFilters.`,
      { details: { field, values } },
    );
  }
}
