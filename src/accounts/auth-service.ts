import { z } from "zod";
import { GatewayError } from "../errors.js";
import { RemoteService } from "../remote-service.js";
import type { AroundRemoteCall } from "../telemetry/remote-call.js";
import type { Rights } from "./principal.js";
import { RememberedRights } from "./remembered-rights.js";

/** What a caller needs on an organization to see its expenses; every role that OptScale ships has it. */
const ACTION = "INFO_ORGANIZATION";
const TIMEOUT_MS = 5_000;

/** Scopes by action: pairs of type and id, the id null where the action holds everywhere. */
const actionResources = z.object({
  action_resources: z.record(z.string(), z.array(z.tuple([z.string().nullable(), z.string().nullable()]))),
});

/**
 * OptScale's auth service, which knows its tokens and who may do what (`POST /auth/v2/authorize` and
 * `GET /auth/v2/action_resources`). Its answers are taken for true for 30 s. When it fails, nobody is let in, and the
 * failure is UPSTREAM_UNAVAILABLE, never UNAUTHENTICATED: the token may be good.
 */
export class AuthService {
  readonly #service: RemoteService;
  readonly #mayInform = new RememberedRights<{ readonly may: boolean }>();
  readonly #organizations = new RememberedRights<{ readonly ids: ReadonlySet<string> | null }>();

  constructor(url: string, around?: AroundRemoteCall) {
    this.#service = new RemoteService({
      name: "OptScale's auth service",
      variable: "AUTH_URL",
      url,
      timeoutMs: TIMEOUT_MS,
      around,
    });
  }

  /** What a token of OptScale opens. Nothing is asked before somebody wants to know. */
  rightsOf(token: string): Rights {
    return {
      covers: async (organizationId) =>
        (await this.#mayInform.of(token, organizationId, () => this.#authorize(token, organizationId))).may,
      organizationIds: async () => (await this.#organizations.of(token, "", () => this.#organizationsOf(token))).ids,
    };
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  async #authorize(token: string, organizationId: string): Promise<{ may: boolean }> {
    const { status } = await this.#service.json({
      method: "POST",
      target: "/auth/v2/authorize",
      headers: { ...bearer(token), "content-type": "application/json" },
      body: JSON.stringify({ action: ACTION, resource_type: "organization", uuid: organizationId }),
    });
    if (status >= 200 && status < 300) return { may: true };
    if (status === 401) throw refused();
    // 400: an id that cannot be one. 404: no such organization.
    if (status === 403 || status === 404 || status === 400) return { may: false };
    throw this.#service.failure(`answered with HTTP ${status}`);
  }

  async #organizationsOf(token: string): Promise<{ ids: ReadonlySet<string> | null }> {
    const { status, body } = await this.#service.json({
      target: `/auth/v2/action_resources?action=${ACTION}&assignable_only=false`,
      headers: bearer(token),
    });
    if (status === 401) throw refused();
    const parsed = actionResources.safeParse(body);
    if (status !== 200 || !parsed.success) {
      throw this.#service.failure(status === 200 ? "answered in an unknown form" : `answered with HTTP ${status}`);
    }
    const scopes = parsed.data.action_resources[ACTION] ?? [];
    if (scopes.some(([, id]) => id === null)) return { ids: null };
    return { ids: new Set(scopes.flatMap(([type, id]) => (type === "organization" && id !== null ? [id] : []))) };
  }
}

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function refused(): GatewayError {
  return new GatewayError("UNAUTHENTICATED", "OptScale does not know the token, or it has expired: sign in again.", {
    details: { reason: "invalid" },
  });
}
