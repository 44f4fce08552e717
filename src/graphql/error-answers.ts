import { randomUUID } from "node:crypto";
import { type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import { GraphQLError, type GraphQLFormattedError } from "graphql";
import { type ErrorCode, GatewayError, maskedMessage } from "../errors.js";
import type { ExpenseFilterField } from "../expenses/filter.js";
import type { Logger } from "../log.js";
import { currentRequest } from "../request-record.js";
import { callerLeft } from "../request-signal.js";
import type { RequestContext } from "./context.js";
import { withoutSuggestions } from "./schema-disclosure.js";

/** What Apollo calls an error that nobody gave a code. */
const UNCODED = "INTERNAL_SERVER_ERROR";

/**
 * How the executors put that a variable was given null where null may not stand, for an argument or inside of one:
 * nobody can tell before the document is executed.
 */
const NULL_FOR_ARGUMENT = /^Argument "(\w+)" (?:of non-null type "[^"]+" must not be null|has invalid value .*)\.$/s;

/**
 * Gives every error of a request its `extensions.code`. A GatewayError is shown as it is; of anything else the
 * caller learns only the id under which the log tells more.
 */
export const errorCodes: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didEncounterErrors({ errors, contextValue }) {
        for (const error of errors) describe(error, contextValue);
      },
    };
  },
};

function describe(error: GraphQLError, context: RequestContext): void {
  const failure = gatewayErrorIn(error);
  const nullFor = NULL_FOR_ARGUMENT.exec(error.message);
  if (failure) {
    Object.assign(error.extensions, publicParticulars(failure));
    if (failure.code === "UNAUTHENTICATED") error.extensions.http = unauthorized();
    if (failure.httpStatus >= 500) report(failure.cause ?? failure, error, context);
  } else if (nullFor !== null) {
    const [, argument] = nullFor;
    Object.assign(error.extensions, { code: "BAD_USER_INPUT" satisfies ErrorCode, argument });
  } else if (error.extensions.code === undefined && isCallersFault(error)) {
    error.extensions.code = "BAD_REQUEST";
  } else if (error.extensions.code === undefined || error.extensions.code === UNCODED) {
    error.extensions.code = "INTERNAL" satisfies ErrorCode;
    report(error.originalError ?? error, error, context);
  }
}

/** Apollo gives one of its own refusals a status, but no code: of a document that does not have the hash it came with. */
function isCallersFault({ extensions }: GraphQLError): boolean {
  const { status } = (extensions.http ?? {}) as { readonly status?: number };
  return status !== undefined && status >= 400 && status < 500;
}

/** A GatewayError thrown by a resolver or a scalar, however often graphql-js and Apollo have wrapped it. */
function gatewayErrorIn(error: GraphQLError): GatewayError | undefined {
  let cause: unknown = error;
  while (cause instanceof GraphQLError) cause = cause.originalError;
  return cause instanceof GatewayError ? cause : undefined;
}

/**
 * A filter that names what the organization does not have is answered as not found, whether it exists elsewhere
 * or nowhere; the reason tells it from an organization that is not found.
 */
function publicParticulars({ code, details }: GatewayError): Record<string, unknown> {
  if (code !== "FILTER_VALUE_UNKNOWN") return { ...details, code };
  const field = details.field === ("pools" satisfies ExpenseFilterField) ? "poolIds" : details.field;
  return { argument: `filter.${field}`, values: details.values, reason: code, code: "NOT_FOUND" satisfies ErrorCode };
}

/** Apollo takes `extensions.http` as the answer's status and headers, and does not show it. */
function unauthorized() {
  return { status: 401, headers: new HeaderMap([["www-authenticate", "Bearer"]]) };
}

function report(cause: unknown, error: GraphQLError, { services, requestId, signal }: RequestContext): void {
  error.extensions.requestId = requestId;
  if (callerLeft(signal)) return;
  services.log.error({ err: cause, requestId, path: error.path }, "A GraphQL field failed");
}

/**
 * Apollo's last word on each error: masks what is not the caller's to know.
 * @param suggests whether whoever misspells a name of the schema is told which they may have meant
 */
export function formatErrors(log: Logger, { suggests }: { readonly suggests: boolean }) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const code = formatted.extensions?.code;
    if (code !== "INTERNAL" && code !== UNCODED) {
      return suggests ? formatted : { ...formatted, message: withoutSuggestions(formatted.message) };
    }
    let requestId = formatted.extensions?.requestId;
    if (requestId === undefined) {
      requestId = currentRequest()?.id ?? randomUUID();
      log.error({ err: error, requestId }, "A GraphQL request failed");
    }
    return { ...formatted, ...masked(String(requestId)) };
  };
}

export function masked(requestId: string): GraphQLFormattedError {
  return {
    message: maskedMessage(requestId),
    extensions: { code: "INTERNAL" satisfies ErrorCode, requestId },
  };
}
