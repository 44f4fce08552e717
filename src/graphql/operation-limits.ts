import {
  type DocumentNode,
  type FieldNode,
  type GraphQLArgument,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import type { Config } from "../config.js";
import { type ErrorCode, GatewayError } from "../errors.js";
import {
  type ArgumentLimits,
  coercedValue,
  givenArgument,
  type LimitedField,
  limitedField,
  refuseArguments,
} from "./argument-limits.js";
import { measure, pageTypesOf } from "./operation-measures.js";
import type { Operation, Variables } from "./operations.js";
import { asksForSchema } from "./schema-disclosure.js";

type Limits = ArgumentLimits &
  Pick<Config, "GRAPHQL_MAX_DEPTH" | "GRAPHQL_MAX_COST" | "GRAPHQL_MAX_ALIASES" | "GRAPHQL_MAX_DIRECTIVES">;

/** What holds for all requests of one operation, whatever their variables are. */
export interface Judgement {
  /** Why it is refused. */
  readonly failure: GatewayError | undefined;
  /** With pages as large as variables can make them. */
  readonly cost: number;
  /** Whether variables decide what it costs. */
  readonly costVaries: boolean;
  readonly limitedFields: readonly LimitedField[];
  /** Whether it asks for the schema. */
  readonly introspects: boolean;
}

/** The operations that one request brings. */
export interface Batch {
  /** Of those that have been let through. */
  cost: number;
}

/** Judges operations of valid documents before anything is done for them. */
export class OperationLimits {
  readonly #pageTypes: ReadonlySet<string>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly limits: Limits,
  ) {
    this.#pageTypes = pageTypesOf(schema);
  }

  /** To be kept with the operation, for all of its requests. */
  judge(document: DocumentNode, node: OperationDefinitionNode): Judgement {
    const { GRAPHQL_MAX_DEPTH, GRAPHQL_MAX_ALIASES, GRAPHQL_MAX_DIRECTIVES, GRAPHQL_MAX_COST } = this.limits;
    const limitedFields: LimitedField[] = [];
    let varies = false;
    let introspects = false;
    const { depth, aliases, directives, cost } = measure(document, node, {
      schema: this.schema,
      pageTypes: this.#pageTypes,
      rowsOf: (field, first) => {
        if (givenArgument(field, first)?.value.kind !== Kind.VARIABLE) return this.#rowsOf(field, first, {});
        varies = true;
        return this.limits.GRAPHQL_MAX_PAGE_SIZE;
      },
      onField: (...field) => {
        const limited = limitedField(...field);
        if (limited) limitedFields.push(limited);
        introspects ||= asksForSchema(field[1]);
      },
    });
    return {
      failure:
        above("QUERY_TOO_DEEP", "levels of fields", depth, GRAPHQL_MAX_DEPTH) ??
        above("TOO_MANY_ALIASES", "aliases", aliases, GRAPHQL_MAX_ALIASES) ??
        above("TOO_MANY_DIRECTIVES", "directives", directives, GRAPHQL_MAX_DIRECTIVES) ??
        (varies ? undefined : tooCostly(cost, GRAPHQL_MAX_COST)),
      cost,
      costVaries: varies,
      limitedFields,
      introspects,
    };
  }

  /**
   * Why a request of an operation that is not refused as such costs too much; undefined when it does not.
   * @param variables coerced to their types
   * @param batch what the operations of the same request are held to together, where there may be several
   */
  refusalOfCost(operation: Operation, variables: Variables, batch: Batch | undefined): GraphQLError | undefined {
    const { GRAPHQL_MAX_COST: limit } = this.limits;
    if (batch === undefined && operation.judgement.cost <= limit) return undefined;
    const cost = this.#costOf(operation, variables);
    const costly = tooCostly(cost, limit) ?? (batch && tooCostlyTogether(batch.cost + cost, limit));
    if (costly) return refused(costly);
    if (batch) batch.cost += cost;
    return undefined;
  }

  #costOf({ document, node, judgement }: Operation, variables: Variables): number {
    if (!judgement.costVaries) return judgement.cost;
    return measure(document, node, {
      schema: this.schema,
      pageTypes: this.#pageTypes,
      rowsOf: (field, first) => this.#rowsOf(field, first, variables),
    }).cost;
  }

  /**
   * Why a page, a window or a list that a request asks for is too large; undefined when none is.
   * @param variables coerced to their types
   */
  refusalOfArguments({ judgement }: Operation, variables: Variables): GraphQLError | undefined {
    for (const field of judgement.limitedFields) {
      try {
        refuseArguments(field, variables, this.limits);
      } catch (error) {
        if (error instanceof GatewayError) return refused(error, field.node);
        throw error;
      }
    }
    return undefined;
  }

  /** At least one, and no more than a page may have: a larger one is refused in words of its own. */
  #rowsOf(field: FieldNode, first: GraphQLArgument, variables: Variables): number {
    const rows = coercedValue(givenArgument(field, first), variables) ?? first.defaultValue;
    return Math.min(Math.max(Number(rows ?? 1), 1), this.limits.GRAPHQL_MAX_PAGE_SIZE);
  }
}

export function refused(failure: Error, node?: FieldNode): GraphQLError {
  return new GraphQLError(failure.message, { ...(node && { nodes: node }), originalError: failure });
}

function above(
  code: ErrorCode,
  what: string,
  asked: number,
  limit: number,
  whose = "The operation has",
): GatewayError | undefined {
  if (asked <= limit) return undefined;
  // So many that they are no number any more are shown as one.
  const shown = Math.min(asked, Number.MAX_SAFE_INTEGER);
  const message = `${whose} ${shown} ${what}, and ${limit} are allowed: ask for less at once.`;
  return new GatewayError(code, message, { details: { asked: shown, limit } });
}

const COSTS = "fields to answer, those of a list as often as it may have rows";

function tooCostly(cost: number, limit: number): GatewayError | undefined {
  return above("QUERY_TOO_COSTLY", COSTS, cost, limit);
}

function tooCostlyTogether(cost: number, limit: number): GatewayError | undefined {
  return above("QUERY_TOO_COSTLY", COSTS, cost, limit, "With this one the operations of the request have");
}
