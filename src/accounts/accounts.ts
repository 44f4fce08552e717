import type { CloudAccountType, PoolPurpose } from "../stores/generated/sqlite/enums.js";
import type { Databases, Relational } from "../stores/relational.js";
import type { EpochSeconds } from "../time.js";

export type {
  CloudAccountType,
  PoolPurpose,
} from "../stores/generated/sqlite/enums.js";

export interface Organization {
  readonly id: string;
  readonly name: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly poolId: string | null;
}

export interface CloudAccount {
  readonly id: string;
  readonly name: string;
  readonly type: CloudAccountType;
  readonly organizationId: string;
}

export interface Pool {
  readonly id: string;
  readonly name: string;
  readonly purpose: PoolPurpose;
  readonly organizationId: string;
  readonly parentId: string | null;
}

export interface Employee {
  readonly id: string;
  readonly name: string;
  readonly organizationId: string;
}

const alive = { deletedAt: 0 } as const;
const byName = [{ name: "asc" }, { id: "asc" }] as const;
const organizationFields = {
  id: true,
  name: true,
  currency: true,
  poolId: true,
} as const;
const cloudAccountFields = {
  id: true,
  name: true,
  type: true,
  organizationId: true,
} as const;
const poolFields = {
  id: true,
  name: true,
  purpose: true,
  organizationId: true,
  parentId: true,
} as const;
const employeeFields = { id: true, name: true, organizationId: true } as const;

/**
 * Reads organizations, cloud accounts, pools and people. Deleted rows are never returned. Lists come in order of name.
 * `...ByIds` leave out what does not exist and come in no order, so that a loader can batch; only organizations come in
 * order of name there, too, for they are also what a viewer is shown.
 */
export class Accounts {
  private readonly relational: Relational;

  constructor({ relational }: Pick<Databases, "relational">) {
    this.relational = relational;
  }

  async organization(id: string): Promise<Organization | null> {
    const [organization] = await this.organizationsByIds([id]);
    return organization ?? null;
  }

  async organizationsByIds(ids: readonly string[]): Promise<Organization[]> {
    const rows = await this.relational.organization.findMany({
      where: { id: { in: [...ids] }, ...alive },
      select: organizationFields,
      orderBy: [...byName],
    });
    return asNamed(rows, ids);
  }

  allOrganizations(): Promise<Organization[]> {
    return this.relational.organization.findMany({
      where: alive,
      select: organizationFields,
      orderBy: [...byName],
    });
  }

  cloudAccountsOf(organizationId: string, type?: CloudAccountType): Promise<CloudAccount[]> {
    return this.relational.cloudAccount.findMany({
      where: { organizationId, ...alive, ...(type && { type }) },
      select: cloudAccountFields,
      orderBy: [...byName],
    });
  }

  cloudAccountsOfOrganizations(organizationIds: readonly string[]): Promise<CloudAccount[]> {
    return this.relational.cloudAccount.findMany({
      where: { organizationId: { in: [...organizationIds] }, ...alive },
      select: cloudAccountFields,
      orderBy: [...byName],
    });
  }

  /** Callers that hold ids from outside must still check each account's organization. */
  async cloudAccountsByIds(ids: readonly string[]): Promise<CloudAccount[]> {
    const rows = await this.relational.cloudAccount.findMany({
      where: { id: { in: [...ids] }, ...alive },
      select: cloudAccountFields,
    });
    return asNamed(rows, ids);
  }

  poolsOf(organizationId: string): Promise<Pool[]> {
    return this.relational.pool.findMany({
      where: { organizationId, ...alive },
      select: poolFields,
      orderBy: [...byName],
    });
  }

  poolsOfOrganizations(organizationIds: readonly string[]): Promise<Pool[]> {
    return this.relational.pool.findMany({
      where: { organizationId: { in: [...organizationIds] }, ...alive },
      select: poolFields,
      orderBy: [...byName],
    });
  }

  async poolsByIds(ids: readonly string[]): Promise<Pool[]> {
    const rows = await this.relational.pool.findMany({
      where: { id: { in: [...ids] }, ...alive },
      select: poolFields,
    });
    return asNamed(rows, ids);
  }

  employeesOf(organizationId: string): Promise<Employee[]> {
    return this.relational.employee.findMany({
      where: { organizationId, ...alive },
      select: employeeFields,
      orderBy: [...byName],
    });
  }

  async employeesByIds(ids: readonly string[]): Promise<Employee[]> {
    const rows = await this.relational.employee.findMany({
      where: { id: { in: [...ids] }, ...alive },
      select: employeeFields,
    });
    return asNamed(rows, ids);
  }

  /** When the organization's last recommendation run was completed; 0 if there was none. */
  async lastCompletedChecklist(organizationId: string): Promise<EpochSeconds> {
    const checklist = await this.relational.checklist.findFirst({
      where: { organizationId, ...alive },
    });
    return checklist?.lastCompleted ?? 0;
  }
}

/** What is asked of accounts, whoever holds them. */
export type AccountReader = Pick<Accounts, keyof Accounts>;

/** MariaDB finds `ID-1` and `id-1 ` for `id-1`, as SQLite and ClickHouse do not: then one would have expenses and the other none. */
function asNamed<Row extends { readonly id: string }>(rows: readonly Row[], ids: readonly string[]): Row[] {
  const named = new Set(ids);
  return rows.filter(({ id }) => named.has(id));
}
