import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { GatewayError } from "../errors.js";

/**
 * Makes a directory and those above it; one that is there already is fine. Node's own `recursive` never comes back
 * where a directory exists but takes no entries, as below /proc.
 * @throws the error of the file system, e.g. EACCES, ENOTDIR or ENOENT
 */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if (await isDirectory(path)) return;
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === path || (await isDirectory(parent)))
      throw error;
    await makeDirectory(parent);
    await makeDirectory(path);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** What to tell of a directory of ours that the file system refuses to write to. */
export function unusable(path: string, cause: unknown): GatewayError {
  const reason = (cause as NodeJS.ErrnoException).code ?? "unknown";
  return new GatewayError("DATA_DIR_UNUSABLE", `${path} cannot be written (${reason}): choose another DATA_DIR.`, {
    cause,
  });
}
