import { createHash } from "node:crypto";

/** The id of a demo entity: a UUID (version 8) that depends on nothing but its name. */
export function demoId(name: string): string {
  const hex = createHash("sha256").update(`acme-demo/${name}`).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

/** A hexadecimal text of the given length, as clouds use them in resource ids. */
export function demoHex(name: string, length: number): string {
  return createHash("sha256").update(`acme-demo/hex/${name}`).digest("hex").slice(0, length);
}

/** Made-up chance that falls the same way for the same seed. */
export class Dice {
  private state: number;

  constructor(seed: string) {
    this.state = createHash("sha256").update(seed).digest().readUInt32LE(0);
  }

  /** 0 <= number < 1, by Mulberry32. */
  fraction(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** low <= integer <= high */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** A price between the bounds; small ones are far more common than large ones, as in a bill. */
  price(low: number, high: number): number {
    return low * (high / low) ** (this.fraction() ** 1.6);
  }

  /** Earlier entries are more common. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.fraction() ** 1.5 * list.length)] as T;
  }
}
