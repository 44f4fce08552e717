import { readFileSync } from "node:fs";
import fc from "fast-check";
import { buildSchema } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { type Gateway, startGateway } from "../../src/gateway.js";
import { createLogger } from "../../src/log.js";
import { SECRET, TOKEN } from "./support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "./support/gateway.js";
import { type Asked, asked } from "./support/random-queries.js";

const QUERIES = 300;
const schema = buildSchema(readFileSync("schema.graphql", "utf8"));

/** Compiles every operation when it is first asked. */
let compiling: TestGateway;
/** The same stores and the same Metroculus behind graphql-js. */
let interpreting: Gateway;
beforeAll(async () => {
  compiling = await startTestGateway({ environment: { GRAPHQL_COMPILE_AFTER: "0" } });
  const config = loadConfig({
    PORT: "0",
    METROCULUS_URL: compiling.metroculus.url,
    CLUSTER_SECRET: SECRET,
    LOG_LEVEL: "silent",
    GRAPHQL_COMPILE_AFTER: "1000000000",
  });
  interpreting = await startGateway({
    config,
    stores: compiling.stores,
    clusterSecret: SECRET,
    log: createLogger(config),
  });
});
afterAll(async () => {
  await interpreting?.close();
  await compiling?.[Symbol.asyncDispose]();
});

async function answer(url: string, { query, variables }: Asked) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(TOKEN) },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, type: response.headers.get("content-type"), body: inOrder(await response.text()) };
}

/** Fields that fail beside each other do so in any order; of each failure nobody saw, only the id is told. */
function inOrder(body: string): string {
  const { errors, ...rest } = JSON.parse(body) as {
    errors?: { path?: unknown; extensions?: { requestId?: string } }[];
  };
  if (errors === undefined) return body;
  for (const { extensions } of errors) if (extensions?.requestId) extensions.requestId = "";
  const sorted = errors.map((error) => JSON.stringify(error)).sort();
  return JSON.stringify({ errors: sorted, ...rest });
}

test(`${QUERIES} generated queries are answered the same to the byte by the compiler and by graphql-js`, async () => {
  const outcomes = { answered: 0, failed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(asked(schema), async (request) => {
      const interpreted = await answer(interpreting.url, request);
      // The first time Apollo leads it to the compiler, the second time it takes the short path.
      expect(await answer(compiling.url, request)).toEqual(interpreted);
      expect(await answer(compiling.url, request)).toEqual(interpreted);
      const { data, errors } = JSON.parse(interpreted.body) as { data?: unknown; errors?: unknown };
      outcomes[data === undefined ? "refused" : errors === undefined ? "answered" : "failed"]++;
    }),
    { numRuns: QUERIES, endOnFailure: true },
  );
  console.log(`equivalence of the compiler and graphql-js: ${JSON.stringify(outcomes)}`);
  // Else nothing was compared but refusals.
  for (const count of Object.values(outcomes)) expect(count).toBeGreaterThan(0);
});
