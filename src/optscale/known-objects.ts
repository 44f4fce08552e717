import type { CloudAccount, Employee, Organization, Pool, PoolPurpose } from "../accounts/accounts.js";
import type { CleanRow } from "./rows.js";

/** What the answers to one caller have told of objects that others refer to, so that they need not be asked for. */
export class KnownObjects {
  readonly organizations = new Map<string, Organization>();
  readonly cloudAccounts = new Map<string, CloudAccount>();
  readonly pools = new Map<string, Pool>();
  readonly employees = new Map<string, Employee>();

  learnFromRow({ pool, owner }: CleanRow, organizationId: string): void {
    if (pool) this.pools.set(pool.id, poolOf(pool, organizationId));
    if (owner) this.employees.set(owner.id, { id: owner.id, name: owner.name, organizationId });
  }
}

/** A pool as rows and filters name it: what lies above it is not told there. */
export function poolOf(
  { id, name, purpose }: { readonly id: string; readonly name: string; readonly purpose: string },
  organizationId: string,
): Pool {
  return { id, name, purpose: purpose.toUpperCase() as PoolPurpose, organizationId, parentId: null };
}
