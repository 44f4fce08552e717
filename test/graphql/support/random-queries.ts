import fc, { type Arbitrary } from "fast-check";
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { ACME, ANN, AWS, BEGINNER, CLUSTER_ONE, GCP, JANUARY_1, JANUARY_31, NOBODY, RIVAL, WEB_POOL } from "./acme.js";

export interface Asked {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const DEEPEST = 6;
/** Tell when, which differs from answer to answer. */
const unrepeatable = new Set(["asOf"]);

/** Values that a caller may write for a leaf type, right ones more often than wrong ones. As JSON. */
const leaves: Readonly<Record<string, Arbitrary<unknown>>> = {
  ID: fc.constantFrom<unknown>(ACME, ACME, ACME, BEGINNER, AWS, CLUSTER_ONE, GCP, ANN, WEB_POOL, RIVAL, NOBODY, "", 7),
  String: fc.constantFrom<unknown>("eu-west-1", "Compute", "team", "machine 1", "", 'a "quoted" \\ text\n', 5),
  Timestamp: fc.constantFrom<unknown>(JANUARY_1, JANUARY_31, "2025-01-01", "2025-01-31T23:59:59Z", -1, "soon", 1.5),
  Int: fc.constantFrom<unknown>(1, 2, 10, 1000, 0, -1, "3", 4.5),
  Float: fc.constantFrom<unknown>(1, 2.5),
  Boolean: fc.constantFrom<unknown>(true, false, "true"),
};

/** Every argument, so that most queries get as far as being executed, mostly with values that make sense for its name. */
const byName: Readonly<Record<string, Arbitrary<unknown>>> = {
  organizationId: fc.oneof({ weight: 9, arbitrary: fc.constant<unknown>(ACME) }, { weight: 1, arbitrary: leaves.ID! }),
  startDate: fc.oneof(
    { weight: 9, arbitrary: fc.constant<unknown>(JANUARY_1) },
    { weight: 1, arbitrary: leaves.Timestamp! },
  ),
  endDate: fc.oneof(
    { weight: 9, arbitrary: fc.constant<unknown>(JANUARY_31) },
    { weight: 1, arbitrary: leaves.Timestamp! },
  ),
  first: fc.oneof({ weight: 9, arbitrary: fc.constantFrom<unknown>(1, 3, 100) }, { weight: 1, arbitrary: leaves.Int! }),
  after: fc.constantFrom<unknown>(null, null, "not a cursor"),
};

/** A random query under the schema, some of its arguments by variables, with aliases, fragments and conditions. */
export function asked(schema: GraphQLSchema): Arbitrary<Asked> {
  const query = schema.getQueryType() as GraphQLObjectType;
  return fc.gen().map((draw) => {
    const writer = new QueryWriter((arbitrary) => draw(() => arbitrary) as never);
    const body = writer.selections(query, 0);
    return { query: writer.document(body), variables: writer.variables };
  });
}

type Draw = <T>(arbitrary: Arbitrary<T>) => T;

class QueryWriter {
  readonly variables: Record<string, unknown> = {};
  readonly #declared: string[] = [];
  readonly #fragments: string[] = [];
  #aliases = 0;

  constructor(private readonly draw: Draw) {}

  document(body: string): string {
    const declared = this.#declared.length > 0 ? `(${this.#declared.join(", ")})` : "";
    return [`query Random${declared} ${body}`, ...this.#fragments].join("\n");
  }

  selections(type: GraphQLObjectType, depth: number): string {
    const fields = Object.values(type.getFields()).filter(
      (field) => !unrepeatable.has(field.name) && (depth < DEEPEST || isLeafType(getNamedType(field.type))),
    );
    const chosen = this.draw(
      fc.subarray(fields, {
        minLength: Math.min(1, fields.length),
        maxLength: Math.min(depth === 0 ? 2 : 4, fields.length),
      }),
    );
    const written = chosen.map((field) => this.field(field, depth));
    if (written.length === 0 || this.once(8)) written.push("__typename");
    if (this.once(10)) written.push(written[0] as string);
    if (this.once(10)) written.push(`__typename${this.condition(2)}`);
    const all = `{ ${written.join(" ")} }`;
    if (this.once(8)) return `{ ... on ${type.name}${this.condition()} ${all} }`;
    if (!this.once(10)) return all;
    const name = `Part${this.#fragments.length}`;
    this.#fragments.push(`fragment ${name} on ${type.name} ${all}`);
    return `{ ...${name}${this.condition()} ...${name} }`;
  }

  private field({ name, type, args }: GraphQLField<unknown, unknown>, depth: number): string {
    const alias = this.once(6) ? `other${this.#aliases++}: ` : "";
    const given = args.filter((argument) => isNonNullType(argument.type) || this.once(3));
    const written = given.map((argument) => `${argument.name}: ${this.argument(argument)}`);
    const named = getNamedType(type);
    const below = isObjectType(named) ? ` ${this.selections(named, depth + 1)}` : "";
    // Two selections of one field with other arguments do not go together without an alias.
    const apart = written.length > 0 && alias === "" ? `field${this.#aliases++}: ` : alias;
    return `${apart}${name}${written.length > 0 ? `(${written.join(", ")})` : ""}${this.condition()}${below}`;
  }

  private argument({ name, type }: GraphQLArgument): string {
    const value = byName[name] ? this.draw(byName[name]) : this.value(type);
    if (!this.once(3)) return literal(value, type);
    return this.variable(String(type), value);
  }

  private variable(type: string, value: unknown): string {
    const name = `v${this.#declared.length}`;
    this.#declared.push(`$${name}: ${type}`);
    this.variables[name] = value;
    return `$${name}`;
  }

  private condition(inOneOf = 10): string {
    if (!this.once(inOneOf)) return "";
    const directive = this.draw(fc.constantFrom("skip", "include"));
    const flag = this.draw(fc.boolean());
    return ` @${directive}(if: ${this.once(2) ? flag : this.variable("Boolean!", flag)})`;
  }

  private value(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return this.value(type.ofType);
    if (this.once(10)) return null;
    if (isListType(type)) return Array.from({ length: this.draw(fc.nat(2)) }, () => this.value(type.ofType));
    if (isInputObjectType(type)) {
      const all = Object.values(type.getFields());
      const fields = this.draw(fc.subarray(all, { maxLength: Math.min(2, all.length) }));
      return Object.fromEntries(fields.map((field) => [field.name, this.value(field.type)]));
    }
    if (isEnumType(type)) return this.draw(fc.constantFrom(...type.getValues().map(({ name }) => name)));
    return this.draw(leaves[type.name] ?? fc.constant(null));
  }

  /** True in one of so many cases. */
  private once(of: number): boolean {
    return this.draw(fc.nat(of - 1)) === 0;
  }
}

function literal(value: unknown, type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(value, type.ofType);
  if (value === null) return "null";
  if (isListType(type))
    return Array.isArray(value)
      ? `[${value.map((item) => literal(item, type.ofType)).join(", ")}]`
      : literal(value, type.ofType);
  if (isInputObjectType(type)) {
    const fields = Object.entries(value as object).map(
      ([name, item]) => `${name}: ${literal(item, type.getFields()[name]?.type as GraphQLInputType)}`,
    );
    return `{ ${fields.join(", ")} }`;
  }
  return isEnumType(type) ? String(value) : JSON.stringify(value);
}
