import { median } from "../process-figures.js";

export interface Measured {
  /** Medians. */
  readonly milliseconds: number;
  /** Of this process, the engine's threads included. */
  readonly cpuMilliseconds: number;
}

/** Runs the contestants in turns, so that what else the machine does meets all of them alike. */
export async function inTurns<Name extends string>(
  contestants: Readonly<Record<Name, () => Promise<unknown>>>,
  { warmups, rounds }: { readonly warmups: number; readonly rounds: number },
): Promise<Record<Name, Measured>> {
  const names = Object.keys(contestants) as Name[];
  const samples = new Map(names.map((name) => [name, { wall: [] as number[], cpu: [] as number[] }]));
  for (let round = 0; round < warmups + rounds; round++) {
    for (const name of names) {
      const cpuBefore = process.cpuUsage();
      const began = performance.now();
      await contestants[name]();
      const wall = performance.now() - began;
      const { user, system } = process.cpuUsage(cpuBefore);
      if (round < warmups) continue;
      samples.get(name)?.wall.push(wall);
      samples.get(name)?.cpu.push((user + system) / 1_000);
    }
  }
  return Object.fromEntries(
    [...samples].map(([name, { wall, cpu }]) => [name, { milliseconds: median(wall), cpuMilliseconds: median(cpu) }]),
  ) as Record<Name, Measured>;
}
