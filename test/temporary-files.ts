import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Gives a run of the tests a directory of its own for temporary files, which goes with it even when a test was ended
 * before it could tidy up. What is left in it at the end is named: a test forgot it.
 */
export default async function temporaryFiles(): Promise<() => Promise<void>> {
  const before = process.env.TMPDIR;
  const directory = await mkdtemp(join(tmpdir(), "gateway-tests-"));
  // Tests run programs as other users, who must get to what lies in it.
  await chmod(directory, 0o711);
  process.env.TMPDIR = directory;
  return async () => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    const left = await readdir(directory);
    if (left.length > 0) process.stderr.write(`Left behind in the directory for temporary files: ${left.join(", ")}\n`);
    await rm(directory, { recursive: true, force: true });
  };
}
