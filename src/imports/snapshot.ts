import { stat } from "node:fs/promises";
import { z } from "zod";
import { GatewayError } from "../errors.js";
import { assertWritable } from "../stores/read-only.js";
import type { Stores } from "../stores/stores.js";
import type { ImportStep } from "./import-step.js";
import { commitImport, dropUncommitted } from "./journal.js";
import { entriesOf, entriesOfFile, type JsonEntry } from "./json-entries.js";
import type { ImportOptions } from "./progress.js";
import { nextVersion } from "./replace-resources.js";
import { type ResourceDocument, resourceRow } from "./resource-row.js";
import {
  accountOrganizations,
  missingOrganizations,
  type OrganizationKind,
  replaceOrganizations,
} from "./snapshot-organizations.js";
import { type SnapshotKind, type SnapshotRow, snapshotKinds, snapshotRows } from "./snapshot-rows.js";
import { createStaging, newImportId, StagingWriter, stagingTable } from "./staging.js";
import { unstorable } from "./storable.js";

export interface SnapshotReport {
  /** Rows of each kind in the snapshot; a kind whose key is missing is missing here, too. */
  readonly counts: { readonly [Kind in SnapshotKind]?: number };
  /** Keys of the snapshot that mean nothing here. */
  readonly ignoredKeys: readonly string[];
  /** Ids of organizations that rows belong to, but that neither the snapshot nor the store has. */
  readonly missingOrganizations: readonly string[];
}

const factKinds = ["resources", "expenses", "traffic_expenses"] as const;
type FactKind = (typeof factKinds)[number];

/** Of a path that is shown: what is nested too deep has a long one. */
const LONGEST_PATH = 200;

/** Known, and of no use: the secret is for those who drive tests, who pass it in the environment. */
const SECRET_KEY = "cluster_secret";

/**
 * Takes over a snapshot of OptScale's data (`given` of the conformance cases). A kind whose key is there replaces
 * that kind of data for the organizations it concerns: those that the snapshot lists, and those that rows of the
 * kind belong to. A kind whose key is missing is left alone, and so is every other organization.
 * @throws GatewayError BAD_IMPORT_FILE with the path inside the JSON; nothing was stored then.
 */
export async function importSnapshot(
  stores: Stores,
  given: unknown,
  options: ImportOptions = {},
): Promise<SnapshotReport> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    throw new GatewayError("BAD_IMPORT_FILE", "expected an object with lists such as `expenses`.");
  }
  return importEntries(stores, entriesOf(given as Record<string, unknown>), options);
}

/** The same from a JSON file, which is read as a stream. Messages of errors begin with the file's name. */
export async function importSnapshotFile(
  stores: Stores,
  path: string,
  options: ImportOptions = {},
): Promise<SnapshotReport> {
  const total = await stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
  let done = 0;
  const onBytes = (bytes: number) => {
    done += bytes;
    options.progress?.({ phase: "reading", done, ...(total !== undefined && { total }), unit: "bytes" });
  };
  try {
    return await importEntries(stores, entriesOfFile(path, onBytes), options);
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== "BAD_IMPORT_FILE") throw error;
    throw new GatewayError("BAD_IMPORT_FILE", `${path}: ${error.message}`, {
      cause: error,
      details: { ...error.details, file: path },
    });
  }
}

async function importEntries(
  stores: Stores,
  entries: Iterable<JsonEntry> | AsyncIterable<JsonEntry>,
  options: ImportOptions,
): Promise<SnapshotReport> {
  await assertWritable(stores);
  const id = newImportId();
  const snapshot = new StagedSnapshot(stores, id, await nextVersion(stores.clickHouse));
  try {
    for await (const entry of entries) await snapshot.take(entry);
    await snapshot.complete();
    options.progress?.({ phase: "storing", done: 0, total: 1, unit: "steps" });
    await commitImport(stores, {
      id,
      kind: "snapshot",
      steps: await snapshot.steps(),
      changeRelational: (transaction) => replaceOrganizations(transaction, snapshot.organizations),
    });
    options.progress?.({ phase: "storing", done: 1, total: 1, unit: "steps" });
    return {
      counts: snapshot.counts,
      ignoredKeys: snapshot.ignoredKeys,
      missingOrganizations: await missingOrganizations(stores, snapshot.organizations),
    };
  } catch (error) {
    await dropUncommitted(stores, id);
    throw error;
  }
}

/** A snapshot on its way in: organizations in memory, which are few, and facts in staging tables. */
class StagedSnapshot {
  readonly organizations: { [Kind in OrganizationKind]?: SnapshotRow<Kind>[] } = {};
  readonly counts: { [Kind in SnapshotKind]?: number } = {};
  readonly ignoredKeys: string[] = [];
  private readonly writers = new Map<FactKind, StagingWriter<object>>();
  private readonly ids = new Map<SnapshotKind, Set<string>>();

  constructor(
    private readonly stores: Stores,
    private readonly id: string,
    private readonly version: number,
  ) {}

  /** @throws GatewayError BAD_IMPORT_FILE */
  async take({ key, index, value }: JsonEntry): Promise<void> {
    if (key === SECRET_KEY) return;
    if (!isKind(key)) {
      if (index === undefined) this.ignoredKeys.push(key);
      return;
    }
    await this.begin(key);
    if (index === undefined) {
      if (!Array.isArray(value)) throw wrong(key, "expected a list");
      return;
    }
    const row = parseRow(key, index, value);
    this.counts[key] = (this.counts[key] ?? 0) + 1;
    await this.keep(key, index, row, value);
  }

  /** @throws GatewayError BAD_IMPORT_FILE when there was nothing to import, or a resource occurs twice. */
  async complete(): Promise<void> {
    if (Object.keys(this.counts).length === 0) {
      throw new GatewayError("BAD_IMPORT_FILE", `expected at least one of the lists ${snapshotKinds.join(", ")}.`);
    }
    for (const writer of this.writers.values()) await writer.flush();
    if (!this.writers.has("resources")) return;
    const [twice] = await this.stores.clickHouse.query<{ id: string }>(
      `SELECT id FROM ${stagingTable(this.id, "resources")} GROUP BY cloud_account_id, id HAVING count() > 1 LIMIT 1`,
    );
    if (twice) throw wrong("resources", `expected different ids, but ${twice.id} occurs twice in one account`);
  }

  /** What is to be done with the staged facts. */
  async steps(): Promise<ImportStep[]> {
    const organizationsOf = await accountOrganizations(this.stores, this.organizations);
    const steps: ImportStep[] = [];
    for (const kind of factKinds) {
      if (!this.writers.has(kind)) continue;
      const { accountIds, organizationIds } = await this.coverage(kind, organizationsOf);
      steps.push(
        kind === "resources"
          ? { kind: "replaceResources", accountIds, organizationIds, version: this.version }
          : { kind: "replaceFacts", table: kind, accountIds },
      );
    }
    return steps;
  }

  /** A key that is there with an empty list replaces what there was with nothing. */
  private async begin(kind: SnapshotKind): Promise<void> {
    if (this.counts[kind] !== undefined) return;
    this.counts[kind] = 0;
    if (isFact(kind)) {
      const table = await createStaging(this.stores.clickHouse, this.id, kind);
      this.writers.set(kind, new StagingWriter(this.stores.clickHouse, table));
    } else {
      this.organizations[kind] = [];
    }
  }

  private async keep(kind: SnapshotKind, index: number, row: SnapshotRow<SnapshotKind>, given: unknown): Promise<void> {
    if (!isFact(kind)) {
      this.refuseRepeated(kind, index, row);
      (this.organizations[kind] as SnapshotRow<SnapshotKind>[]).push(row);
    } else {
      await this.writers.get(kind)?.write(factRow(kind, row, given, this.version));
    }
  }

  private refuseRepeated(kind: OrganizationKind, index: number, row: SnapshotRow<SnapshotKind>): void {
    const field = kind === "tokens" ? "token" : "id";
    const id = row[field];
    if (typeof id !== "string") return;
    const known = this.ids.get(kind) ?? new Set();
    this.ids.set(kind, known);
    if (known.has(id)) throw wrong(`${kind}[${index}].${field}`, "expected a value that does not occur twice");
    known.add(id);
  }

  private async coverage(kind: FactKind, organizationsOf: ReadonlyMap<string, ReadonlySet<string>>) {
    const staged = await this.stores.clickHouse.query<{ account: string; organization: string }>(
      `SELECT DISTINCT cloud_account_id AS account, ${kind === "resources" ? "organization_id" : "''"} AS organization
       FROM ${stagingTable(this.id, kind)}`,
    );
    const organizationIds = new Set(this.organizations.organizations?.map((row) => row.id));
    const accountIds = new Set<string>();
    for (const { account, organization } of staged) {
      if (organization !== "") organizationIds.add(organization);
      if (account === "") continue;
      accountIds.add(account);
      for (const owner of organizationsOf.get(account) ?? []) organizationIds.add(owner);
    }
    for (const [account, owners] of organizationsOf) {
      if ([...owners].some((owner) => organizationIds.has(owner))) accountIds.add(account);
    }
    return { accountIds: [...accountIds], organizationIds: [...organizationIds] };
  }
}

function isKind(key: string): key is SnapshotKind {
  return Object.hasOwn(snapshotRows, key);
}

function isFact(kind: SnapshotKind): kind is FactKind {
  return (factKinds as readonly string[]).includes(kind);
}

function factRow(kind: FactKind, row: SnapshotRow<SnapshotKind>, given: unknown, version: number): object {
  if (kind === "resources") return resourceRow(given as ResourceDocument, version);
  if (kind === "expenses") {
    const { cloud_account_id, resource_id, date, cost, sign } = row as SnapshotRow<"expenses">;
    return { cloud_account_id, resource_id, date, cost, sign };
  }
  const fact = row as SnapshotRow<"traffic_expenses">;
  const { cloud_account_id, resource_id, date, type, from, to, usage, cost, sign } = fact;
  return { cloud_account_id, resource_id, date, type, from, to, usage, cost, sign };
}

function parseRow<Kind extends SnapshotKind>(kind: Kind, index: number, value: unknown): SnapshotRow<Kind> {
  const found = unstorable(value, !isFact(kind));
  if (found !== null) throw wrong(`${kind}[${index}]${found.path.slice(0, LONGEST_PATH)}`, found.expectation);
  const result = snapshotRows[kind].safeParse(value);
  if (result.success) return result.data as SnapshotRow<Kind>;
  const issue = result.error.issues[0] as z.core.$ZodIssue;
  throw wrong(`${kind}[${index}]${z.core.toDotPath(issue.path).replace(/^(?=[^[])/, ".")}`, sentenceOf(issue));
}

function sentenceOf(issue: z.core.$ZodIssue): string {
  const message = issue.message.replace(/^Invalid (input|option): /, "");
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function wrong(path: string, expectation: string): GatewayError {
  return new GatewayError("BAD_IMPORT_FILE", `${path}: ${expectation}.`, { details: { path } });
}
