import { type Finding, fail, ok } from "./finding.js";

/** More than this between two clocks, and windows and expiries mean different days on either side. Milliseconds. */
const TOLERATED = 30_000;

export interface ClockReading {
  /** The other side's time, milliseconds since the epoch. */
  readonly theirs: number;
  /** Ours, before and after it was asked. */
  readonly asked: number;
  readonly answered: number;
  /** How coarse the other side tells the time. Milliseconds. */
  readonly resolution: number;
}

/** Reads another clock. */
export async function readClock(resolution: number, ask: () => Promise<number>): Promise<ClockReading> {
  const asked = Date.now();
  const theirs = await ask();
  return { theirs, asked, answered: Date.now(), resolution };
}

/** How far ahead of ours the other clock is for certain; 0 when the two may be the same. Milliseconds, negative = behind. */
export function skewOf({ theirs, asked, answered, resolution }: ClockReading): number {
  if (theirs > answered) return theirs - answered;
  return Math.min(0, theirs + resolution - asked);
}

/** A good finding with the clock's word on it, or a failure when the clocks differ too much. */
export function withClock(text: string, reading: ClockReading): Finding {
  const skew = skewOf(reading);
  if (Math.abs(skew) <= TOLERATED) return ok(`${text}; its clock agrees`);
  const direction = skew > 0 ? "ahead of" : "behind";
  return fail(
    `${text}, but its clock is ${Math.round(Math.abs(skew) / 1000)} s ${direction} this machine's: set both by NTP.`,
  );
}
