import fc from "fast-check";
import { expect } from "vitest";

const factor = Number(process.env.FUZZ_FACTOR ?? 1);

/** How many cases each property of these files tries; more for a long search, on a quiet machine. */
export const runs = (usual: number) => Math.ceil(usual * factor);

/** Only so that a search that hangs ends. */
export const timeout = 600_000 * Math.max(1, factor);

/** A seed of its own for each run of the tests, told before anything can fail; FUZZ_SEED repeats one. */
export const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** For a property's options: how often, and from which seed. Only a seed that is repeated is shrunk: that takes minutes. */
export function cases(usual: number): fc.Parameters<unknown> {
  return { numRuns: runs(usual), seed, endOnFailure: process.env.FUZZ_SEED === undefined };
}

/** Counts what was tried, and tells it beside the seed when a file is through. */
export class Tally {
  private readonly counts = new Map<string, number>();

  constructor(private readonly what: string) {
    process.stdout.write(`${what}: seed ${seed}\n`);
  }

  count(outcome: string | number): void {
    this.counts.set(String(outcome), (this.counts.get(String(outcome)) ?? 0) + 1);
  }

  get total(): number {
    return [...this.counts.values()].reduce((sum, one) => sum + one, 0);
  }

  of(outcome: string | number): number {
    return this.counts.get(String(outcome)) ?? 0;
  }

  tell(): void {
    process.stdout.write(
      `${this.what}: seed ${seed}, ${this.total} cases, ${JSON.stringify(Object.fromEntries(this.counts))}\n`,
    );
  }
}

/** What no answer may hold: a line of a stack trace, a path of this machine, words of a store or of a programming fault. */
const revealing =
  /\n\s+at .+:\d+:\d+|node_modules|\/dist\/|file:\/\/|\/tmp\/|\/home\/|DB::Exception|Code: \d+\. |SQLITE_|PrismaClient|Invalid `.*` invocation|Cannot (read|set) propert|is not a function|is not iterable|undefined \(reading|__proto__ of/;

/** @param sent what may be quoted back */
export function expectNothingRevealed(text: string, sent = ""): void {
  const found = revealing.exec(text)?.[0];
  if (found !== undefined && !sent.includes(found)) expect.fail(`"${found}" in an answer: ${text.slice(0, 2_000)}`);
}

/** How many bytes the process grows by while `work` runs, outside of the heap too. */
export async function growthDuring(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 1);
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return Math.max(peak, process.memoryUsage.rss()) - before;
}

/** Bytes with a few of them changed, dropped, doubled or put elsewhere: mostly what they were. */
export function mutated(bytes: Buffer): fc.Arbitrary<Buffer> {
  const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  const step = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), at, value: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constant("flip" as const), at, value: fc.integer({ min: 0, max: 7 }) }),
    fc.record({ kind: fc.constant("cut" as const), at, value: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant("double" as const), at, value: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ kind: fc.constant("insert" as const), at, value: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constant("end" as const), at, value: fc.constant(0) }),
  );
  return fc.array(step, { minLength: 1, maxLength: 4 }).map((steps) => {
    let result = Buffer.from(bytes);
    for (const { kind, at, value } of steps) {
      const place = Math.floor(at * result.length);
      if (kind === "set" && result.length > 0) result[place] = value;
      else if (kind === "flip" && result.length > 0) result[place] = (result[place] as number) ^ (1 << value);
      else if (kind === "cut") result = Buffer.concat([result.subarray(0, place), result.subarray(place + value)]);
      else if (kind === "double") {
        result = Buffer.concat([result.subarray(0, place + value), result.subarray(place)]);
      } else if (kind === "insert") {
        result = Buffer.concat([result.subarray(0, place), Buffer.from([value]), result.subarray(place)]);
      } else if (kind === "end") result = result.subarray(0, place);
    }
    return result;
  });
}
