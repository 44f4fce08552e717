import { GraphQLError, type ValidationRule } from "graphql";

/**
 * Refuses mutations and subscriptions. graphql-js finds them valid where there are none, and fails only when it is to
 * execute them, as if something had gone wrong here.
 */
export const knownOperationTypes: ValidationRule = (context) => ({
  OperationDefinition(node) {
    if (context.getSchema().getRootType(node.operation)) return;
    context.reportError(new GraphQLError(`There is no ${node.operation} here: ask by a query.`, { nodes: node }));
  },
});
