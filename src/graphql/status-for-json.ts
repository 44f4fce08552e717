import type { ApolloServerPlugin } from "@apollo/server";
import type { ErrorCode } from "../errors.js";
import type { RequestContext } from "./context.js";

/**
 * GraphQL over HTTP asks for 200 on a well-formed request, whatever is wrong with its document or variables, when
 * the answer is plain `application/json`: there the status says how the transport went. A client that accepts
 * `application/graphql-response+json` gets 400.
 */
export const statusForJson: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, errors }) {
        if (response.http.status !== 400 || request.http?.headers.get("accept")?.includes("graphql-response+json"))
          return;
        if (errors?.every(({ extensions }) => wellFormed.has(extensions.code))) response.http.status = 200;
      },
    };
  },
};

const wellFormed = new Set<unknown>([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  ...([
    "BAD_USER_INPUT",
    "QUERY_TOO_DEEP",
    "QUERY_TOO_COSTLY",
    "TOO_MANY_ALIASES",
    "TOO_MANY_DIRECTIVES",
    "TOO_MANY_TOKENS",
    "INTROSPECTION_DISABLED",
  ] satisfies ErrorCode[]),
]);
