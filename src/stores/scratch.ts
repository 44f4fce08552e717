import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { unusable } from "./directory.js";

/** A directory for what one question sets aside on disk. Disposing removes it with all that is in it. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

/** Where these directories are below a store's own. */
const DIRECTORY = "scratch";

/** Makes an empty one. */
export async function makeScratch(storePath: string): Promise<Scratch> {
  const path = join(storePath, DIRECTORY, randomUUID());
  await mkdir(path, { recursive: true });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/**
 * Makes the place of these directories, without what a process that was killed has left behind.
 * @returns where single files may be set aside as well
 * @throws GatewayError DATA_DIR_UNUSABLE
 */
export async function emptyScratch(storePath: string): Promise<string> {
  const path = join(storePath, DIRECTORY);
  try {
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
    return path;
  } catch (error) {
    throw unusable(storePath, error);
  }
}
