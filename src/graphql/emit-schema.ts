import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createSchema, printedSchema } from "./schema.js";

/** Writes the published schema to the top of the project: `npm run schema`. */
await writeFile(fileURLToPath(new URL("../../schema.graphql", import.meta.url)), printedSchema(createSchema()));
