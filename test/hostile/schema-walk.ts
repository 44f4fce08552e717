import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import { from, type idsOf, to } from "./two-organizations.js";

type Ids = ReturnType<typeof idsOf>;

export interface FieldQuery {
  /** `Type.field`, with the value of its enum argument where it has one; `Type` for all of its fields together. */
  readonly coordinate: string;
  readonly query: string;
}

/**
 * One query for each field that there is, and each value of its enum arguments; a field that leads to objects is asked
 * for all their plain fields. Every argument that takes an id gets one of `ids`.
 */
export function queriesOfAllFields(schema: GraphQLSchema, ids: Ids): FieldQuery[] {
  return reachable(schema, ids).flatMap(({ type, wrap, fields }) =>
    fields.map(({ call, selection }) => ({ coordinate: `${type}.${call}`, query: wrap(call + selection) })),
  );
}

/** The same with one query for each type of object: all of its fields together. */
export function queriesOfAllTypes(schema: GraphQLSchema, ids: Ids): FieldQuery[] {
  return reachable(schema, ids).map(({ type, wrap, fields }) => ({
    coordinate: type,
    query: wrap(fields.map(({ call, selection }, index) => `f${index}: ${call}${selection}`).join(" ")),
  }));
}

interface Reached {
  readonly type: string;
  /** A whole query around a selection of the type's fields, on the shortest way from the root. */
  readonly wrap: (selection: string) => string;
  readonly fields: readonly { readonly call: string; readonly selection: string }[];
}

function reachable(schema: GraphQLSchema, ids: Ids): Reached[] {
  const reached: Reached[] = [];
  const found = new Set<string>();
  const open: { type: GraphQLObjectType; wrap: Reached["wrap"] }[] = [
    { type: schema.getQueryType() as GraphQLObjectType, wrap: (selection) => `{ ${selection} }` },
  ];
  for (let one = open.shift(); one !== undefined; one = open.shift()) {
    const { type, wrap } = one;
    if (found.has(type.name)) continue;
    found.add(type.name);
    const fields = Object.values(type.getFields()).flatMap((field) => {
      const target = getNamedType(field.type);
      const calls = callsOf(field, ids);
      if (!isObjectType(target)) return calls.map((call) => ({ call, selection: "" }));
      open.push({ type: target, wrap: (selection) => wrap(`${calls[0]} { ${selection} }`) });
      return calls.map((call) => ({ call, selection: ` { ${plainFieldsOf(target)} }` }));
    });
    reached.push({ type: type.name, wrap, fields });
  }
  return reached;
}

/** `field`, or `field(argument: value)`, once for each value of its enum arguments. */
function callsOf(field: GraphQLField<unknown, unknown>, ids: Ids): string[] {
  const fixed = field.args
    .filter((argument) => isRequiredArgument(argument) || takesId(argument.type))
    .map((argument) => `${argument.name}: ${literalOf(argument, ids)}`);
  const [choice] = field.args.filter((argument) => isEnumType(getNamedType(argument.type)));
  const values = choice === undefined ? [undefined] : enumValuesOf(choice);
  return values.map((value) => {
    const given = value === undefined ? fixed : [...fixed.filter((one) => !one.startsWith(`${choice?.name}:`)), value];
    return given.length === 0 ? field.name : `${field.name}(${given.join(", ")})`;
  });
}

function enumValuesOf(argument: GraphQLArgument): string[] {
  const type = getNamedType(argument.type);
  return isEnumType(type) ? type.getValues().map(({ name }) => `${argument.name}: ${name}`) : [];
}

function plainFieldsOf(type: GraphQLObjectType): string {
  const plain = Object.values(type.getFields()).filter(
    ({ type: target, args }) => !isObjectType(getNamedType(target)) && !args.some(isRequiredArgument),
  );
  return ["__typename", ...plain.map(({ name }) => name)].join(" ");
}

/** An id for what an argument's or input field's name speaks of; a name that nobody has met gets the organization's. */
export function idFor(name: string, parent: string, ids: Ids): string {
  const about = `${parent} ${name}`.toLowerCase();
  if (/pool/.test(about)) return ids.pool;
  if (/owner|employee/.test(about)) return ids.employee;
  if (/resource/.test(about)) return ids.resource;
  if (/cluster|account/.test(about)) return ids.cluster;
  return ids.organization;
}

function literalOf({ name, type }: GraphQLArgument, ids: Ids): string {
  const named = getNamedType(type);
  if (named.name === "ID") return JSON.stringify(idFor(name, "", ids));
  if (named.name === "Timestamp") return String(/^end/i.test(name) ? to : from);
  if (isEnumType(named)) return String(named.getValues()[0]?.name);
  throw new Error(`${name}: ${type}: say in this file what the matrix of principals is to send for it`);
}

const takesId = (type: GraphQLInputType) => getNamedType(type).name === "ID";

/** Every way in which a filter can name an id or a text: as GraphQL literals of the input type, one each. */
export function filtersOf(schema: GraphQLSchema, typeName: string, ids: Ids, text: string): string[] {
  const type = schema.getType(typeName);
  if (!isInputObjectType(type)) throw new Error(`${typeName} is no input type`);
  return Object.values(type.getFields()).flatMap((field) => {
    const named = getNamedType(field.type);
    const nullable = isNonNullType(field.type) ? field.type.ofType : field.type;
    const inList = (value: string) => (isListType(nullable) ? `[${value}]` : value);
    if (named.name === "ID") {
      // Accounts are of two kinds.
      const all = [...new Set([idFor(field.name, "", ids), ...(/account/i.test(field.name) ? [ids.account] : [])])];
      return all.map((id) => `{ ${field.name}: ${inList(JSON.stringify(id))} }`);
    }
    if (named.name === "String") return [`{ ${field.name}: ${inList(JSON.stringify(text))} }`];
    if (named.name === "Boolean") return [`{ ${field.name}: true }`];
    if (isInputObjectType(named)) {
      const inner = Object.values(named.getFields()).find(({ type }) =>
        ["ID", "String"].includes(getNamedType(type).name),
      );
      if (inner === undefined) return [];
      const value = getNamedType(inner.type).name === "ID" ? idFor(inner.name, field.name, ids) : text;
      return [`{ ${field.name}: ${inList(`{ ${inner.name}: ${JSON.stringify(value)} }`)} }`];
    }
    throw new Error(`${typeName}.${field.name}: say in this file what the matrix of principals is to send for it`);
  });
}
