/** Which organizations a user may see; who knows it may be another service, so asking can fail. */
export interface Rights {
  /** @throws GatewayError UNAUTHENTICATED, UPSTREAM_UNAVAILABLE */
  covers(organizationId: string): Promise<boolean>;
  /**
   * All of them; null = every organization there is.
   * @throws GatewayError UNAUTHENTICATED, UPSTREAM_UNAVAILABLE
   */
  organizationIds(): Promise<ReadonlySet<string> | null>;
}

/** Who is asking. A service holds the cluster secret and sees every organization. */
export type Principal =
  | { readonly kind: "service" }
  | {
      readonly kind: "user";
      /** The first 12 hex digits of the token's SHA-256: enough to recognise it in a log, useless as a credential. */
      readonly tokenFingerprint: string;
      readonly rights: Rights;
    };

/** The one rule of permission: may this principal see this organization's money? */
export async function maySee(principal: Principal, organizationId: string): Promise<boolean> {
  return principal.kind === "service" || principal.rights.covers(organizationId);
}

/**
 * The same principal, once their credentials are sure to hold: of a token that another service issued only asking it tells.
 * @throws GatewayError UNAUTHENTICATED, UPSTREAM_UNAVAILABLE
 */
export async function proven(principal: Principal): Promise<Principal> {
  if (principal.kind === "user") await principal.rights.organizationIds();
  return principal;
}

/** Rights to a list of organizations that is known. */
export function rightsTo(organizationIds: ReadonlySet<string>): Rights {
  return {
    covers: async (organizationId) => organizationIds.has(organizationId),
    organizationIds: async () => organizationIds,
  };
}
