import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { endpoints } from "../../src/rest/endpoints.js";
import { ACME, DAY, JANUARY_1, NOBODY, RIVAL, TOKEN } from "../graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "../graphql/support/gateway.js";
import { gatewayInFrontOf } from "../optscale/in-front.js";
import { json, type Misbehaving, misbehaving } from "../optscale/misbehaving.js";

const limits = { MAX_LIST_VALUES: "2", MAX_WINDOW_DAYS: "31" };

const window = (end = JANUARY_1 + 30 * DAY) => `start_date=${JANUARY_1}&end_date=${end}`;
const repeated = (name: string, count: number) => Array.from({ length: count }, () => `&${name}=a`).join("");
const pathOf = (path: string, id = ACME) => `/restapi/v2${path.replace(/\{\w+\}/, id)}`;

const tooLong = (name: string) => ({
  error: {
    status_code: 400,
    error_code: "OE0224",
    reason: `Value of "number of ${name} values" should be between 0 and 2`,
    params: [`number of ${name} values`, 0, 2],
  },
});
const latest = JANUARY_1 + 31 * DAY - 1;
const tooLate = {
  error: {
    status_code: 400,
    error_code: "OE0224",
    reason: `Value of "end_date" should be between ${JANUARY_1} and ${latest}`,
    params: ["end_date", JANUARY_1, latest],
  },
};

/** One for every list and window that the API knows. */
const refusals = endpoints.flatMap(({ path, parameters }) => [
  ...parameters
    .filter(({ kind }) => kind === "list")
    .map(({ name }) => ({ path, query: `${window()}${repeated(name, 3)}`, body: tooLong(name) as object })),
  ...(parameters.some(({ kind }) => kind === "date")
    ? [{ path, query: window(latest + 1), body: tooLate as object }]
    : []),
]);

describe("from the own stores", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ environment: limits });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const get = async (target: string, headers: Record<string, string> = bearer(TOKEN)) => {
    const response = await fetch(`${gateway.url}${target}`, { headers });
    return { status: response.status, body: (await response.json()) as { error?: { error_code: string } } };
  };
  const cleanExpenses = pathOf("/organizations/{id}/clean_expenses");

  test("lists and windows as long as allowed are answered", async () => {
    expect((await get(`${cleanExpenses}?${window(latest)}${repeated("region", 2)}`)).status).toBe(200);
  });

  test("longer ones are refused on every path before the stores are asked more than who is asking", async () => {
    expect(refusals.length).toBeGreaterThan(60);
    const clickHouse = vi.spyOn(gateway.stores.clickHouse, "query");
    gateway.queries.length = 0;
    for (const { path, query, body } of refusals) {
      expect({ path, query, ...(await get(`${pathOf(path)}?${query}`)) }).toEqual({ path, query, status: 400, body });
    }
    expect(gateway.queries.filter((name) => !name.startsWith("ApiToken"))).toEqual([]);
    expect(clickHouse.mock.calls).toEqual([]);
    clickHouse.mockRestore();
  });

  test("whoever is not known is told that, and whose organization it is makes no difference", async () => {
    const query = `${window()}${repeated("region", 3)}`;
    expect((await get(`${cleanExpenses}?${query}`, {})).body.error?.error_code).toBe("OE0237");
    expect((await get(`${cleanExpenses}?${query}`, bearer("tok-unknown"))).body.error?.error_code).toBe("OE0235");
    for (const id of [RIVAL, NOBODY]) {
      expect((await get(`${cleanExpenses.replace(ACME, id)}?${query}`)).body).toEqual(tooLong("region"));
    }
  });

  test.each([
    ["no start", "end_date=1", "OE0216"],
    ["no number", "start_date=0&end_date=x", "OE0217"],
    ["an end that is empty", "start_date=0&end_date=", "OE0223"],
    ["an end after all time", "start_date=0&end_date=253402300800", "OE0224"],
    ["a start before all time", "start_date=-9999999&end_date=1", "OE0224"],
    ["no UTF-8", "start_date=0&end_date=%ff", "U0400"],
    ["an end before the start", "start_date=9999999&end_date=0", "OE0446"],
  ])("a window with %s is refused for that", async (_what, query, code) => {
    const { body } = await get(`${cleanExpenses}?${query}`);
    expect(body.error?.error_code).toBe(code);
    expect(body).not.toMatchObject({ error: { params: ["end_date", 0, 31 * DAY - 1] } });
  });

  test("the document of the API tells the limits", async () => {
    const document = (await (await fetch(`${gateway.url}/openapi.json`)).json()) as {
      info: { description: string };
      paths: Record<string, { get: { parameters: { name: string; schema: object }[] } }>;
    };
    expect(document.info.description).toContain("A window has at most 31 days.");
    const { parameters = [] } = document.paths["/restapi/v2/organizations/{organization_id}/clean_expenses"]?.get ?? {};
    expect(parameters.find(({ name }) => name === "region")?.schema).toMatchObject({ type: "array", maxItems: 2 });
  });
});

describe("in front of an OptScale", () => {
  let optScale: Misbehaving;
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    optScale = await misbehaving((_request, response) => json(response, 200, {}));
    ({ url, close } = await gatewayInFrontOf(optScale.url, { ...limits, OPTSCALE_PROXY: "true" }));
  });
  afterAll(async () => {
    await close();
    await optScale[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    optScale.requests.length = 0;
  });

  test("lists and windows that are too long are refused on every path, and OptScale is not asked", async () => {
    for (const { path, query, body } of refusals) {
      const answer = await fetch(`${url}${pathOf(path)}?${query}`, { headers: bearer("tok") });
      expect({ path, query, status: answer.status, body: await answer.json() }).toEqual({
        path,
        query,
        status: 400,
        body,
      });
    }
    expect(optScale.requests).toEqual([]);
  });

  test("others are handed on", async () => {
    const target = `${pathOf("/organizations/{id}/summary_expenses")}?${window(latest)}${repeated("region", 2)}`;
    expect((await fetch(`${url}${target}`, { headers: bearer("tok") })).status).toBe(200);
    expect(optScale.requests.map((request) => request.target)).toEqual([target]);
  });

  test.each([
    ["page", `startDate: 0, endDate: 1`, "expenses(first: 1001) { totalCount }"],
    ["window", `startDate: 0, endDate: "1970-02-01"`, "totalCost"],
    ["list", `startDate: 0, endDate: 1, filter: { tags: ["a", "b", "c"] }`, "totalCost"],
  ])("a %s of GraphQL that is too large is refused, and OptScale is not asked", async (_what, asked, selection) => {
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", ...bearer("tok") },
      body: JSON.stringify({ query: `{ cleanExpenses(organizationId: "${ACME}", ${asked}) { ${selection} } }` }),
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
    expect(optScale.requests).toEqual([]);
  });
});
