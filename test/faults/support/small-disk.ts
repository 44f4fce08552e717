import { execFile, spawnSync } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { built, type CommandLine, temporaryDirectory } from "../../cli/command-line.js";

const shell = promisify(execFile);

/** Whether disks may be mounted here: it takes root, and a container that lets it. */
const canMount =
  process.getuid?.() === 0 &&
  spawnSync("unshare", ["--mount", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /mnt"]).status === 0;

/** A place for files that can be filled. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** What the program has to be started with, to feel it. */
  command(): readonly string[];
  /** Leaves not a byte to a program that runs, and to those that are started from now on. */
  fill(running?: CommandLine): Promise<void>;
  free(running?: CommandLine): Promise<void>;
}

/** A disk of its own; where none may be mounted, a program that may not make any file larger. */
export const smallDisk = (megabytes: number) => (canMount ? mountedDisk(megabytes) : limitedPrograms());

async function limitedPrograms(): Promise<SmallDisk> {
  const { path, [Symbol.asyncDispose]: remove } = await temporaryDirectory();
  let isFull = false;
  const limit = async (size: string, running: CommandLine | undefined) => {
    if (running) await shell("prlimit", ["--pid", String(running.pid), `--fsize=${size}:unlimited`]);
  };
  return {
    path,
    command: () => ["bash", "-c", `trap '' XFSZ; ${isFull ? "ulimit -S -f 0;" : ""} exec "$0" "$@"`, ...built],
    async fill(running) {
      isFull = true;
      await limit("0", running);
    },
    async free(running) {
      isFull = false;
      await limit("unlimited", running);
    },
    [Symbol.asyncDispose]: remove,
  };
}

async function mountedDisk(megabytes: number): Promise<SmallDisk> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  await shell("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", path]);
  const ballast = join(path, "ballast");
  return {
    path,
    command: () => built,
    async fill() {
      const file = await open(ballast, "a");
      const block = Buffer.alloc(1_048_576);
      try {
        // What does not fit as a whole is written as far as it fits.
        for (;;) await file.write(block);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      } finally {
        await file.close();
      }
    },
    free: () => rm(ballast, { force: true }),
    async [Symbol.asyncDispose]() {
      await shell("umount", ["--lazy", path]);
      await directory[Symbol.asyncDispose]();
    },
  };
}
