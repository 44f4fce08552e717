import { appendFileSync } from "node:fs";
import { cpus } from "node:os";

/** Where a run collects its rows, one JSON text a line. */
export const ROWS_FILE = "BENCH_ROWS_FILE";

export interface BenchRow {
  /** Rows are shown in the order of their ids. */
  readonly id: string;
  readonly measure: string;
  /** What else a user could pick, measured in the same run. */
  readonly against: string;
  /** With units, for orientation. */
  readonly ours: string;
  readonly theirs: string;
  /** Null where nothing is compared. */
  readonly ratio: number | null;
  readonly goal: string;
  readonly reached: boolean;
}

/** Puts a row into the table of this run. */
export function report(row: BenchRow): void {
  const file = process.env[ROWS_FILE];
  if (file === undefined) throw new Error("Benchmarks are run by `npm run bench`.");
  appendFileSync(file, `${JSON.stringify(row)}\n`);
}

/** The rows as Markdown, with the machine that they were measured on. */
export function tableOf(rows: readonly BenchRow[]): string {
  const sorted = [...rows].sort((one, other) => one.id.localeCompare(other.id));
  return [
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, ${new Date().toISOString().slice(0, 10)}`,
    "",
    "| | measure | against | here | there | ratio | goal | reached |",
    "|---|---|---|---|---|---|---|---|",
    ...sorted.map(
      ({ id, measure, against, ours, theirs, ratio, goal, reached }) =>
        `| ${id} | ${measure} | ${against} | ${ours} | ${theirs} | ${ratio === null ? "–" : ratio.toFixed(2)} | ${goal} | ${reached ? "yes" : "**no**"} |`,
    ),
  ].join("\n");
}
