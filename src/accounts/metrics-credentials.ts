import { randomBytes, scrypt, scryptSync, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/** What a cluster's Prometheus presents, by basic auth, when it writes samples. */
export interface MetricsCredentials {
  readonly username: string;
  readonly password: string;
}

const LENGTH = 32;
const derive = promisify(scrypt) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;

/** Credentials as they are kept: of the password only a salted scrypt hash. Salt and hash are base64url. */
export interface SealedMetricsCredentials {
  readonly username: string;
  readonly salt: string;
  readonly hash: string;
}

export function sealMetricsCredentials({ username, password }: MetricsCredentials): SealedMetricsCredentials {
  const salt = randomBytes(16);
  return {
    username,
    salt: salt.toString("base64url"),
    hash: scryptSync(password, salt, LENGTH).toString("base64url"),
  };
}

/** Whether these are the credentials; deliberately slow (some 50 ms), so callers remember the answer. What is damaged matches nothing. */
export async function metricsCredentialsMatch(
  sealed: SealedMetricsCredentials,
  { username, password }: MetricsCredentials,
): Promise<boolean> {
  const expected = Buffer.from(sealed.hash, "base64url");
  const hash = await derive(password, Buffer.from(sealed.salt, "base64url"), LENGTH);
  const samePassword = expected.length === LENGTH && timingSafeEqual(hash, expected);
  return samePassword && sealed.username === username;
}
