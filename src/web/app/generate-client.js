// Checks every GraphQL document of the pages against schema.graphql, and writes the dashboard's own with the types
// of their variables and answers. A document that the schema does not allow ends the build.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { buildSchema, GraphQLError, parse, Source, validate } from "graphql";

const app = import.meta.dirname;
const root = resolve(app, "../../..");
const output = join(app, "generated/graphql.ts");

const definitions = await readFile(join(root, "schema.graphql"), "utf8");
const schema = buildSchema(definitions);

const documents = [];
for (const name of (await readdir(app, { recursive: true })).sort()) {
  if (!name.endsWith(".graphql")) continue;
  const location = relative(root, join(app, name));
  try {
    const document = parse(new Source(await readFile(join(app, name), "utf8"), location));
    const errors = validate(schema, document).filter((error) => !/ragment .* is never used/.test(error.message));
    if (errors.length > 0) throw errors[0];
    // GraphiQL shows its examples as they are written; they need no types.
    if (!name.includes("examples")) documents.push({ location, document });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    console.error(`${location} does not fit schema.graphql.\n${error}`);
    process.exit(1);
  }
}

const text = await codegen({
  filename: output,
  schema: parse(definitions),
  schemaAst: schema,
  documents,
  config: {
    documentMode: "string",
    pureMagicComment: true,
    enumsAsTypes: true,
    useTypeImports: true,
    skipTypename: true,
    scalars: { ID: "string", Timestamp: { input: "number | string", output: "number" }, JSON: "unknown" },
  },
  plugins: [{ operations: {} }, { typedDocuments: {} }],
  pluginMap: { operations, typedDocuments },
});
await mkdir(join(app, "generated"), { recursive: true });
await writeFile(output, text);
