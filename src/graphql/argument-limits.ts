import {
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type ValueNode,
  valueFromAST,
} from "graphql";
import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";
import { refusePageSize } from "../expenses/page-limits.js";
import { refuseLongWindow } from "../time.js";
import type { Variables } from "./operations.js";

export type ArgumentLimits = Pick<Config, "GRAPHQL_MAX_PAGE_SIZE" | "MAX_WINDOW_DAYS" | "MAX_LIST_VALUES">;

/** An argument as it stands in the document, with its type. */
export interface GivenArgument {
  readonly value: ValueNode;
  readonly type: GraphQLInputType;
}

/** A field some of whose arguments are held to limits. */
export interface LimitedField {
  readonly node: FieldNode;
  readonly first: GivenArgument | undefined;
  readonly startDate: GivenArgument | undefined;
  readonly endDate: GivenArgument | undefined;
  readonly filter: GivenArgument | undefined;
}

/** @returns undefined when it has none of these arguments */
export function limitedField(node: FieldNode, { args }: GraphQLField<unknown, unknown>): LimitedField | undefined {
  const given = (name: string) => {
    const argument = args.find((each) => each.name === name);
    return argument && givenArgument(node, argument);
  };
  const [first, startDate, endDate, filter] = ["first", "startDate", "endDate", "filter"].map(given);
  return first || startDate || filter ? { node, first, startDate, endDate, filter } : undefined;
}

export function givenArgument(node: FieldNode, { name, type }: GraphQLArgument): GivenArgument | undefined {
  const given = node.arguments?.find((each) => each.name.value === name);
  return given && { value: given.value, type };
}

/**
 * Refuses a page, a window or a list of a filter that is larger than one request may ask for. What is no such value at
 * all is left to the field.
 * @param variables coerced to their types
 * @throws GatewayError BAD_USER_INPUT
 */
export function refuseArguments(field: LimitedField, variables: Variables, limits: ArgumentLimits): void {
  const { first, startDate, endDate, filter } = field;
  const rows = coercedValue(first, variables);
  if (typeof rows === "number") refusePageSize(rows, limits.GRAPHQL_MAX_PAGE_SIZE);
  const [start, end] = [coercedValue(startDate, variables), coercedValue(endDate, variables)];
  if (typeof start === "number" && typeof end === "number") {
    refuseLongWindow({ start, end }, limits.MAX_WINDOW_DAYS);
  }
  for (const [name, values] of Object.entries(coercedValue(filter, variables) ?? {})) {
    if (Array.isArray(values)) refuseLongList(name, values, limits.MAX_LIST_VALUES);
  }
}

/** Undefined when it is not given, or is no value of its type. */
export function coercedValue(given: GivenArgument | undefined, variables: Variables): unknown {
  return given && valueFromAST(given.value, given.type, variables);
}

function refuseLongList(field: string, values: readonly unknown[], longest: number): void {
  if (values.length <= longest) return;
  throw new GatewayError(
    "BAD_USER_INPUT",
    `A list of a filter takes ${longest} values here, and this one has ${values.length}: ask for fewer at once.`,
    { details: { argument: `filter.${field}`, reason: "list_too_long", limit: longest } },
  );
}
