import { hostname } from "node:os";
import type { Prisma } from "../stores/generated/sqlite/client.js";
import type { Stores } from "../stores/stores.js";
import { now } from "../time.js";
import { applyStep, type ImportStep } from "./import-step.js";
import { dropStaging } from "./staging.js";

/** The relational side of a transaction. */
export type Transaction = Prisma.TransactionClient;

export interface ImportOrigin {
  readonly organizationId: string;
  /** Absolute paths. */
  readonly files: readonly string[];
}

/** What the journal keeps of an import, as JSON. */
export interface ImportPlan {
  readonly origin?: ImportOrigin;
  readonly steps: readonly ImportStep[];
}

export interface PlannedImport {
  readonly id: string;
  readonly kind: "snapshot" | "focus";
  /** The files it was read from, and where they went: the next version of them replaces what these brought. */
  readonly origin?: ImportOrigin;
  /** What brings the staged rows into the expense store, in order; each may be repeated. */
  readonly steps: readonly ImportStep[];
  /** Changes organizations, accounts, ...; in one transaction with the journal's row. */
  readonly changeRelational: (transaction: Transaction) => Promise<void>;
}

/** An organization with thousands of rows takes its time. Milliseconds. */
const TRANSACTION_TIMEOUT = 120_000;

/**
 * Makes an import count. All its rows lie in staging tables by now; the transaction is the moment from which on it
 * is part of the store, whatever happens to this process, and before which it is no part of it.
 */
export async function commitImport(stores: Stores, planned: PlannedImport): Promise<void> {
  await stores.relational.$transaction(
    async (transaction) => {
      await planned.changeRelational(transaction);
      await transaction.import.create({
        data: {
          id: planned.id,
          kind: planned.kind,
          plan: JSON.stringify({ origin: planned.origin, steps: planned.steps }),
          process: thisProcess(),
          committedAt: now(),
        },
      });
    },
    { timeout: TRANSACTION_TIMEOUT, maxWait: TRANSACTION_TIMEOUT },
  );
  await finishImport(stores, planned.id, planned.steps);
}

/** Brings the staged rows of a committed import into the expense store; may be repeated. */
export async function finishImport(stores: Stores, id: string, steps: readonly ImportStep[]): Promise<void> {
  for (const step of steps) await applyStep(stores.clickHouse, id, step);
  await stores.relational.import.update({ where: { id }, data: { finishedAt: now() } });
  await dropStaging(stores.clickHouse, id);
}

function thisProcess(): string {
  return `${hostname()}:${process.pid}`;
}

/** Earlier imports that one of these files was part of, into the same organization. */
export async function importsOf(stores: Stores, { organizationId, files }: ImportOrigin): Promise<string[]> {
  const imports = await stores.relational.import.findMany({
    where: { kind: "focus" },
    select: { id: true, plan: true },
  });
  return imports
    .filter(({ plan }) => {
      const { origin } = JSON.parse(plan) as ImportPlan;
      return origin?.organizationId === organizationId && origin.files.some((file) => files.includes(file));
    })
    .map(({ id }) => id);
}

/**
 * Clears away after a failed import. One that was committed is finished when the stores are opened next, and needs
 * its staging tables for that.
 */
export async function dropUncommitted(stores: Stores, id: string): Promise<void> {
  const committed = await stores.relational.import.findUnique({ where: { id } }).catch(() => undefined);
  if (committed === null) await dropStaging(stores.clickHouse, id).catch(() => undefined);
}
