import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Files through which bytes reach the engine in this process; each is there for one statement. */
export class HandOver {
  /** Names that no statement uses. Those that a process that was killed left are taken again, one after the other. */
  private readonly free: string[] = [];
  private made = 0;

  constructor(private readonly directory: string) {}

  async file<Result>(bytes: Uint8Array, use: (path: string) => Promise<Result>): Promise<Result> {
    const name = this.free.pop() ?? `handed-over-${this.made++}`;
    const path = join(this.directory, name);
    try {
      await writeFile(path, bytes, { mode: 0o600 });
      return await use(path);
    } finally {
      await rm(path, { force: true });
      this.free.push(name);
    }
  }
}
