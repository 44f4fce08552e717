import type { Config } from "../config.js";
import { importSnapshotFile } from "../imports/snapshot.js";
import { runImport } from "./run-import.js";

/** Imports one snapshot and says what it held. */
export async function importSnapshot(config: Config, file: string): Promise<void> {
  const { counts, ignoredKeys, missingOrganizations } = await runImport(config, (stores, options) =>
    importSnapshotFile(stores, file, options),
  );
  process.stdout.write(`Imported ${file}:\n`);
  for (const [kind, count] of Object.entries(counts)) {
    process.stdout.write(`  ${count.toLocaleString("en").padStart(9)}  ${kind.replaceAll("_", " ")}\n`);
  }
  if (ignoredKeys.length > 0) process.stdout.write(`Left out, because unknown: ${ignoredKeys.join(", ")}\n`);
  if (missingOrganizations.length > 0) {
    process.stdout.write(
      `Nobody can see what belongs to organizations that are not there: ${missingOrganizations.join(", ")}. Import them, too.\n`,
    );
  }
}
