import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BenchRow, ROWS_FILE, tableOf } from "./report.js";

const BEGIN = "<!-- The table is written by `npm run bench`. -->\n\n";

/** Around a whole run: collects the rows, prints them, and puts them into README.md beside this file. */
export default async function table(): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-bench-"));
  const file = join(directory, "rows");
  await writeFile(file, "");
  process.env[ROWS_FILE] = file;
  return async () => {
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
    await rm(directory, { recursive: true });
    if (lines.length === 0) return;
    const text = tableOf(lines.map((line) => JSON.parse(line) as BenchRow));
    console.log(`\n${text}\n`);
    if (process.env.BENCH_KEEP !== "true") return;
    const readme = join(import.meta.dirname, "README.md");
    const [before = ""] = (await readFile(readme, "utf8")).split(BEGIN);
    await writeFile(readme, `${before}${BEGIN}${text}\n`);
  };
}
