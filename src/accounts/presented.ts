import { createHash, timingSafeEqual } from "node:crypto";

/** Compares digests, so that neither length nor content shows in the time it takes. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
