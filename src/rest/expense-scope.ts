import type { Organization } from "../accounts/accounts.js";
import { GatewayError } from "../errors.js";
import type { ExpenseFilterField } from "../expenses/filter.js";
import { NIL } from "../expenses/filter.js";
import { resolveScope } from "../expenses/scope.js";
import type { ExpenseScope } from "../expenses/source.js";
import type { Services } from "../services.js";
import type { Window } from "../time.js";
import { organizationNotFound } from "./authorization.js";
import { RestError } from "./errors.js";
import { expenseFilter, namedObjects } from "./expense-parameters.js";
import type { Arguments } from "./parameters.js";

/** The list parameters that name objects, in the order in which they are judged (contract §2.4). */
const namingParameters = {
  pools: "pool_id",
  cloudAccountIds: "cloud_account_id",
  ownerIds: "owner_id",
} as const satisfies Partial<Record<ExpenseFilterField, string>>;

export function windowOfArguments({ integers }: Arguments): Window {
  return { start: integers.start_date as number, end: integers.end_date as number };
}

/**
 * Whose expenses a request reads: contract §2.4 to §2.7, in that order.
 * @param organization null when a service asks for one that does not exist
 * @param afterExistence a check of the endpoint's own, which comes when the filter's objects are known to exist
 * @throws RestError OE0470, OE0002, OE0445, OE0218, OE0499
 */
export async function scopeOfArguments(
  { accounts }: Services,
  organizationId: string,
  organization: Organization | null,
  args: Arguments,
  afterExistence: () => void = () => {},
): Promise<ExpenseScope> {
  if (organization === null) {
    // Nothing exists in an organization that does not: its filter values are judged before it is itself.
    for (const parameter of Object.values(namingParameters)) refuseUnknown(parameter, args, () => false);
    afterExistence();
    // Naming accounts puts the judgement of the organization off until the rest of the filter was read.
    if (args.lists.cloud_account_id !== undefined) expenseFilter(args);
    throw organizationNotFound(organizationId);
  }
  let scope: ExpenseScope;
  try {
    scope = await resolveScope(accounts, organization, windowOfArguments(args), namedObjects(args));
  } catch (error) {
    if (error instanceof GatewayError && error.code === "NO_CLOUD_ACCOUNTS") afterExistence();
    throw restScopeError(error, organization, args);
  }
  afterExistence();
  const filter = expenseFilter(args);
  // Naming accounts puts this judgement off until here; the nil UUID can be named without any account.
  if (scope.accounts.length === 0) throw noAccounts(organization);
  return { ...scope, filter };
}

function restScopeError(error: unknown, organization: Organization, args: Arguments): unknown {
  if (!(error instanceof GatewayError)) return error;
  if (error.code === "NO_CLOUD_ACCOUNTS") return noAccounts(organization);
  if (error.code !== "FILTER_VALUE_UNKNOWN") return error;
  const { field, values } = error.details as { field: keyof typeof namingParameters; values: readonly string[] };
  const unknown = new Set(values);
  try {
    refuseUnknown(namingParameters[field], args, (id) => !unknown.has(id));
  } catch (refusal) {
    return refusal;
  }
  return error;
}

export function noAccounts({ name, id }: Organization): RestError {
  return new RestError("OE0445", [name, id]);
}

/** Names the unknown values as v2 does: as often as they were sent, pools asked for with descendants first. */
function refuseUnknown(parameter: string, args: Arguments, exists: (id: string) => boolean): void {
  const sent = args.lists[parameter] ?? [];
  const ids =
    parameter === "pool_id"
      ? [
          ...sent.filter((id) => id.endsWith("+")).map((id) => id.slice(0, -1)),
          ...sent.filter((id) => !id.endsWith("+")),
        ]
      : sent;
  const unknown = ids.filter((id) => id !== NIL && !exists(id));
  if (unknown.length > 0) throw new RestError("OE0470", [parameter, unknown]);
}
