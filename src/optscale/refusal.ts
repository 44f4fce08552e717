import { z } from "zod";
import { type ErrorCode, GatewayError } from "../errors.js";
import type { ExpenseFilterField } from "../expenses/filter.js";

const envelopeSchema = z.object({
  error: z.object({
    status_code: z.number(),
    error_code: z.string(),
    reason: z.string(),
    params: z.array(z.unknown()),
  }),
});

export type OptScaleEnvelope = z.output<typeof envelopeSchema>;

/** The parameters that name objects, by which OptScale says that a filter names what is not there. */
const namedFields: Readonly<Record<string, ExpenseFilterField>> = {
  pool_id: "pools",
  cloud_account_id: "cloudAccountIds",
  owner_id: "ownerIds",
};

/** OptScale refused; its words are kept, for clients that know them. */
export class OptScaleRefusal extends GatewayError {
  constructor(
    readonly status: number,
    readonly envelope: OptScaleEnvelope,
  ) {
    const { code, message, details } = meaningOf(status, envelope.error);
    super(code, message, { details });
  }
}

/** Undefined when the body is not OptScale's: then something else answered in its place. */
export function refusalOf(status: number, body: unknown): OptScaleRefusal | undefined {
  if (status < 400 || status >= 500) return undefined;
  const parsed = envelopeSchema.safeParse(body);
  return parsed.success ? new OptScaleRefusal(status, parsed.data) : undefined;
}

/** Whether it is the route that is not there, not what was asked for. */
export function lacksRoute({ status, envelope }: OptScaleRefusal): boolean {
  return status === 404 && envelope.error.error_code === "OE0257";
}

function meaningOf(
  status: number,
  { error_code, reason, params }: OptScaleEnvelope["error"],
): { code: ErrorCode; message: string; details: Record<string, unknown> } {
  const [name, values] = params;
  const field = typeof name === "string" && Object.hasOwn(namedFields, name) ? namedFields[name] : undefined;
  if (error_code === "OE0470" && field !== undefined && Array.isArray(values)) {
    const ids = values.filter((value) => typeof value === "string");
    return {
      code: "FILTER_VALUE_UNKNOWN",
      message: `The organization has none of these: ${ids.join(", ")}. Leave them out of the filter, or ask for availableFilters.`,
      details: { field, values: ids },
    };
  }
  switch (status) {
    case 401:
      return {
        code: "UNAUTHENTICATED",
        message: "OptScale does not take the token: sign in there again.",
        details: { reason: error_code === "OE0237" ? "missing" : "invalid" },
      };
    // Absent and forbidden are never told apart.
    case 403:
    case 404:
      return { code: "NOT_FOUND", message: "There is no such thing, or it is not yours to see.", details: {} };
    case 424:
      return {
        code: "NO_CLOUD_ACCOUNTS",
        message: "The organization has no cloud account yet: connect one.",
        details: {},
      };
    case 429:
      return { code: "UPSTREAM_UNAVAILABLE", message: "OptScale asks to come back later.", details: {} };
    default:
      return {
        code: "BAD_USER_INPUT",
        message: `OptScale refuses the request: ${reason}.`,
        details: { reason: error_code === "OE0515" ? "window_too_long" : error_code },
      };
  }
}
