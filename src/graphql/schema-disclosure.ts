import { type GraphQLField, SchemaMetaFieldDef, TypeMetaFieldDef } from "graphql";
import { proven } from "../accounts/principal.js";
import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";
import type { RequestContext } from "./context.js";

/** Who may ask what the schema is: everybody, those who show who they are, or nobody. */
export type SchemaReaders = "everybody" | "authenticated" | "nobody";

export function schemaReaders({ INTROSPECTION, NODE_ENV }: Pick<Config, "INTROSPECTION" | "NODE_ENV">): SchemaReaders {
  if (INTROSPECTION !== undefined) return INTROSPECTION ? "everybody" : "nobody";
  return NODE_ENV === "production" ? "authenticated" : "everybody";
}

export function asksForSchema(field: GraphQLField<unknown, unknown>): boolean {
  return field === SchemaMetaFieldDef || field === TypeMetaFieldDef;
}

/** Why this caller is not told the schema; undefined when they may be. */
export async function introspectionRefusal(
  readers: SchemaReaders,
  context: RequestContext,
): Promise<Error | undefined> {
  if (readers === "everybody") return undefined;
  if (readers === "nobody") {
    return new GatewayError("INTROSPECTION_DISABLED", "Nobody is told the schema here: read where it is published.");
  }
  return context
    .principal()
    .then(proven)
    .then(
      () => undefined,
      (error: Error) => error,
    );
}

/** What graphql-js adds to its refusals tells whoever guesses what there is. */
export function withoutSuggestions(message: string): string {
  return message.replaceAll(/ ?Did you mean [^?]+\?/g, "");
}
