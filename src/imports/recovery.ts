import { hostname } from "node:os";
import type { Stores } from "../stores/stores.js";
import { finishImport, type ImportPlan } from "./journal.js";
import { dropStaging, STAGING_PREFIX } from "./staging.js";

/** Of a server's staging tables without a journal row, those older than this belong to no running import. Seconds. */
const ABANDONED_AFTER = 86_400;

/**
 * Finishes the imports that were committed when their process ended, and clears away those that were not. To be
 * called when the stores have been opened, before they are read or imported to.
 */
export async function recoverImports(stores: Stores): Promise<{ readonly finished: number }> {
  let finished = 0;
  // In front of an OptScale database nothing is imported.
  if (stores.databaseKind === "mariadb") return { finished };
  const unfinished = await stores.relational.import.findMany({
    where: { finishedAt: null },
    orderBy: [{ committedAt: "asc" }, { id: "asc" }],
  });
  const kept = new Set<string>();
  for (const { id, plan, process } of unfinished) {
    if (stores.clickHouse.kind === "server" && isAtWork(process)) {
      kept.add(id);
      continue;
    }
    await finishImport(stores, id, (JSON.parse(plan) as ImportPlan).steps);
    finished += 1;
  }
  await dropAbandonedStaging(stores, kept);
  return { finished };
}

async function dropAbandonedStaging({ clickHouse }: Stores, kept: ReadonlySet<string>): Promise<void> {
  const tables = await clickHouse.query<{ id: string }>(
    `SELECT DISTINCT extract(name, {pattern:String}) AS id
     FROM system.tables
     WHERE database = currentDatabase() AND id != '' AND ({ours:Bool} OR metadata_modification_time <= now() - {age:UInt32})`,
    // The engine in this process is nobody else's, so that every import without a journal row is over.
    {
      pattern: `^${STAGING_PREFIX}([0-9a-f]{24})_`,
      ours: clickHouse.kind === "embedded",
      age: ABANDONED_AFTER,
    },
  );
  for (const { id } of tables) if (!kept.has(id)) await dropStaging(clickHouse, id);
}

/** Whether the process that wrote the journal row may still be applying it; one of another host is taken to be. */
function isAtWork(owner: string): boolean {
  const separator = owner.lastIndexOf(":");
  const pid = Number(owner.slice(separator + 1));
  if (owner.slice(0, separator) !== hostname()) return true;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
