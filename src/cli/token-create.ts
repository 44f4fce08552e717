import { Accounts } from "../accounts/accounts.js";
import { Tokens } from "../accounts/tokens.js";
import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";
import { openRelationalOf } from "../stores/stores.js";
import type { EpochSeconds } from "../time.js";

export interface TokenCreateOptions {
  /** Ids. */
  readonly organization: readonly string[];
  readonly name?: string;
  readonly expires?: EpochSeconds;
}

/** How many organizations an error lists. */
const LISTED = 5;

/**
 * Makes a token and prints it, and nothing else, on standard output. Works while the gateway runs.
 * @throws GatewayError NOT_FOUND when an organization does not exist.
 */
export async function createToken(config: Config, { organization, name, expires }: TokenCreateOptions): Promise<void> {
  await using databases = await openRelationalOf(config);
  const accounts = new Accounts(databases);
  const known = new Set((await accounts.organizationsByIds(organization)).map(({ id }) => id));
  const unknown = organization.filter((id) => !known.has(id));
  if (unknown.length > 0) throw await unknownOrganizations(unknown, accounts);
  const token = await new Tokens(databases.own).create({
    organizationIds: organization,
    ...(name !== undefined && { name }),
    ...(expires !== undefined && { expiresAt: expires }),
  });
  process.stdout.write(`${token}\n`);
}

/** Names what is not there, and what is. */
export async function unknownOrganizations(ids: readonly string[], accounts: Accounts): Promise<GatewayError> {
  const existing = await accounts.allOrganizations();
  const listed = existing.slice(0, LISTED).map(({ id, name }) => `${id} (${name})`);
  if (existing.length > LISTED) listed.push(`${existing.length - LISTED} more`);
  const hint = listed.length === 0 ? "import expenses or load the demo first" : `there is ${listed.join(", ")}`;
  const subject = ids.length === 1 ? "There is no organization" : "There are no organizations";
  return new GatewayError("NOT_FOUND", `${subject} ${ids.join(", ")}: ${hint}.`);
}
