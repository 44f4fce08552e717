import { isObject } from "../json.js";
import type { CostWarning } from "./cluster-cost.js";

const ACCOUNT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Whether an answer says that it is of another account, as one does that something in between has mixed up. What is no
 * account's id (an alias, a placeholder) says nothing of the kind.
 */
export function isOfAnotherAccount(body: unknown, cloudAccountId: string): boolean {
  const named = isObject(body) ? body.cloud_account_id : undefined;
  return typeof named === "string" && ACCOUNT_ID.test(named) && named.toLowerCase() !== cloudAccountId.toLowerCase();
}

/** Tenants of Metroculus carry several ids in the field, so a foreign id qualifies the figure and does not void it. */
export const otherAccount: CostWarning = {
  code: "OTHER_ACCOUNT",
  message:
    "Metroculus's answer names another account than the one it was asked for: check that the tenant id of remote_write is this account's.",
};
