import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endpoints } from "../../src/rest/endpoints.js";
import { cleanRowSchema } from "../../src/rest/schemas/clean-expenses.js";
import { errorSchema } from "../../src/rest/schemas/shared.js";
import { acme, from, ids, to } from "./acme.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

type Json = Record<string, unknown>;
interface Operation {
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Json }[];
  readonly responses: Record<string, { content: Record<string, { example?: unknown; examples?: Json }> }>;
}

let under: GatewayUnderTest;
let document: { paths: Record<string, { get: Operation }> };
beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.load(acme);
  document = (await (await fetch(`${under.url}/openapi.json`)).json()) as typeof document;
});
afterAll(() => under[Symbol.asyncDispose]());

test("the document is valid by the OpenAPI 3.1 schema", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  expect(errors ?? []).toEqual([]);
  expect(valid).toBe(true);
  expect(validator.version).toBe("3.1");
});

test("every path that is answered is documented, and no other", () => {
  expect(Object.keys(document.paths).sort()).toEqual(endpoints.map(({ path }) => `/restapi/v2${path}`).sort());
});

test("every parameter that a request is checked for is documented, and no other", () => {
  for (const { path, parameters } of endpoints) {
    const documented = document.paths[`/restapi/v2${path}`]?.get.parameters.filter((one) => one.in === "query");
    expect(documented?.map(({ name }) => name)).toEqual(parameters.map(({ name }) => name));
  }
});

test("the example of every answer is of the documented form", () => {
  for (const { answer } of endpoints) answer.schema.parse(answer.example);
});

test("clean_expenses is shown with k8s_costs", () => {
  const example = endpoints[0]?.answer.example as Json;
  expect(example.k8s_costs).toMatchObject({ k8s_total_cost: 105, k8s_cost_breakdown: [{ cost: 105 }] });
});

test("every operation says what becomes of a value that is not UTF-8", () => {
  for (const { get } of Object.values(document.paths)) {
    expect(get.responses["400"]?.content["application/json"]?.examples).toHaveProperty("U0400");
  }
});

test("the example of every error is an envelope with the status that it stands under", () => {
  for (const { get } of Object.values(document.paths)) {
    for (const [status, { content }] of Object.entries(get.responses)) {
      if (status === "200") continue;
      for (const { value } of Object.values(content["application/json"]?.examples ?? {}) as { value: unknown }[]) {
        expect(errorSchema.parse(value).error.status_code).toBe(Number(status));
      }
    }
  }
});

/** A request to each path that answers with something. */
const requests: Record<string, string> = {
  cleanExpenses: `/organizations/${ids.organization}/clean_expenses?start_date=${from}&end_date=${to}`,
  cleanExpensesOfQuery: `/clean_expenses?organization_id=${ids.organization}&start_date=${from}&end_date=${to}`,
  summaryExpenses: `/organizations/${ids.organization}/summary_expenses?start_date=${from}&end_date=${to}`,
  availableFilters: `/organizations/${ids.organization}/available_filters?start_date=${from}&end_date=${to}`,
  breakdownExpenses: `/organizations/${ids.organization}/breakdown_expenses?start_date=${from}&end_date=${to}&breakdown_by=pool_id`,
  rawExpenses: `/resources/${ids.resource}/raw_expenses?start_date=${from}&end_date=${to}`,
  regionExpenses: `/organizations/${ids.organization}/region_expenses?start_date=${from}&end_date=${to}`,
  poolsExpenses: `/pools_expenses/${ids.rootPool}?start_date=${from}&end_date=${to}&filter_by=pool`,
  cloudsExpenses: `/clouds_expenses/${ids.aws}?start_date=${from}&end_date=${to}&filter_by=service`,
  employeesExpenses: `/employees_expenses/${ids.ada}?start_date=${from}&end_date=${to}&filter_by=cloud`,
  organizations: "/organizations",
  organization: `/organizations/${ids.organization}`,
  cloudAccounts: `/organizations/${ids.organization}/cloud_accounts?details=true`,
  cloudAccount: `/cloud_accounts/${ids.aws}?details=true`,
  nodes: `/cloud_accounts/${ids.cluster}/nodes`,
  pools: `/organizations/${ids.organization}/pools`,
  pool: `/pools/${ids.rootPool}?details=true&children=true`,
};

test.each(endpoints.map((endpoint) => [endpoint.name, endpoint] as const))(
  "what %s answers is of the documented form, for a token and, where allowed, for a service",
  async (name, endpoint) => {
    const credentials: Record<string, string>[] = [{ authorization: "Bearer tok-acme" }, { secret: CLUSTER_SECRET }];
    for (const headers of credentials) {
      const answer = await fetch(`${under.url}/restapi/v2${requests[name]}`, { headers });
      if (endpoint.access === "token" && "secret" in headers) {
        expect(answer.status).toBe(401);
        continue;
      }
      expect(answer.status, await answer.clone().text()).toBe(200);
      endpoint.answer.schema.parse(await answer.json());
    }
  },
);

test("a row has every key that its schema promises", async () => {
  const answer = await fetch(`${under.url}/restapi/v2${requests.cleanExpenses}`, {
    headers: { authorization: "Bearer tok-acme" },
  });
  const { clean_expenses } = (await answer.json()) as { clean_expenses: unknown[] };
  expect(clean_expenses).toHaveLength(3);
  for (const row of clean_expenses) cleanRowSchema.parse(row);
});

test("the viewer is open to everybody and asks nothing of another host", async () => {
  const page = await fetch(`${under.url}/docs`);
  const html = await page.text();
  expect(page.status).toBe(200);
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const file = await fetch(under.url + path);
    expect(file.status, path).toBe(200);
    await file.arrayBuffer();
  }
});

test("the viewer's package is served no further than the viewer needs it", async () => {
  for (const path of ["/docs/static/index.html", "/docs/static/../package.json", "/docs/static/oauth2-redirect.html"]) {
    expect((await fetch(under.url + path)).status).toBe(404);
  }
});
