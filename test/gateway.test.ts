import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACME, TOKEN } from "./graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "./graphql/support/gateway.js";

let databaseDirectory: string;
let gateway: TestGateway;
beforeAll(async () => {
  databaseDirectory = await mkdtemp(join(tmpdir(), "gateway-database-"));
  gateway = await startTestGateway({
    environment: { DATABASE_URL: `file:${join(databaseDirectory, "gateway.sqlite")}` },
  });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rm(databaseDirectory, { recursive: true, force: true });
});

async function answer(path: string, init: RequestInit = {}) {
  const response = await fetch(`${gateway.url}${path}`, init);
  return { status: response.status, body: (await response.json()) as unknown };
}

test("health and readiness need no credentials, and say no more than that", async () => {
  expect(await answer("/healthz")).toEqual({ status: 200, body: { status: "ok" } });
  expect(await answer("/readyz")).toEqual({
    status: 200,
    body: { status: "ready", clickhouse: true, database: true, metroculus: true },
  });
});

test("a gateway whose database is away says so in every face, and goes on once it is back", async () => {
  const query = JSON.stringify({ query: "{ viewer { organizations { name } } }" });
  const headers = { "content-type": "application/json", ...bearer(TOKEN) };
  const expenses = `/restapi/v2/organizations/${ACME}/clean_expenses?start_date=0&end_date=1`;
  const ask = () => answer("/graphql", { method: "POST", headers, body: query });

  // The next query has to open the file again, and finds none.
  await gateway.stores.relational.$disconnect();
  await rename(databaseDirectory, `${databaseDirectory}.away`);
  try {
    expect(await answer("/healthz")).toMatchObject({ status: 200 });
    expect(await answer("/readyz")).toEqual({
      status: 503,
      body: { status: "unavailable", clickhouse: true, database: false, metroculus: true },
    });
    const { body } = await ask();
    expect(body).toMatchObject({ errors: [{ extensions: { code: "STORE_UNAVAILABLE" } }] });
    expect(JSON.stringify(body)).not.toContain(databaseDirectory);
    const rest = await answer(expenses, { headers });
    expect(rest).toMatchObject({ status: 503, body: { error: { error_code: "OE0003" } } });
    expect(JSON.stringify(rest.body)).not.toContain(databaseDirectory);
  } finally {
    await rename(`${databaseDirectory}.away`, databaseDirectory);
  }
  expect(await answer("/readyz")).toMatchObject({ status: 200 });
  expect((await ask()).body).toMatchObject({ data: { viewer: { organizations: [{ name: "Acme" }, {}] } } });
});

test.each([
  ["GET", "/nothing/here"],
  ["GET", "/graphql/"],
  ["POST", "/healthz"],
  ["GET", "/..%2f..%2fpackage.json"],
  ["DELETE", "/"],
])("%s %s, where nothing is served, is answered with a code and a sentence", async (method, path) => {
  expect(await answer(path, { method })).toEqual({
    status: 404,
    body: { error: { code: "NOT_FOUND", message: "Nothing is served here: check the path and the method." } },
  });
});

test("an address that cannot be decoded is refused in the same form", async () => {
  expect(await answer("/%zz")).toEqual({
    status: 400,
    body: { error: { code: "BAD_USER_INPUT", message: expect.stringContaining("not a valid url") } },
  });
});

test.each(["PUT", "DELETE", "PATCH", "OPTIONS"])(
  "GraphQL refuses %s and names the methods it takes",
  async (method) => {
    const response = await fetch(`${gateway.url}/graphql`, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, POST");
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  },
);
