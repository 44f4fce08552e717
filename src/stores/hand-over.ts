import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Files through which bytes reach the engine in this process; each is there for one statement. */
export class HandOver {
  private made = 0;

  constructor(private readonly directory: string) {}

  async file<Result>(bytes: Uint8Array, use: (path: string) => Promise<Result>): Promise<Result> {
    const path = join(this.directory, `handed-over-${this.made++}`);
    try {
      await writeFile(path, bytes, { mode: 0o600 });
      return await use(path);
    } finally {
      await rm(path, { force: true });
    }
  }
}
