import "reflect-metadata";
import { type GraphQLSchema, isIntrospectionType, isObjectType, printSchema } from "graphql";
import { GraphQLJSON } from "graphql-scalars";
import { buildSchemaSync } from "type-graphql";
import { AvailableFiltersResolver } from "./available-filters.js";
import { BreakdownGroupResolver, BreakdownResolver } from "./breakdown.js";
import { CleanExpensesResolver } from "./clean-expenses.js";
import { CloudAccountResolver } from "./cloud-account.js";
import { CloudOverlapResolver } from "./cloud-overlap.js";
import { ClusterCostResolver } from "./cluster-cost.js";
import { ExpenseResolver } from "./expense.js";
import { ExpenseConnectionResolver } from "./expense-connection.js";
import { K8sCostsResolver } from "./k8s-costs.js";
import { OrganizationResolver } from "./organization.js";
import { PoolResolver } from "./pool.js";
import { QueryResolver } from "./query.js";
import { UnifiedCostResolver } from "./unified-cost.js";
import { ViewerResolver } from "./viewer.js";

export function createSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      QueryResolver,
      ViewerResolver,
      OrganizationResolver,
      CloudAccountResolver,
      CleanExpensesResolver,
      ExpenseConnectionResolver,
      ExpenseResolver,
      PoolResolver,
      BreakdownResolver,
      BreakdownGroupResolver,
      AvailableFiltersResolver,
      K8sCostsResolver,
      CloudOverlapResolver,
      ClusterCostResolver,
      UnifiedCostResolver,
    ],
    // Arguments are judged by the domain, in one place for both faces.
    validate: false,
    // The check asks the schema all about itself, which takes longer than to build it. Apollo checks it at each start.
    skipCheck: true,
  });
  inOrderOfWriting(schema);
  // type-graphql has no place for the description of the root type.
  const query = schema.getQueryType();
  if (query) query.description = "Every field needs a token or the cluster secret; introspection does not.";
  GraphQLJSON.description = "Any JSON value.";
  return schema;
}

/** TypeScript runs the decorators of parameters from the last to the first, and so arguments arrive. */
function inOrderOfWriting(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) field.args = field.args.toReversed();
  }
}

/** The published document, in the order of reading: each type after the one that first leads to it. */
export function printedSchema(schema: GraphQLSchema): string {
  return `${printSchema(schema)}\n`;
}
