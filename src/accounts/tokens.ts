import { randomBytes } from "node:crypto";
import type { OwnTables } from "../stores/relational.js";
import { type EpochSeconds, now } from "../time.js";
import { secretDigest } from "./secrets.js";

export interface TokenGrant {
  readonly organizationIds: readonly string[];
  readonly name?: string;
  /** First second at which the token no longer works; null = never expires. */
  readonly expiresAt?: EpochSeconds | null;
}

const PREFIX = "eg_";

/** Whether a token says of itself that it was made here. */
export function isOwnToken(token: string): boolean {
  return token.startsWith(PREFIX);
}

/** API tokens. Only the SHA-256 of a token is kept, so a copy of the database opens nothing. */
export class Tokens {
  constructor(private readonly own: OwnTables) {}

  /** Makes a token and returns it, the only time that it can be seen. */
  async create(grant: TokenGrant): Promise<string> {
    const token = `${PREFIX}${randomBytes(32).toString("base64url")}`;
    await this.own.apiToken.create({ data: rowOf(token, grant) });
    return token;
  }

  /** Stores a token chosen elsewhere; an existing one gets this grant instead of its old one. */
  async register(token: string, grant: TokenGrant): Promise<void> {
    await this.own.$transaction([
      this.own.apiToken.deleteMany({ where: { tokenSha256: secretDigest(token) } }),
      this.own.apiToken.create({ data: rowOf(token, grant) }),
    ]);
  }

  /** The organizations that a token opens, or null when it is unknown or has expired. */
  async organizationsOf(token: string): Promise<ReadonlySet<string> | null> {
    const found = await this.own.apiToken.findUnique({
      where: { tokenSha256: secretDigest(token) },
      include: { scopes: true },
    });
    if (found === null || (found.expiresAt !== null && found.expiresAt <= now())) return null;
    return new Set(found.scopes.map((scope) => scope.organizationId));
  }
}

function rowOf(token: string, { organizationIds, name = "", expiresAt = null }: TokenGrant) {
  return {
    tokenSha256: secretDigest(token),
    name,
    createdAt: now(),
    expiresAt,
    scopes: { create: [...new Set(organizationIds)].map((organizationId) => ({ organizationId })) },
  };
}
