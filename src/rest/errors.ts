import { STATUS_CODES } from "node:http";
import { type ErrorCode, GatewayError } from "../errors.js";
import { OptScaleRefusal } from "../optscale/refusal.js";

/**
 * The codes that v2 clients know, each with its HTTP status and the template of its `reason` (contract §4).
 * A `%s` takes the next of the error's `params`.
 */
export const restErrors = {
  OE0002: { status: 404, reason: "%s %s not found" },
  OE0003: { status: 503, reason: "Database error: %s" },
  OE0212: { status: 400, reason: "Unexpected parameters: %s" },
  OE0216: { status: 400, reason: "%s is not provided" },
  OE0217: { status: 400, reason: "Invalid %s" },
  OE0218: { status: 400, reason: '%s "%s" has incorrect format' },
  OE0223: { status: 400, reason: "%s should be integer" },
  OE0224: { status: 400, reason: 'Value of "%s" should be between %s and %s' },
  OE0234: { status: 403, reason: "Forbidden" },
  OE0235: { status: 401, reason: "Unauthorized" },
  OE0237: { status: 401, reason: "This resource requires authorization" },
  OE0245: { status: 405, reason: "%s method not allowed" },
  OE0257: { status: 404, reason: "Not Found" },
  OE0378: { status: 403, reason: "Current user is not a member in provided organization" },
  OE0436: { status: 400, reason: "%s type is not supported" },
  OE0445: { status: 424, reason: "Organization %s (%s) doesn't have any cloud accounts connected" },
  OE0446: { status: 400, reason: "%s should be greater than %s" },
  OE0470: { status: 404, reason: "The following %s filter values do not match any object: %s" },
  OE0473: { status: 400, reason: "Format %s is not allowed" },
  OE0496: { status: 400, reason: "%s should not consist of only wildcards" },
  OE0499: { status: 400, reason: "Incorrect resource type identity" },
  OE0515: { status: 400, reason: "The interval between dates should be less than a year" },
} as const satisfies Record<string, { status: number; reason: string }>;

export type RestErrorCode = keyof typeof restErrors;
export type RestErrorParameter = string | number | readonly string[];

export interface ErrorEnvelope {
  readonly error: {
    readonly status_code: number;
    readonly error_code: string;
    readonly reason: string;
    readonly params: readonly RestErrorParameter[];
  };
}

/** These quote what the client sent as it is; in every other message a line break becomes a blank, as in v2. */
const keepsLineBreaks: ReadonlySet<RestErrorCode> = new Set(["OE0212", "OE0473"]);

/** A failure that a v2 client is told about in its own words. */
export class RestError extends Error {
  override readonly name = "RestError";
  readonly status: number;
  readonly code: string;
  readonly parameters: readonly RestErrorParameter[];

  constructor(code: RestErrorCode, parameters: readonly RestErrorParameter[] = []) {
    const shown = keepsLineBreaks.has(code)
      ? parameters
      : parameters.map((value) => (typeof value === "string" ? value.replaceAll("\n", " ") : value));
    super(filledIn(restErrors[code].reason, shown));
    this.status = restErrors[code].status;
    this.code = code;
    this.parameters = shown;
  }

  get envelope(): ErrorEnvelope {
    return envelope(this.status, this.code, this.message, this.parameters);
  }
}

/** A failure without a code of its own: `U0` and the status, with the phrase of HTTP unless there is more to say. */
export class PlainHttpError extends Error {
  override readonly name = "PlainHttpError";

  constructor(
    readonly status: number,
    reason = STATUS_CODES[status] ?? "Unknown",
  ) {
    super(reason);
  }

  get envelope(): ErrorEnvelope {
    return envelope(this.status, `U0${this.status}`, this.message, []);
  }
}

/** What v2 has no code for, and the caller can do something about. */
const plainly: ReadonlySet<ErrorCode> = new Set([
  "OVERLOADED",
  "RATE_LIMITED",
  "DEADLINE_EXCEEDED",
  "REQUEST_TOO_SLOW",
]);

/** What a v2 client sees of any failure. Nothing of an unforeseen one is shown. */
export function asRestError(error: unknown): RestError | PlainHttpError | OptScaleRefusal {
  if (error instanceof RestError || error instanceof PlainHttpError || error instanceof OptScaleRefusal) return error;
  if (error instanceof GatewayError) {
    if (plainly.has(error.code)) return new PlainHttpError(error.httpStatus, error.message);
    if (error.httpStatus === 503) return new RestError("OE0003", [error.message]);
    return new PlainHttpError(error.httpStatus);
  }
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return new PlainHttpError(typeof status === "number" && status >= 400 && status < 500 ? status : 500);
}

function envelope(
  status: number,
  code: string,
  reason: string,
  parameters: readonly RestErrorParameter[],
): ErrorEnvelope {
  return { error: { status_code: status, error_code: code, reason, params: parameters } };
}

function filledIn(template: string, parameters: readonly RestErrorParameter[]): string {
  let next = 0;
  return template.replaceAll("%s", () => {
    const parameter = parameters[next++] ?? "";
    return typeof parameter === "object" ? pythonList(parameter) : String(parameter);
  });
}

/** A list of strings as Python prints it, which is how the original puts it into its reasons. */
export function pythonList(values: readonly string[]): string {
  return `[${values.map(pythonString).join(", ")}]`;
}

function pythonString(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  let text = "";
  for (const character of value) {
    if (character === quote || character === "\\") text += `\\${character}`;
    else if (character === "\n") text += "\\n";
    else if (character === "\r") text += "\\r";
    else if (character === "\t") text += "\\t";
    else if (/[\p{C}\p{Z}]/u.test(character) && character !== " ") text += escaped(character.codePointAt(0) as number);
    else text += character;
  }
  return quote + text + quote;
}

function escaped(codePoint: number): string {
  const digits = codePoint.toString(16);
  if (codePoint <= 0xff) return `\\x${digits.padStart(2, "0")}`;
  return codePoint <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
