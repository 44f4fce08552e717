import { type Authenticator, missingCredentials } from "../accounts/authentication.js";
import type { Credentials } from "../accounts/credentials.js";
import type { Principal } from "../accounts/principal.js";
import { isSameSecret, secretFingerprint } from "../accounts/secrets.js";
import { CallerAccounts, RememberedOrganizations } from "./caller-accounts.js";
import { CallerExpenses } from "./caller-expenses.js";
import { type CallerHeaders, OptScaleClient, type OptScaleClientOptions } from "./client.js";
import { KnownObjects } from "./known-objects.js";

/** What one caller may see of an OptScale, for one request. */
export interface OptScaleView {
  readonly authentication: Authenticator;
  readonly accounts: CallerAccounts;
  readonly expenses: CallerExpenses;
}

export interface OptScaleOptions extends OptScaleClientOptions {
  /** Ours, by which services are told from users; whether it opens anything is for OptScale to say. */
  readonly clusterSecret: string;
  /** Whether paths that are not answered here are passed on. */
  readonly proxies: boolean;
}

/** A running OptScale whose expenses are shown here. Who may see what is its business: callers' credentials are passed on. */
export class OptScale {
  readonly client: OptScaleClient;
  readonly proxies: boolean;
  readonly #clusterSecret: string;
  readonly #remembered = new RememberedOrganizations();

  constructor({ clusterSecret, proxies, ...client }: OptScaleOptions) {
    this.client = new OptScaleClient(client);
    this.proxies = proxies;
    this.#clusterSecret = clusterSecret;
  }

  as(credentials: Credentials): OptScaleView {
    const headers = headersOf(credentials);
    const known = new KnownObjects();
    const accounts = new CallerAccounts(this.client, headers, this.#remembered, known);
    return {
      authentication: { authenticate: async (presented) => this.#principal(presented, accounts) },
      accounts,
      expenses: new CallerExpenses(this.client, headers, known),
    };
  }

  close(): Promise<void> {
    return this.client.close();
  }

  #principal({ token, secret }: Credentials, accounts: CallerAccounts): Principal {
    const credential = token || secret;
    if (!credential) throw missingCredentials();
    if (secret && isSameSecret(secret, this.#clusterSecret)) {
      return { kind: "service" };
    }
    return {
      kind: "user",
      tokenFingerprint: secretFingerprint(credential),
      rights: {
        covers: async (organizationId) => (await accounts.organization(organizationId)) !== null,
        organizationIds: async () => new Set((await accounts.allOrganizations()).map(({ id }) => id)),
      },
    };
  }
}

function headersOf({ token, secret }: Credentials): CallerHeaders {
  return { ...(token && { authorization: `Bearer ${token}` }), ...(secret && { secret }) };
}
