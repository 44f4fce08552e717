import { GatewayError } from "../errors.js";
import type { CloudAccountType } from "../stores/generated/sqlite/enums.js";
import type { Relational } from "../stores/relational.js";
import { now } from "../time.js";
import type { Transaction } from "./journal.js";
import { stableId } from "./stable-id.js";

/** The organization that charges go to, there already or to be made. */
export interface FocusOrganization {
  readonly id: string;
  readonly name: string;
  /** Undefined when the organization is new and nobody has said it. */
  readonly currency: string | undefined;
  readonly created: boolean;
}

export interface FocusAccount {
  readonly id: string;
  readonly name: string;
  readonly type: CloudAccountType;
  /** The cloud's own id. */
  readonly accountId: string;
}

/** @throws GatewayError BAD_USER_INPUT when the name or the currency cannot be meant. */
export async function findOrganization(
  relational: Relational,
  name: string,
  currency: string | undefined,
): Promise<FocusOrganization> {
  if (name.trim() === "") throw wrong("organization", "--organization needs a name.");
  if (currency !== undefined && !/^[A-Z]{3}$/.test(currency)) {
    throw wrong("currency", "--currency takes three capital letters such as EUR.");
  }
  const [found, another] = await relational.organization.findMany({ where: { name, deletedAt: 0 }, take: 2 });
  if (another) throw wrong("organization", `There are several organizations named ${name}: rename one of them.`);
  if (found) {
    if (currency !== undefined && currency !== found.currency) {
      throw wrong(
        "currency",
        `${name} is kept in ${found.currency}: leave out --currency, or import ${currency} into another organization.`,
      );
    }
    return { id: found.id, name, currency: found.currency, created: false };
  }
  // Gone under this name, or renamed since: then its id is not free.
  let id = stableId("organization", name);
  for (let take = 2; await relational.organization.findUnique({ where: { id } }); take += 1) {
    id = stableId("organization", name, String(take));
  }
  return { id, name, currency, created: true };
}

/** Makes the organization with its root pool, and its accounts; those that are there already get their new name. */
export async function storeOrganization(
  transaction: Transaction,
  organization: FocusOrganization & { readonly currency: string },
  accounts: readonly FocusAccount[],
): Promise<void> {
  const { id, name, currency, created } = organization;
  const createdAt = now();
  if (created) {
    const poolId = stableId("pool", id);
    await transaction.organization.create({ data: { id, name, currency, poolId, createdAt } });
    await transaction.pool.create({
      data: { id: poolId, name, organizationId: id, purpose: "BUSINESS_UNIT", createdAt },
    });
  }
  const others = await transaction.cloudAccount.findMany({
    where: { organizationId: id, deletedAt: 0, id: { notIn: accounts.map((account) => account.id) } },
    select: { name: true },
  });
  for (const account of named(accounts, new Set(others.map((other) => other.name)))) {
    await transaction.cloudAccount.upsert({
      where: { id: account.id },
      create: { ...account, organizationId: id, config: "{}", autoImport: false, createdAt },
      update: { name: account.name, deletedAt: 0 },
    });
  }
}

/** Clouds let accounts share a name, an organization does not: then the account's id is added. */
export function named(accounts: readonly FocusAccount[], taken: ReadonlySet<string>): FocusAccount[] {
  const uses = new Map<string, number>();
  for (const { name } of accounts) uses.set(name, (uses.get(name) ?? 0) + 1);
  return accounts.map((account) =>
    taken.has(account.name) || (uses.get(account.name) ?? 0) > 1
      ? { ...account, name: `${account.name} (${account.accountId})` }
      : account,
  );
}

function wrong(argument: string, sentence: string): GatewayError {
  return new GatewayError("BAD_USER_INPUT", sentence, { details: { argument } });
}
