import { createRemoteJWKSet, customFetch, errors, type JWTPayload, jwtVerify } from "jose";
import { z } from "zod";
import { GatewayError } from "../errors.js";
import { RemoteService } from "../remote-service.js";
import type { AroundRemoteCall } from "../telemetry/remote-call.js";
import { type Rights, rightsTo } from "./principal.js";

export interface OidcOptions {
  /** Told of each call, for metrics and traces. */
  readonly around?: AroundRemoteCall;
  /** As tokens name it in `iss`, to the letter. */
  readonly issuer: string;
  readonly audience: string;
  /** The claim that lists ids of organizations. */
  readonly organizationsClaim: string;
  readonly clockToleranceSeconds: number;
  /** After the keys were fetched, how long a key that is not among them is not looked for. Default 10 s. */
  readonly keyCooldownMs?: number;
}

/** Signatures that only the issuer can make; never `none`, never one by a shared secret. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];
const TIMEOUT_MS = 5_000;
/** A key that is not known is looked for at most so often, or anybody could make the issuer be asked at will. */
const COOLDOWN_MS = 10_000;
const KEYS_KEPT_MS = 10 * 60_000;
/** A discovery document that was wrong may be mended. */
const DISCOVERY_KEPT_MS = 60 * 60_000;

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
const organizationIds = z.array(z.string().min(1)).max(10_000);

type Keys = ReturnType<typeof createRemoteJWKSet>;

/**
 * Tokens of an OpenID Connect issuer. Its keys are found through its discovery document, kept for ten minutes, and
 * asked for again when a token names a key that is new.
 */
export class Oidc {
  readonly #service: RemoteService;
  #keys: { readonly found: Promise<Keys>; readonly until: number } | undefined;

  constructor(private readonly options: OidcOptions) {
    this.#service = this.#serviceAt(options.issuer);
  }

  /**
   * What a token opens.
   * @throws GatewayError UNAUTHENTICATED when it does not hold; UPSTREAM_UNAVAILABLE when the issuer cannot be asked
   */
  async rightsOf(token: string): Promise<Rights> {
    const { issuer, audience, organizationsClaim, clockToleranceSeconds } = this.options;
    const keys = await this.#issuersKeys();
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        clockTolerance: clockToleranceSeconds,
        requiredClaims: ["exp"],
      }));
    } catch (error) {
      throw this.#refusal(error);
    }
    const listed = organizationIds.safeParse([payload[organizationsClaim] ?? []].flat());
    if (!listed.success) {
      throw invalid(`The token's claim ${organizationsClaim} is no list of organization ids: ask who issued it.`);
    }
    return rightsTo(new Set(listed.data));
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  #issuersKeys(): Promise<Keys> {
    if (this.#keys !== undefined && performance.now() < this.#keys.until) return this.#keys.found;
    const found = this.#discover();
    const kept = { found, until: performance.now() + DISCOVERY_KEPT_MS };
    this.#keys = kept;
    found.catch(() => {
      if (this.#keys === kept) this.#keys = undefined;
    });
    return found;
  }

  async #discover(): Promise<Keys> {
    const { status, body } = await this.#service.json({ target: "/.well-known/openid-configuration" });
    if (status !== 200) throw this.#service.failure(`answered with HTTP ${status} when asked for its configuration`);
    const document = discovery.safeParse(body);
    if (!document.success) throw this.#service.failure("has a discovery document without issuer and jwks_uri");
    if (document.data.issuer !== this.options.issuer) {
      throw this.#service.failure("calls itself by another name than OIDC_ISSUER in its discovery document");
    }
    return createRemoteJWKSet(new URL(document.data.jwks_uri), {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: this.options.keyCooldownMs ?? COOLDOWN_MS,
      cacheMaxAge: KEYS_KEPT_MS,
      [customFetch]: (url) => this.#fetchKeys(url),
    });
  }

  /** Through a service of ours, for its bounds. */
  async #fetchKeys(address: string): Promise<Response> {
    const { origin, pathname, search } = new URL(address);
    const service = this.#serviceAt(origin);
    try {
      const { status, body } = await service.json({ target: `${pathname}${search}` });
      if (status !== 200) throw service.failure(`answered with HTTP ${status} when asked for its keys`);
      return Response.json(body);
    } finally {
      await service.close();
    }
  }

  #serviceAt(url: string): RemoteService {
    return new RemoteService({
      name: "The identity provider",
      variable: "OIDC_ISSUER",
      url,
      timeoutMs: TIMEOUT_MS,
      connections: 4,
      maxBytes: 1024 * 1024,
      around: this.options.around,
    });
  }

  #refusal(error: unknown): GatewayError {
    if (error instanceof GatewayError) return error;
    if (error instanceof errors.JWTExpired) return invalid("The token has expired: sign in again.");
    if (error instanceof errors.JWTClaimValidationFailed) {
      return invalid(`The token's claim ${error.claim} is not what this service takes: sign in for this service.`);
    }
    if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
      return invalid("The token is signed with a key that its issuer does not have: sign in again.");
    }
    // Only what the issuer said can be these; a token that is wrong by itself has errors of its own.
    if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) {
      return this.#service.failure("does not tell its keys", error);
    }
    const aboutToken =
      error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC" ? true : error instanceof TypeError;
    return aboutToken
      ? invalid("The token is malformed, or its signature does not hold: sign in again.")
      : this.#service.failure("does not tell its keys", error);
  }
}

function invalid(sentence: string): GatewayError {
  return new GatewayError("UNAUTHENTICATED", sentence, { details: { reason: "invalid" } });
}
