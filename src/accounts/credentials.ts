import type { IncomingHttpHeaders } from "node:http";

/** What a caller presents; whether it holds is another question. */
export interface Credentials {
  readonly token?: string | undefined;
  readonly secret?: string | undefined;
}

/** `Authorization: Bearer <token>`, and the header `Secret`. */
export function credentialsOf(headers: IncomingHttpHeaders): Credentials {
  return { token: /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1], secret: secretOf(headers) };
}

/**
 * The same as v2 reads it: the first seven characters of `Authorization` are dropped unseen, so the scheme's name does
 * not matter.
 */
export function credentialsOfV2(headers: IncomingHttpHeaders): Credentials {
  return { token: headers.authorization?.slice(7) || undefined, secret: secretOf(headers) };
}

function secretOf({ secret }: IncomingHttpHeaders): string | undefined {
  return [secret].flat()[0] || undefined;
}
