import type { IncomingHttpHeaders } from "node:http";
import type { Organization } from "../accounts/accounts.js";
import { type Credentials, credentialsOfV2 } from "../accounts/credentials.js";
import { notePrincipal } from "../accounts/noted-principal.js";
import { maySee, type Principal } from "../accounts/principal.js";
import { GatewayError } from "../errors.js";
import type { Services } from "../services.js";
import { RestError } from "./errors.js";

/** Who may call an endpoint: v2 has some for holders of a token only. */
export type Access = "token" | "token or secret";

/** @throws RestError OE0237 when there are none; this comes before everything else, even the method */
export function requiredCredentials(headers: IncomingHttpHeaders): Credentials {
  const credentials = credentialsOfV2(headers);
  if (credentials.token === undefined && credentials.secret === undefined) throw new RestError("OE0237");
  return credentials;
}

/** @throws RestError OE0235 when the credentials do not hold */
export async function authenticated(
  { authentication }: Services,
  { token, secret }: Credentials,
  access: Access,
): Promise<Principal> {
  try {
    return notePrincipal(await authentication.authenticate(access === "token" ? { token } : { token, secret }));
  } catch (error) {
    throw inWordsOfV2(error);
  }
}

/**
 * The organization, if the caller may see it. A service learns only later, after its parameters were checked, that
 * there is none: it gets null here (contract §2.2, §2.5).
 * @throws RestError OE0002, OE0234
 */
export async function permittedOrganization(
  { accounts }: Services,
  principal: Principal,
  id: string,
): Promise<Organization | null> {
  const organization = await accounts.organization(id);
  if (principal.kind === "service") return organization;
  const may = await mayUserSee(principal, id);
  if (organization === null) throw organizationNotFound(id);
  if (!may) throw new RestError("OE0234");
  return organization;
}

/**
 * An account, pool, owner or resource, if the caller may see its organization.
 * @param kind what v2 calls it in its error
 * @throws RestError OE0002, OE0234, OE0235
 */
export async function permitted<T extends { readonly organizationId: string }>(
  principal: Principal,
  kind: string,
  id: string,
  found: T | null | undefined,
): Promise<T> {
  if (!found) {
    // Only who is known may learn that there is none, and another service may have to tell that.
    await authorizedOrganizationIds(principal);
    throw new RestError("OE0002", [kind, id]);
  }
  if (!(await mayUserSee(principal, found.organizationId))) throw new RestError("OE0234");
  return found;
}

/**
 * Whether a principal may see an organization.
 * @throws RestError OE0235 when only now, asked by another service, the token turns out not to hold
 */
export async function mayUserSee(principal: Principal, organizationId: string): Promise<boolean> {
  try {
    return await maySee(principal, organizationId);
  } catch (error) {
    throw inWordsOfV2(error);
  }
}

/**
 * The organizations that a principal may see; null = all there are.
 * @throws RestError OE0235
 */
export async function authorizedOrganizationIds(principal: Principal): Promise<ReadonlySet<string> | null> {
  if (principal.kind === "service") return null;
  try {
    return await principal.rights.organizationIds();
  } catch (error) {
    throw inWordsOfV2(error);
  }
}

function inWordsOfV2(error: unknown): unknown {
  return error instanceof GatewayError && error.code === "UNAUTHENTICATED" ? new RestError("OE0235") : error;
}

export function organizationNotFound(id: string): RestError {
  return new RestError("OE0002", ["Organization", id]);
}
