import { readdir, readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const packed = resolve(import.meta.dirname, "../../dist/packed");

async function texts(): Promise<string[]> {
  const names = (await readdir(packed)).filter((name) => name.endsWith(".js"));
  return Promise.all(names.map((name) => readFile(join(packed, name), "utf8")));
}

test("a start reads no packages but those with compiled parts: all others are packed", async () => {
  const imported = (await texts()).flatMap((text) =>
    [...text.matchAll(/^(?:import|export)\b[^"'\n]*"([^".][^"]*)"|\b(?:import|__require)\("([^".][^"]*)"\)/gm)].map(
      ([, fixed, later]) => (fixed ?? later) as string,
    ),
  );
  const installed = new Set(imported.filter((name) => !isBuiltin(name) && !name.startsWith("node:")));
  expect([...installed].sort()).toEqual(["@redis/client", "chdb/connection", "libsql", "mariadb", "snappy"]);
});

test("graphql-js is packed once: two would not know each other's types", async () => {
  const definitions = (await texts()).flatMap((text) =>
    text.match(/\bGraphQLSchema = class\b|\bclass GraphQLSchema\b/g),
  );
  expect(definitions.filter((found) => found !== null)).toHaveLength(1);
});
