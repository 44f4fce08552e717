import { Accounts } from "../accounts/accounts.js";
import { ClusterSettings } from "../accounts/cluster-settings.js";
import { connectCluster } from "../accounts/new-cluster.js";
import type { Config } from "../config.js";
import { readOnly } from "../stores/read-only.js";
import { openRelationalOf } from "../stores/stores.js";
import { type ClusterSetOptions, settingsOf } from "./cluster-set.js";
import { unknownOrganizations } from "./token-create.js";

export interface ClusterAddOptions extends ClusterSetOptions {
  /** Id. */
  readonly organization: string;
}

/**
 * Connects a cluster to an organization, sets up what is given of it, and prints its account's id. Works while the
 * gateway runs; done again, it changes nothing but what is given.
 * @throws GatewayError NOT_FOUND when there is no such organization, BAD_USER_INPUT when the options are not usable,
 *   DATABASE_READ_ONLY when accounts are OptScale's
 */
export async function addCluster(config: Config, name: string, options: ClusterAddOptions): Promise<void> {
  const settings = settingsOf(options);
  await using databases = await openRelationalOf(config);
  if (databases.kind === "mariadb") throw readOnly();
  const accounts = new Accounts(databases);
  const organization = await accounts.organization(options.organization);
  if (organization === null) throw await unknownOrganizations([options.organization], accounts);
  const id = await connectCluster(databases, { organizationId: organization.id, name });
  await new ClusterSettings(databases.own).change(id, settings);
  process.stdout.write(`${name} of ${organization.name} is cloud account ${id}.\n`);
}
