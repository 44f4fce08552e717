import type { Readable } from "node:stream";
import type { z } from "zod";
import type { Principal } from "../accounts/principal.js";
import type { Services } from "../services.js";
import type { Access } from "./authorization.js";
import type { RestErrorCode } from "./errors.js";
import type { ParameterSet } from "./parameters.js";
import type { QueryArguments } from "./query-arguments.js";

export const JSON_TYPE = 'application/json; charset="utf-8"';
export const CSV_TYPE = 'text/csv; charset="utf-8"';
export const XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** One path of the v2 API. It is routed, checked and documented from this one definition. */
export interface Endpoint extends ParameterSet {
  /** Below `/restapi/v2`; `{name}` is a segment of the path. */
  readonly path: string;
  /** What each segment of the path is. */
  readonly segments: Readonly<Record<string, string>>;
  readonly name: string;
  /** Under which heading it is documented: expenses, unless it says otherwise. */
  readonly heading?: "Accounts and pools";
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** Errors beside those that every endpoint has. */
  readonly errors: readonly RestErrorCode[];
  readonly answer: DocumentedAnswer;
  /** The caller is known to be somebody; whether they may see what they ask for is judged here. */
  handle(request: RestRequest): Promise<Answer>;
}

export interface DocumentedAnswer {
  readonly description: string;
  readonly schema: z.ZodType;
  readonly example: unknown;
  /** Media types of other forms of the answer, with what they are. */
  readonly others?: Readonly<Record<string, string>>;
  /** Header name to meaning. */
  readonly headers?: Readonly<Record<string, { description: string; schema: Record<string, unknown> }>>;
}

export interface RestRequest {
  readonly services: Services;
  readonly principal: Principal;
  /** The path's segments by name, decoded. */
  readonly segments: Readonly<Record<string, string>>;
  readonly query: QueryArguments;
  /** Ends what works for the request: see requestSignal. */
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Readable;
}

export function jsonAnswer(body: unknown): Answer {
  return { contentType: JSON_TYPE, body: JSON.stringify(body) };
}
