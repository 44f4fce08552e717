import { readFile } from "node:fs/promises";
import {
  buildSchema,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  validateSchema,
} from "graphql";
import { expect, test } from "vitest";
import { createSchema, printedSchema } from "../../src/graphql/schema.js";

const schema = createSchema();

async function read(path: string): Promise<string> {
  return readFile(new URL(path, import.meta.url), "utf8");
}

/** Everything that a client can rely on, one line each: types, fields, arguments, defaults, enum values. */
function promises(of: GraphQLSchema): string[] {
  return namedTypes(of).flatMap((type) => {
    if (isEnumType(type)) return type.getValues().map((value) => `enum ${type.name} has ${value.name}`);
    if (isInputObjectType(type)) {
      return Object.values(type.getFields()).map((field) => `input ${type.name}.${signature(field)}`);
    }
    if (isObjectType(type)) return Object.values(type.getFields()).flatMap((field) => fieldPromises(type.name, field));
    return [`scalar ${type.name}`];
  });
}

function fieldPromises(type: string, field: GraphQLField<unknown, unknown>): string[] {
  return [
    `${type}.${field.name}: ${field.type}`,
    ...field.args.map((argument) => `${type}.${field.name}(${signature(argument)})`),
  ];
}

function signature(input: { name: string; type: unknown; defaultValue?: unknown }): string {
  return `${input.name}: ${String(input.type)} = ${JSON.stringify(input.defaultValue)}`;
}

function namedTypes(of: GraphQLSchema): GraphQLNamedType[] {
  return Object.values(of.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
}

test("the schema is valid, which a start no longer tries out", () => {
  expect(validateSchema(schema)).toEqual([]);
});

test("schema.graphql is what the code says; `npm run schema` writes it anew", async () => {
  expect(await read("../../schema.graphql")).toBe(printedSchema(schema));
});

test("everything in the contract is in the schema, with the same types and defaults", async () => {
  const contract = promises(buildSchema(await read("contract.graphql")));
  const kept = new Set(promises(schema));
  expect(contract.length).toBeGreaterThan(150);
  expect(contract.filter((promise) => !kept.has(promise))).toEqual([]);
});

test("what the schema adds to the contract never becomes an argument that clients must give", async () => {
  const contract = new Set(promises(buildSchema(await read("contract.graphql"))));
  const added = promises(schema).filter((promise) => !contract.has(promise));
  expect(added.filter((promise) => /(\(|^input ).*! = undefined/.test(promise))).toEqual([]);
});

test("every type, field, argument and enum value has a description", () => {
  const bare = namedTypes(schema).flatMap((type) => {
    const parts: [string, { description?: string | null | undefined }][] = [[type.name, type]];
    if (isEnumType(type)) for (const value of type.getValues()) parts.push([`${type.name}.${value.name}`, value]);
    if (isInputObjectType(type) || isObjectType(type)) {
      for (const field of Object.values(type.getFields())) {
        parts.push([`${type.name}.${field.name}`, field]);
        if ("args" in field) {
          for (const argument of field.args) parts.push([`${type.name}.${field.name}(${argument.name})`, argument]);
        }
      }
    }
    return parts.filter(([, part]) => !part.description?.trim()).map(([name]) => name);
  });
  expect(bare).toEqual([]);
});
