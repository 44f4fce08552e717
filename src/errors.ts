/**
 * The error catalogue: every failure that a caller can cause or meet has one code here, with the HTTP
 * status it maps to. The sentence is written where the failure is noticed, because only there is it
 * known what to do about it. GraphQL shows the code as `extensions.code`; REST v2 has envelope codes of
 * its own, which `src/rest/` maps to.
 */
export const httpStatusOf = {
  /** No credentials, or credentials that do not hold (any more). */
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  /** Absent, or not the caller's to see: the two are never told apart. */
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  /** Limits of what one GraphQL request may ask for. */
  QUERY_TOO_DEEP: 400,
  QUERY_TOO_COSTLY: 400,
  TOO_MANY_ALIASES: 400,
  TOO_MANY_DIRECTIVES: 400,
  TOO_MANY_TOKENS: 400,
  BATCH_TOO_LARGE: 400,
  BODY_TOO_LARGE: 413,
  /** A filter names pools, accounts or owners that the organization does not have. */
  FILTER_VALUE_UNKNOWN: 404,
  /** The organization exists but has no live cloud account to read. */
  NO_CLOUD_ACCOUNTS: 424,
  /** A store (ClickHouse, the relational database) refused, vanished or ran into a limit. */
  STORE_UNAVAILABLE: 503,
  /** A service that decides or answers for this one (OptScale, its auth service, an identity provider) failed or is not there. */
  UPSTREAM_UNAVAILABLE: 503,
  /** It would change organizations or accounts, which are OptScale's to change. */
  DATABASE_READ_ONLY: 405,
  /** The address to listen on is taken. */
  PORT_IN_USE: 500,
  /** Another process holds the data directory. */
  DATA_DIR_IN_USE: 503,
  DATA_DIR_UNUSABLE: 500,
  /** A configuration value is wrong; the process does not start. */
  BAD_CONFIGURATION: 500,
  /** An import file is not what it should be; nothing of it was stored. */
  BAD_IMPORT_FILE: 400,
  /** The request did not come in as fast as it has to. */
  REQUEST_TOO_SLOW: 408,
  /** The caller asks too often. */
  RATE_LIMITED: 429,
  /** More is asked at once than can be answered; nothing was done for the request. */
  OVERLOADED: 503,
  /** The operator has listed what is answered, and it is not among that. */
  DOCUMENT_NOT_ALLOWED: 403,
  /** The operator tells nobody the schema. */
  INTROSPECTION_DISABLED: 403,
  /** The request took longer than it may; what worked for it has ended. */
  DEADLINE_EXCEEDED: 504,
  INTERNAL: 500,
} as const;

export type ErrorCode = keyof typeof httpStatusOf;

/** A failure with a code and a sentence that says what to do. The message is safe to show to the caller. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  /** Machine-readable particulars, safe to show (the argument's name, the file's row, ...). */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  get httpStatus(): number {
    return httpStatusOf[this.code];
  }

  /** Whether something failed here of which the log has to tell the cause. Metrics tell of load. */
  get isFault(): boolean {
    return this.httpStatus >= 500 && this.code !== "OVERLOADED";
  }
}

/** What a caller is told of a failure that nobody foresaw: how to find it in the log, and nothing of what it is. */
export function maskedMessage(requestId: string): string {
  return `Something went wrong here: try again, or ask the operator to look up request ${requestId} in the log.`;
}
