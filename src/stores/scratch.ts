import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

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

/** Removes what a process that was killed has left behind. */
export async function clearScratch(storePath: string): Promise<void> {
  await rm(join(storePath, DIRECTORY), { recursive: true, force: true });
}
