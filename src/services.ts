import type { AccountRecords } from "./accounts/account-records.js";
import type { AccountReader } from "./accounts/accounts.js";
import type { Authenticator } from "./accounts/authentication.js";
import type { Config } from "./config.js";
import type { ResourceFacts } from "./expenses/resource-facts.js";
import type { ExpenseSource } from "./expenses/source.js";
import type { ClusterCostService } from "./kubernetes/cluster-cost.js";
import type { Logger } from "./log.js";
import type { OptScale } from "./optscale/optscale.js";
import type { Telemetry } from "./telemetry/telemetry.js";

/** What the faces (GraphQL, REST, pages) are built on. `gateway.ts` makes it once. */
export interface Services {
  readonly config: Config;
  readonly log: Logger;
  readonly authentication: Authenticator;
  readonly accounts: AccountReader;
  readonly records: AccountRecords;
  readonly expenses: ExpenseSource;
  readonly resourceFacts: ResourceFacts;
  readonly clusterCosts: ClusterCostService;
  /** Set in front of an OptScale: then `authentication`, `accounts` and `expenses` are its views, one a caller. */
  readonly optScale?: OptScale | undefined;
  readonly telemetry: Telemetry;
}
