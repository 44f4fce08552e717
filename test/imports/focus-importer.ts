import { join } from "node:path";
import { expect } from "vitest";
import { type FocusImport, type FocusReport, importFocus } from "../../src/imports/focus.js";
import { type Charge, writeCsv } from "./focus-files.js";
import { type TemporaryStores, temporaryStores } from "./stores.js";

/** Imports into one temporary store, and looks at what is in it then. */
export class FocusImporter implements AsyncDisposable {
  private files = 0;
  private organizations = 0;

  private constructor(private readonly temporary: TemporaryStores) {}

  static async create(): Promise<FocusImporter> {
    return new FocusImporter(await temporaryStores());
  }

  get stores() {
    return this.temporary.stores;
  }

  path(name: string): string {
    return join(this.temporary.directory, name);
  }

  /** The name of an organization that no other test has. */
  acme(): string {
    this.organizations += 1;
    return `Acme ${this.organizations}`;
  }

  async file(rows: readonly Charge[], extension = "csv"): Promise<string> {
    this.files += 1;
    return writeCsv(this.path(`charges-${this.files}.${extension}`), rows);
  }

  bring(organization: string, path: string | readonly string[], options: Partial<FocusImport> = {}) {
    return importFocus(this.stores, { organization, files: [path].flat(), ...options });
  }

  /** What the store says the accounts of an organization cost: `account day` to cost. */
  async storedSums(organization: string): Promise<Map<string, number>> {
    const { relational, clickHouse } = this.stores;
    const { id } = await relational.organization.findFirstOrThrow({ where: { name: organization } });
    const accounts = await relational.cloudAccount.findMany({ where: { organizationId: id } });
    const rows = await clickHouse.query<{ account: string; day: string; cost: number }>(
      `SELECT cloud_account_id AS account, toString(toDate(date)) AS day, sum(e.cost * e.sign) AS cost
       FROM expenses AS e WHERE cloud_account_id IN {ids:Array(String)} GROUP BY account, day HAVING sum(e.sign) > 0`,
      { ids: accounts.map((account) => account.id) },
    );
    const accountIds = new Map(accounts.map((account) => [account.id, account.accountId]));
    return new Map(rows.map(({ account, day, cost }) => [`${accountIds.get(account)} ${day}`, cost]));
  }

  /** The resources of the accounts in a report. */
  async documentsOf(report: FocusReport): Promise<Record<string, unknown>[]> {
    const rows = await this.stores.clickHouse.query<{ document: string }>(
      "SELECT document FROM resources FINAL WHERE cloud_account_id IN {ids:Array(String)} ORDER BY name, cloud_resource_id",
      { ids: report.accounts.map(({ id }) => id) },
    );
    return rows.map(({ document }) => JSON.parse(document) as Record<string, unknown>);
  }

  async expectNothing(organization: string): Promise<void> {
    const { relational, clickHouse } = this.stores;
    expect(await relational.organization.findFirst({ where: { name: organization } })).toBeNull();
    expect(
      await clickHouse.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'import_')",
      ),
    ).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.temporary[Symbol.asyncDispose]();
  }
}

export function expectSums(actual: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [key, cost] of expected) expect(actual.get(key), key).toBeCloseTo(cost, 8);
}
