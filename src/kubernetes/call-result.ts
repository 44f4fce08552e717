/** What came of one call to Metroculus: parsed JSON of any shape, or why there is none. */
export type CallResult =
  | { readonly ok: true; readonly body: unknown }
  | { readonly ok: false; readonly failure: CallFailure };

export interface CallFailure {
  readonly status: "UNAUTHORIZED" | "UNAVAILABLE" | "MALFORMED";
  /** Becomes the code of a warning. */
  readonly code: CallFailureCode;
  /** What happened and what to do; carries neither the secret nor any of the answer's body. */
  readonly message: string;
}

export type CallFailureCode =
  | "SECRET_REFUSED"
  | "ENDPOINT_NOT_DEPLOYED"
  | "REQUEST_REFUSED"
  | "UPSTREAM_TIMEOUT"
  | "UPSTREAM_UNREACHABLE"
  | "UPSTREAM_OVERLOADED"
  | "UPSTREAM_ERROR"
  | "CIRCUIT_OPEN"
  | "BUDGET_EXHAUSTED"
  | "CANCELLED"
  | "LOOK_UP_FAILED"
  | "REDIRECTED"
  | "BODY_TOO_LARGE"
  | "BODY_CUT_OFF"
  | "NOT_JSON"
  | "NOT_HTTP";

export function failed(status: CallFailure["status"], code: CallFailureCode, message: string): CallResult {
  return { ok: false, failure: { status, code, message } };
}

/** Only what a moment later may well succeed: a connection that broke before any answer, and 503. */
export function isRetryable(result: CallResult): boolean {
  return (
    !result.ok && (result.failure.code === "UPSTREAM_UNREACHABLE" || result.failure.code === "UPSTREAM_OVERLOADED")
  );
}

/** Whether Metroculus as a whole seems down. A refusal or a strange body is an answer, and keeps the circuit closed. */
export function isOutage(result: CallResult): boolean {
  return (
    isRetryable(result) ||
    (!result.ok && (result.failure.code === "UPSTREAM_TIMEOUT" || result.failure.code === "UPSTREAM_ERROR"))
  );
}

const lasting: ReadonlySet<CallFailureCode> = new Set<CallFailureCode>([
  "SECRET_REFUSED",
  "UPSTREAM_TIMEOUT",
  "UPSTREAM_UNREACHABLE",
  "UPSTREAM_OVERLOADED",
  "CIRCUIT_OPEN",
]);

/** Whether a call of another endpoint would meet the same failure; others may be this endpoint's alone. */
export function wouldFailAgain({ code }: CallFailure): boolean {
  return lasting.has(code);
}
