import { GatewayError } from "../errors.js";
import type { AuthService } from "./auth-service.js";
import type { Credentials } from "./credentials.js";
import type { Oidc } from "./oidc.js";
import { type Principal, type Rights, rightsTo } from "./principal.js";
import { isSameSecret, secretFingerprint } from "./secrets.js";
import { isOwnToken, type Tokens } from "./tokens.js";

export interface Authenticator {
  /** @throws GatewayError UNAUTHENTICATED, UPSTREAM_UNAVAILABLE */
  authenticate(credentials: Credentials): Promise<Principal>;
}

/** Who else issues tokens that hold here. */
export interface Issuers {
  readonly oidc?: Pick<Oidc, "rightsOf"> | undefined;
  readonly authService?: Pick<AuthService, "rightsOf"> | undefined;
}

/** Tells who presents these credentials. */
export class Authentication implements Authenticator {
  constructor(
    private readonly tokens: Tokens,
    private readonly clusterSecret: string,
    private readonly issuers: Issuers = {},
  ) {}

  /**
   * The right cluster secret decides alone; a wrong one is ignored when the token is good (both as in v2).
   * @throws GatewayError UNAUTHENTICATED; `details.reason` is "missing" (neither was given) or "invalid".
   *   GatewayError UPSTREAM_UNAVAILABLE when who issued the token cannot be asked.
   */
  async authenticate({ token, secret }: Credentials): Promise<Principal> {
    if (!token && !secret) throw missingCredentials();
    if (secret && this.isClusterSecret(secret)) return { kind: "service" };
    const rights = token ? await this.rightsOf(token) : null;
    if (!token || rights === null) {
      const sentence = token
        ? "The token is unknown or has expired: create a new one."
        : "The secret in the header `Secret` is not the cluster secret: send that of CLUSTER_SECRET, or a token.";
      throw new GatewayError("UNAUTHENTICATED", sentence, { details: { reason: "invalid" } });
    }
    return { kind: "user", tokenFingerprint: secretFingerprint(token), rights };
  }

  isClusterSecret(candidate: string): boolean {
    return isSameSecret(candidate, this.clusterSecret);
  }

  /** A token's form tells who issued it: `eg_…` is one of ours, three parts are a JWT; others may be imported, or OptScale's. */
  private async rightsOf(token: string): Promise<Rights | null> {
    const { oidc, authService } = this.issuers;
    if (oidc && !isOwnToken(token) && looksLikeJwt(token)) return oidc.rightsOf(token);
    const organizationIds = await this.tokens.organizationsOf(token);
    if (organizationIds !== null) return rightsTo(organizationIds);
    return authService && !isOwnToken(token) ? authService.rightsOf(token) : null;
  }
}

export function missingCredentials(): GatewayError {
  return new GatewayError(
    "UNAUTHENTICATED",
    "Send a token in the header `Authorization: Bearer <token>`; `expense-gateway token create` makes one.",
    { details: { reason: "missing" } },
  );
}

/** Whether a token has the form of a signed JWT. */
function looksLikeJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token);
}
