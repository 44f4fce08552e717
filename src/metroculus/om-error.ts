/** Metroculus's own errors, which v2 clients tell apart by code. */
const catalogue = {
  OM0002: { status: 404, reason: () => "Not found" },
  OM0003: { status: 405, reason: () => "Method Not Allowed" },
  OM0005: { status: 403, reason: () => "Bad secret" },
  OM0006: { status: 400, reason: (name?: string) => `Invalid ${name}` },
  OM0007: { status: 401, reason: () => "This resource requires authorization" },
  OM0008: { status: 400, reason: (name?: string) => `${name} is not provided` },
  U0500: { status: 500, reason: () => "Internal error" },
  U0503: { status: 503, reason: () => "The samples cannot be read: try again" },
} as const;

export type OmCode = keyof typeof catalogue;

/** A failure in Metroculus's envelope. */
export class OmError extends Error {
  readonly status: number;

  constructor(
    readonly code: OmCode,
    private readonly parameter?: string,
  ) {
    const { status, reason } = catalogue[code];
    super(reason(parameter));
    this.status = status;
  }

  get body() {
    return {
      error: {
        status_code: this.status,
        error_code: this.code,
        reason: this.message,
        params: this.parameter === undefined ? [] : [this.parameter],
      },
    };
  }
}
