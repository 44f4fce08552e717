import type { Config } from "../config.js";
import { type FocusImport, formatFocusReport, importFocus } from "../imports/focus.js";
import { ownCommand } from "./own-command.js";
import { runImport } from "./run-import.js";

/** Imports FOCUS files and prints the sums that are then in the store, per account and day. */
export async function importFocusFiles(
  config: Config,
  files: readonly string[],
  options: Omit<FocusImport, "files">,
): Promise<void> {
  const report = await runImport(config, (stores, progress) => importFocus(stores, { files, ...options }, progress));
  process.stdout.write(formatFocusReport(report, { daily: true }));
  process.stdout.write(
    `\nA token to see it with: ${ownCommand()} token create --organization ${report.organization.id}\n`,
  );
}
