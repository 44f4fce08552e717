import type { Config } from "../config.js";
import type { ImportOptions } from "../imports/progress.js";
import { recoverImports } from "../imports/recovery.js";
import { openStores, type Stores } from "../stores/stores.js";
import { createProgress } from "./progress.js";

/** Opens the stores, finishes what an earlier import left, and runs an import with progress shown. */
export async function runImport<Report>(
  config: Config,
  run: (stores: Stores, options: ImportOptions) => Promise<Report>,
): Promise<Report> {
  await using stores = await openStores(config);
  await recoverImports(stores);
  using progress = createProgress("Importing");
  return await run(stores, {
    progress: ({ phase, done, total, unit }) =>
      progress.update(
        total === undefined ? `${phase}, ${amount(done, unit)}` : phase,
        total === undefined || total === 0 ? undefined : done / total,
      ),
  });
}

function amount(count: number, unit: "rows" | "bytes" | "steps"): string {
  return unit === "bytes" ? `${(count / 1e6).toFixed(1)} MB` : `${count.toLocaleString("en")} ${unit}`;
}
