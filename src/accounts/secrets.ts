import { createHash, timingSafeEqual } from "node:crypto";

/** What may be kept of a secret: SHA-256, as hexadecimal digits. */
export function secretDigest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares digests, so that neither length nor content shows in the time it takes. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(secretDigest(one)), Buffer.from(secretDigest(other)));
}

/** What a log may say of a secret: it tells one from another, and leads back to none. */
export function secretFingerprint(secret: string): string {
  return secretDigest(secret).slice(0, 12);
}
