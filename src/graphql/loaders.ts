import type DataLoader from "dataloader";
import type { CloudAccount, Employee, Organization, Pool } from "../accounts/accounts.js";
import {
  type ClusterCost,
  type ClusterCostRequest,
  clusterWindowKey,
  type LookUpOptions,
} from "../kubernetes/cluster-cost.js";
import type { Services } from "../services.js";
import { batchLoader, loaderById, loaderByParent } from "./batch-loader.js";

/** The batching readers of one request. None of them judges rights: whoever holds an id from outside has to. */
export class Loaders {
  readonly organizations: DataLoader<string, Organization | null>;
  readonly cloudAccounts: DataLoader<string, CloudAccount | null>;
  readonly pools: DataLoader<string, Pool | null>;
  readonly employees: DataLoader<string, Employee | null>;
  readonly cloudAccountsOf: DataLoader<string, readonly CloudAccount[]>;
  readonly poolsOf: DataLoader<string, readonly Pool[]>;
  /** One look-up a cluster and window, whichever fields ask; all of a batch go to the service together. */
  readonly clusterCosts: DataLoader<ClusterCostRequest, ClusterCost, string>;

  constructor({ accounts, clusterCosts, telemetry: { tracing } }: Services, lookUps: LookUpOptions) {
    const traced =
      <Key, Values>(name: string, load: (keys: readonly Key[]) => Promise<Values>) =>
      (keys: readonly Key[]): Promise<Values> =>
        tracing.span(`load ${name}`, "internal", { "loader.batch.size": keys.length }, () => load(keys));
    this.organizations = loaderById(traced("organizations", (ids) => accounts.organizationsByIds(ids)));
    this.cloudAccounts = loaderById(traced("cloudAccounts", (ids) => accounts.cloudAccountsByIds(ids)));
    this.pools = loaderById(traced("pools", (ids) => accounts.poolsByIds(ids)));
    this.employees = loaderById(traced("employees", (ids) => accounts.employeesByIds(ids)));
    this.cloudAccountsOf = loaderByParent(
      traced("cloudAccountsOf", (ids) => accounts.cloudAccountsOfOrganizations(ids)),
      (account) => account.organizationId,
    );
    this.poolsOf = loaderByParent(
      traced("poolsOf", (ids) => accounts.poolsOfOrganizations(ids)),
      (pool) => pool.organizationId,
    );
    this.clusterCosts = batchLoader<ClusterCostRequest, ClusterCost, string>(
      traced("clusterCosts", (requests) => clusterCosts.load(requests, lookUps)),
      clusterWindowKey,
    );
  }
}

/** The row, if it belongs to the organization: an id kept in an expense is not proof that it does. */
export function ownedBy<Row extends { readonly organizationId: string }>(
  row: Row | null,
  organizationId: string,
): Row | null {
  return row?.organizationId === organizationId ? row : null;
}
