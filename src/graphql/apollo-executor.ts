import type { ApolloServerOptionsWithGateway, ApolloServerPlugin } from "@apollo/server";
import type { GraphQLSchema } from "graphql";
import type { RequestContext } from "./context.js";
import type { Operations, Variables } from "./operations.js";

type Gateway = ApolloServerOptionsWithGateway<RequestContext>["gateway"];

/** Lets Apollo execute by `operations`: a gateway is what it calls a server that brings its own way to do so. */
export function executedBy(operations: Operations, schema: GraphQLSchema): Gateway {
  return {
    load: async () => ({
      executor: async ({ document, operation, operationName, request, context }) => {
        const { executed } = context as RequestContext;
        if (executed !== undefined) return executed;
        const variables: Variables = request.variables ?? {};
        return operation
          ? operations.execute(operations.of(document, operation), variables, context as RequestContext)
          : operations.interpret(
              document,
              request.operationName ?? operationName,
              variables,
              context as RequestContext,
            );
      },
    }),
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: "" });
      return () => {};
    },
    stop: async () => {},
  };
}

/** What Apollo has parsed and found valid need not be parsed again. */
export function remembering(operations: Operations): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ source, document }) {
          operations.remember(source, document);
        },
      };
    },
  };
}
