import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { ACME, CLUSTER_ONE, TOKEN } from "./support/acme.js";
import { type GraphQLBody, startTestGateway, type TestGateway } from "./support/gateway.js";

const logLines: string[] = [];
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({
    logLines,
    // So long that only the client's leaving can end a look-up in these tests.
    environment: { METROCULUS_TIMEOUT_MS: "60000", K8S_COSTS_BUDGET_MS: "60000" },
  });
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function poll(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The log entry that an answer's request id leads to. */
function entryOf(body: GraphQLBody): { err: { message: string; stack: string } } {
  const requestId = body.errors?.[0]?.extensions.requestId as string;
  expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  const entries = logLines.filter((line) => line.includes(requestId) && line.includes('"err"'));
  expect(entries).toHaveLength(1);
  return JSON.parse(entries[0] as string);
}

test("a client that leaves ends the look-ups that only it waited for, and is not logged as a failure", async () => {
  let closed = 0;
  gateway.metroculus.answer = (_request, response) => response.on("close", () => (closed += 1));
  const leaving = new AbortController();
  const asked = fetch(`${gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({
      query: `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: "2024-01-01", endDate: "2024-01-31") { status } } }`,
    }),
    signal: leaving.signal,
  });
  await poll(() => gateway.metroculus.costRequests.length === 1);
  expect(closed).toBe(0);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await poll(() => closed === 1);
  gateway.metroculus.answer = undefined;
  expect(logLines.filter((line) => line.includes("failed"))).toEqual([]);
});

test("a failure of the expense store has a code and a sentence, and its cause only in the log", async () => {
  await gateway.stores.clickHouse.command("RENAME TABLE expenses TO expenses_away");
  const body = await gateway.ask(
    `{ viewer { kind } cleanExpenses(organizationId: "${ACME}", startDate: 0, endDate: "2026-01-01") { currency totalCost } }`,
  );
  await gateway.stores.clickHouse.command("RENAME TABLE expenses_away TO expenses");
  expect(body.errors?.[0]?.extensions.code).toBe("STORE_UNAVAILABLE");
  expect(JSON.stringify(body)).not.toMatch(/expenses_away|UNKNOWN_TABLE|SELECT/i);
  expect(entryOf(body).err.message).toMatch(/expenses/);
});

test("a failure of the relational store has a code and a sentence, and its cause only in the log", async () => {
  await gateway.stores.relational.$executeRawUnsafe("ALTER TABLE pool RENAME TO pool_away");
  const body = await gateway.ask(`{ organization(id: "${ACME}") { name pools { name } } }`);
  await gateway.stores.relational.$executeRawUnsafe("ALTER TABLE pool_away RENAME TO pool");
  expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(["STORE_UNAVAILABLE"]);
  expect(JSON.stringify(body)).not.toMatch(/prisma|sqlite|main\.pool|node_modules/i);
  expect(entryOf(body).err.message).toMatch(/no such table/);
});

test("an unexpected failure is masked, and its request id leads to the log", async () => {
  const query = vi.spyOn(gateway.stores.clickHouse, "query");
  query.mockRejectedValueOnce(new TypeError("cannot read the inside of it"));
  const body = await gateway.ask(
    `{ cleanExpenses(organizationId: "${ACME}", startDate: 0, endDate: "2026-01-01") { totalCost } }`,
  );
  query.mockRestore();
  expect(body.errors?.map(({ extensions }) => extensions.code)).toEqual(["INTERNAL"]);
  expect(body.errors?.[0]?.message).toContain(body.errors?.[0]?.extensions.requestId);
  expect(JSON.stringify(body)).not.toMatch(/the inside|node_modules/i);
  expect(entryOf(body).err.stack).toMatch(/the inside of it/);
});

test("a client that leaves ends the query to ClickHouse that it waited for", async () => {
  const { clickHouse } = gateway.stores;
  await clickHouse.command("RENAME TABLE expenses TO expenses_of_acme");
  // As slow as a big organization: some seconds for what is asked below.
  await clickHouse.command("CREATE VIEW expenses AS SELECT * FROM expenses_of_acme WHERE sleepEachRow(0.1) = 0");
  const query = vi.spyOn(clickHouse, "query");
  const leaving = new AbortController();
  const asked = gateway.post(
    `{ cleanExpenses(organizationId: "${ACME}", startDate: "2025-01-01", endDate: "2025-01-31") { totalCost } }`,
    {},
    undefined,
    leaving.signal,
  );
  await poll(() => query.mock.results.length === 1);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await expect(query.mock.results[0]?.value).rejects.toMatchObject({ name: "AbortError" });
  query.mockRestore();
  await clickHouse.command("DROP VIEW expenses SYNC");
  await clickHouse.command("RENAME TABLE expenses_of_acme TO expenses");
  expect(logLines.filter((line) => line.includes("AbortError"))).toEqual([]);
});

test("a request that runs many queries at a time is not taken for a leak", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on("warning", note);
  const regions = Array.from({ length: 20 }, (_, index) => `b${index}: breakdown(by: REGION) { total }`);
  await gateway.ask(
    `{ cleanExpenses(organizationId: "${ACME}", startDate: "2025-01-01", endDate: "2025-01-31") { ${regions.join(" ")} } }`,
  );
  process.off("warning", note);
  expect(warnings).toEqual([]);
});

test("after the stores are back, the same questions are answered", async () => {
  expect(await gateway.ask(`{ organization(id: "${ACME}") { name pools { name } } }`)).toMatchObject({
    data: { organization: { pools: [{ name: "Acme" }, { name: "Web" }] } },
  });
});

test("no token stands in the log", () => {
  expect(logLines.length).toBeGreaterThan(0);
  expect(logLines.filter((line) => line.includes(TOKEN))).toEqual([]);
});
