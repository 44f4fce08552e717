import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { importFocus } from "../../src/imports/focus.js";
import { importSnapshot } from "../../src/imports/snapshot.js";
import { type ClickHouseOverHttp, clickHouseOverHttp } from "../clickhouse-over-http.js";
import { ACME, AWS, given, JANUARY_1, JANUARY_31, SECRET, TOKEN } from "../graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "../graphql/support/gateway.js";

/** So many that their ids do not fit into an address. */
const RESOURCES = 1_500;
const REGION = 'it\'s \\ a region, "quoted"\n[on, two] lines';

const resources = Array.from({ length: RESOURCES }, (_, index) => ({
  ...given.resources[0],
  id: `50000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  cloud_account_id: AWS,
  cloud_resource_id: `i-${index}`,
  region: index % 2 === 0 ? REGION : null,
}));
const expenses = resources.map(({ id }, index) => ({
  cloud_account_id: AWS,
  resource_id: id,
  date: JANUARY_1,
  cost: index,
  sign: 1,
}));
const TOTAL = (RESOURCES * (RESOURCES - 1)) / 2;

describe("a ClickHouse server over HTTP (the engine in this process behind a front that speaks its protocol)", () => {
  let clickHouse: ClickHouseOverHttp;
  let gateway: TestGateway;
  beforeAll(async () => {
    clickHouse = await clickHouseOverHttp();
    gateway = await startTestGateway({ environment: { CLICKHOUSE_URL: clickHouse.url } });
    await importSnapshot(gateway.stores, { ...given, resources, expenses });
  });
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]();
    await clickHouse[Symbol.asyncDispose]();
  });

  async function january(selection: string, filter: object = {}) {
    const { data, errors } = await gateway.ask(
      `query ($filter: ExpenseFilter) {
      cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31}, filter: $filter) { ${selection} }
    }`,
      { filter },
    );
    expect(errors).toBeUndefined();
    return (data as { cleanExpenses: object }).cleanExpenses;
  }

  test("a ClickHouse server is asked with the same SQL as the engine in the process", async () => {
    expect(gateway.stores.clickHouse.kind).toBe("server");
    expect(
      await january(
        "totalCount totalCost breakdown(by: REGION) { groups { key } } availableFilters { regions } expenses(first: 1) { nodes { cost } }",
      ),
    ).toEqual({
      totalCount: RESOURCES,
      totalCost: TOTAL,
      breakdown: { groups: [{ key: null }, { key: REGION }] },
      availableFilters: { regions: [REGION, null] },
      expenses: { nodes: [{ cost: RESOURCES - 1 }] },
    });
  });

  test("lists that are too long for an address reach the server all the same", async () => {
    const resourceIds = resources.map(({ id }) => id);
    const page = await january("totalCount expenses(first: 1000) { nodes { id } }", { resourceIds });
    expect(page).toMatchObject({ totalCount: RESOURCES });
    expect((page as { expenses: { nodes: unknown[] } }).expenses.nodes).toHaveLength(1_000);
    const address = `${gateway.url}/restapi/v2/organizations/${ACME}/clean_expenses?start_date=${JANUARY_1}&end_date=${JANUARY_31}`;
    const rest = await fetch(address, { headers: { secret: SECRET } });
    expect(rest.status).toBe(200);
    const { clean_expenses, total_cost } = (await rest.json()) as { clean_expenses: unknown[]; total_cost: number };
    expect(clean_expenses).toHaveLength(RESOURCES);
    expect(total_cost).toBeGreaterThanOrEqual(TOTAL);
  });

  test("values keep their quotes, backslashes and line breaks on the way", async () => {
    expect(await january("totalCount", { regions: [REGION] })).toEqual({ totalCount: RESOURCES / 2 });
    expect(await january("totalCount", { regions: [null] })).toEqual({ totalCount: RESOURCES / 2 });
    expect(await january("totalCount", { nameLike: "\\" })).toEqual({ totalCount: 0 });
  });

  test("a bill is sent to a server that cannot see the file", async () => {
    const directory = await mkdtemp(join(tmpdir(), "gateway-bill-"));
    try {
      const file = join(directory, "bill.csv");
      await writeFile(
        file,
        [
          "BillingAccountId,BilledCost,EffectiveCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ProviderName,ResourceId,ServiceName,SubAccountId",
          'acme-1,3,2.5,USD,Usage,2025-01-02T00:00:00Z,2025-01-03T00:00:00Z,AWS,"i-""1""",Compute,sub-1',
          "acme-1,4,1.5,USD,Usage,2025-01-02T00:00:00Z,2025-01-03T00:00:00Z,AWS,i-2,Compute,sub-1",
        ].join("\n"),
      );
      await importFocus(gateway.stores, { files: [file], organization: "Acme Bills" });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
    const { data } = await gateway.ask("{ viewer { organizations { id name } } }", {}, { secret: SECRET });
    const { organizations } = (data as { viewer: { organizations: { id: string; name: string }[] } }).viewer;
    const id = organizations.find(({ name }) => name === "Acme Bills")?.id;
    const query = `{ cleanExpenses(organizationId: "${id}", startDate: "2025-01-01", endDate: "2025-01-31") { totalCount totalCost } }`;
    expect(await gateway.ask(query, {}, { secret: SECRET })).toEqual({
      data: { cleanExpenses: { totalCount: 2, totalCost: 4 } },
    });
  });

  test("a server that is gone is STORE_UNAVAILABLE, and what does not need it is answered", async () => {
    await clickHouse.stop();
    const { data, errors } = await gateway.ask("{ viewer { kind } }", {}, bearer(TOKEN));
    expect({ data, errors }).toEqual({ data: { viewer: { kind: "USER" } }, errors: undefined });
    const failed = await gateway.ask(
      `{ cleanExpenses(organizationId: "${ACME}", startDate: 0, endDate: 1) { totalCost } }`,
    );
    expect(failed.errors?.map(({ extensions }) => extensions.code)).toEqual(["STORE_UNAVAILABLE"]);
    expect(JSON.stringify(failed)).not.toContain("127.0.0.1");
    const ready = await fetch(`${gateway.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ clickhouse: false, database: true });
  });
});
