import { z } from "zod";
import type {
  AccountReader,
  CloudAccount,
  CloudAccountType,
  Employee,
  Organization,
  Pool,
} from "../accounts/accounts.js";
import { RememberedRights } from "../accounts/remembered-rights.js";
import { CloudAccountType as AccountTypes } from "../stores/generated/sqlite/enums.js";
import type { EpochSeconds } from "../time.js";
import { availableFilters, entities } from "./available-filters.js";
import type { CallerHeaders, OptScaleClient } from "./client.js";
import { type KnownObjects, poolOf } from "./known-objects.js";
import { lacksRoute, OptScaleRefusal } from "./refusal.js";

const organization = z.looseObject({
  id: z.string(),
  name: z.string(),
  // An OptScale that tells none is older than its currencies, and counts in dollars.
  currency: z.string().default("USD"),
  pool_id: z.string().nullish(),
  deleted_at: z.number().nullish(),
});
const organizations = z.object({ organizations: z.array(organization) });

const cloudAccount = z.looseObject({
  id: z.string(),
  name: z.string(),
  type: z.string(),
  organization_id: z.string().nullish(),
  deleted_at: z.number().nullish(),
});
const cloudAccounts = z.object({ cloud_accounts: z.array(cloudAccount) });

const pools = z.object({
  pools: z.array(z.looseObject({ id: z.string(), name: z.string(), pool_purpose: z.string() })),
});

interface NamedObjects {
  readonly pools: readonly Pool[];
  readonly employees: readonly Employee[];
}

/** What OptScale said of organizations to each caller, taken for true for 30 s. */
export class RememberedOrganizations {
  readonly organizations = new RememberedRights<{ readonly organization: Organization | null }>();
  readonly cloudAccounts = new RememberedRights<readonly CloudAccount[]>(1_000);
  readonly namedObjects = new RememberedRights<NamedObjects>(1_000);
}

/**
 * Organizations, cloud accounts, pools and people as OptScale shows them to one caller. What it refuses to show is
 * absent here.
 * @throws GatewayError UNAUTHENTICATED, UPSTREAM_UNAVAILABLE, from any method
 */
export class CallerAccounts implements AccountReader {
  readonly #key: string;

  constructor(
    private readonly client: OptScaleClient,
    private readonly headers: CallerHeaders,
    private readonly remembered: RememberedOrganizations,
    private readonly known: KnownObjects,
  ) {
    this.#key = JSON.stringify([headers.authorization, headers.secret]);
  }

  /** That OptScale shows it is what establishes the caller's right to it. */
  async organization(id: string): Promise<Organization | null> {
    const { organization } = await this.remembered.organizations.of(this.#key, id, async () => ({
      organization: await this.#askForOrganization(id),
    }));
    if (organization) this.known.organizations.set(id, organization);
    return organization;
  }

  async organizationsByIds(ids: readonly string[]): Promise<Organization[]> {
    const found = await Promise.all(ids.map((id) => this.known.organizations.get(id) ?? this.organization(id)));
    return inOrderOfName(found.filter((each) => each !== null));
  }

  async allOrganizations(): Promise<Organization[]> {
    const answer = await this.client.get("/organizations", organizations, this.headers);
    const found = answer.organizations.filter(isAlive).map((each) => organizationOf(each));
    for (const each of found) this.known.organizations.set(each.id, each);
    return inOrderOfName(found);
  }

  async cloudAccountsOf(organizationId: string, type?: CloudAccountType): Promise<CloudAccount[]> {
    const all = await this.remembered.cloudAccounts.of(this.#key, organizationId, () =>
      this.#askForCloudAccounts(organizationId),
    );
    for (const account of all) this.known.cloudAccounts.set(account.id, account);
    return all.filter((account) => type === undefined || account.type === type);
  }

  async cloudAccountsOfOrganizations(organizationIds: readonly string[]): Promise<CloudAccount[]> {
    return inOrderOfName((await Promise.all(organizationIds.map((id) => this.cloudAccountsOf(id)))).flat());
  }

  async cloudAccountsByIds(ids: readonly string[]): Promise<CloudAccount[]> {
    const found = await Promise.all(ids.map((id) => this.known.cloudAccounts.get(id) ?? this.#askForCloudAccount(id)));
    return found.filter((account) => account !== null);
  }

  async poolsOf(organizationId: string): Promise<Pool[]> {
    return [...(await this.#namedObjects(organizationId)).pools];
  }

  async poolsOfOrganizations(organizationIds: readonly string[]): Promise<Pool[]> {
    return inOrderOfName((await Promise.all(organizationIds.map((id) => this.poolsOf(id)))).flat());
  }

  async poolsByIds(ids: readonly string[]): Promise<Pool[]> {
    const pools = await this.#lookedUp(ids, this.known.pools);
    return ids.flatMap((id) => pools.get(id) ?? []);
  }

  async employeesOf(organizationId: string): Promise<Employee[]> {
    return [...(await this.#namedObjects(organizationId)).employees];
  }

  async employeesByIds(ids: readonly string[]): Promise<Employee[]> {
    const employees = await this.#lookedUp(ids, this.known.employees);
    return ids.flatMap((id) => employees.get(id) ?? []);
  }

  /** OptScale judges recommendations itself. */
  async lastCompletedChecklist(): Promise<EpochSeconds> {
    return 0;
  }

  async #askForOrganization(id: string): Promise<Organization | null> {
    const path = pathOf("organizations", id);
    if (path === null) return null;
    try {
      const found = await this.client.get(path, organization, this.headers);
      return isAlive(found) ? organizationOf({ ...found, id }) : null;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (!lacksRoute(error)) return null;
    }
    try {
      await this.cloudAccountsOf(id);
      return organizationOf(organization.parse({ id, name: id }));
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  async #askForCloudAccounts(organizationId: string): Promise<CloudAccount[]> {
    const path = pathOf("organizations", organizationId);
    if (path === null) return [];
    const { cloud_accounts } = await this.client.get(`${path}/cloud_accounts`, cloudAccounts, this.headers);
    return inOrderOfName(cloud_accounts.filter(isAlive).map((account) => cloudAccountOf(account, organizationId)));
  }

  async #askForCloudAccount(id: string): Promise<CloudAccount | null> {
    const path = pathOf("cloud_accounts", id);
    if (path === null) return null;
    try {
      const account = await this.client.get(path, cloudAccount, this.headers);
      if (!account.organization_id || !isAlive(account)) return null;
      return cloudAccountOf(account, account.organization_id);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  /** All pools and people of an organization: the filters list them whether they occur or not (contract §12.2). */
  async #namedObjects(organizationId: string): Promise<NamedObjects> {
    const found = await this.remembered.namedObjects.of(this.#key, organizationId, () =>
      this.#askForNamedObjects(organizationId),
    );
    for (const pool of found.pools) this.known.pools.set(pool.id, pool);
    for (const employee of found.employees) this.known.employees.set(employee.id, employee);
    return found;
  }

  async #askForNamedObjects(organizationId: string): Promise<NamedObjects> {
    const path = pathOf("organizations", organizationId);
    if (path === null) return { pools: [], employees: [] };
    try {
      const { filter_values } = await this.client.get(
        // In a window without any resource there is nothing else to be read.
        `${path}/available_filters?start_date=0&end_date=0`,
        availableFilters,
        this.headers,
      );
      return {
        pools: inOrderOfName(entities(filter_values.pool).map((pool) => poolOf(pool, organizationId))),
        employees: inOrderOfName(entities(filter_values.owner).map(({ id, name }) => ({ id, name, organizationId }))),
      };
    } catch (error) {
      if (!(error instanceof OptScaleRefusal) || error.code !== "NO_CLOUD_ACCOUNTS") throw error;
      // There is nothing to filter yet, but there may be pools, which only the holder of a token is told.
      return { pools: await this.#askForPools(path, organizationId), employees: [] };
    }
  }

  async #askForPools(organizationPath: string, organizationId: string): Promise<Pool[]> {
    try {
      const found = await this.client.get(`${organizationPath}/pools`, pools, this.headers);
      return inOrderOfName(
        found.pools.map(({ pool_purpose, ...pool }) => poolOf({ ...pool, purpose: pool_purpose }, organizationId)),
      );
    } catch (error) {
      if (error instanceof OptScaleRefusal) return [];
      throw error;
    }
  }

  /** With what is missing asked for in every organization that the caller was shown. */
  async #lookedUp<T>(ids: readonly string[], known: ReadonlyMap<string, T>): Promise<ReadonlyMap<string, T>> {
    if (ids.some((id) => !known.has(id))) {
      await Promise.all([...this.known.organizations.keys()].map((id) => this.#namedObjects(id)));
    }
    return known;
  }
}

/** A path to one object, or null for what cannot be an id because it would lead elsewhere. */
export function pathOf(collection: string, id: string): string | null {
  return id === "" || id === "." || id === ".." ? null : `/${collection}/${encodeURIComponent(id)}`;
}

function isNotFound(error: unknown): error is OptScaleRefusal {
  return error instanceof OptScaleRefusal && error.code === "NOT_FOUND";
}

function isAlive({ deleted_at }: { readonly deleted_at?: number | null | undefined }): boolean {
  return !deleted_at;
}

function organizationOf({ id, name, currency, pool_id }: z.output<typeof organization>): Organization {
  return { id, name, currency: currency.toUpperCase(), poolId: pool_id ?? null };
}

function cloudAccountOf({ id, name, type }: z.output<typeof cloudAccount>, organizationId: string): CloudAccount {
  const known = type.toUpperCase();
  return {
    id,
    name,
    type: Object.hasOwn(AccountTypes, known) ? (known as CloudAccountType) : "OTHER",
    organizationId,
  };
}

function inOrderOfName<T extends { readonly name: string; readonly id: string }>(found: T[]): T[] {
  const before = (one: string, other: string) => (one < other ? -1 : Number(one > other));
  return found.sort((one, other) => before(one.name, other.name) || before(one.id, other.id));
}
