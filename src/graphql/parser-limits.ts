import type { ApolloServerPlugin } from "@apollo/server";
import { GraphQLError, Lexer, Source, TokenKind } from "graphql";
import type { ErrorCode } from "../errors.js";
import type { RequestContext } from "./context.js";

/** Where graphql-js ceases to parse for a document's size, it calls the document wrong: the caller is told what it is. */
export function parserLimits(mostTokens: number): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, source = "" }) {
          for (const error of errors) {
            if (error.extensions.code !== "GRAPHQL_PARSE_FAILED") continue;
            if (hasMoreTokens(source, mostTokens)) {
              tell(error, "TOO_MANY_TOKENS", { limit: mostTokens }, tooManyTokens(mostTokens));
            } else if (exhaustedStack(error)) tell(error, "QUERY_TOO_DEEP", {}, TOO_DEEP);
          }
        },
      };
    },
  };
}

const tooManyTokens = (most: number) =>
  `The document has more than ${most} tokens: send what is long in it as variables, or ask for less at once.`;
const TOO_DEEP = "The document has too many brackets in brackets to be read: ask for less at once.";

function tell(error: GraphQLError, code: ErrorCode, particulars: object, message: string): void {
  error.message = message;
  Object.assign(error.extensions, particulars, { code });
}

/** Reads no further than the limit. */
function hasMoreTokens(text: string, most: number): boolean {
  const lexer = new Lexer(new Source(text));
  try {
    for (let count = 0; count <= most; count++) {
      if (lexer.advance().kind === TokenKind.EOF) return false;
    }
    return true;
  } catch {
    return false;
  }
}

function exhaustedStack(error: GraphQLError): boolean {
  let cause: unknown = error;
  while (cause instanceof GraphQLError) cause = cause.originalError;
  return cause instanceof RangeError;
}
