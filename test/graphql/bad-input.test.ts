import { afterAll, beforeAll, expect, test } from "vitest";
import { ACME, CLUSTER_ONE, JANUARY_1, JANUARY_31, NOBODY, TOKEN } from "./support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "./support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const expenses = (selection: string, dates = `startDate: ${JANUARY_1}, endDate: ${JANUARY_31}`) =>
  `{ cleanExpenses(organizationId: "${ACME}", ${dates}) { ${selection} } }`;

test.each([
  ["an unknown organization", expenses("totalCost").replace(ACME, NOBODY), "NOT_FOUND"],
  ["an end before the start", expenses("totalCost", "startDate: 2, endDate: 1"), "BAD_USER_INPUT"],
  ["an instant before 1970", expenses("totalCost", "startDate: -1, endDate: 1"), "BAD_USER_INPUT"],
  ["an instant after 9999", expenses("totalCost", "startDate: 1, endDate: 253402300800"), "BAD_USER_INPUT"],
  [
    "a day that does not exist",
    expenses("totalCost", 'startDate: "2025-02-30", endDate: "2025-03-01"'),
    "BAD_USER_INPUT",
  ],
  ["a date of another form", expenses("totalCost", 'startDate: "1/2/2025", endDate: "2025-03-01"'), "BAD_USER_INPUT"],
  ["a fraction of a second", expenses("totalCost", "startDate: 1.5, endDate: 2"), "BAD_USER_INPUT"],
  ["a huge first", expenses("expenses(first: 1000000) { nodes { id } }"), "BAD_USER_INPUT"],
  ["a first of 1001", expenses("expenses(first: 1001) { nodes { id } }"), "BAD_USER_INPUT"],
  ["a first of 0", expenses("expenses(first: 0) { nodes { id } }"), "BAD_USER_INPUT"],
  ["a negative first", expenses("expenses(first: -5) { nodes { id } }"), "BAD_USER_INPUT"],
  ["a malformed cursor", expenses('expenses(after: "xyz") { nodes { id } }'), "BAD_USER_INPUT"],
  [
    "a traffic place without a cloud",
    expenses("totalCost").replace(") {", ', filter: { trafficFrom: ["eu"] }) {'),
    "BAD_USER_INPUT",
  ],
  [
    "a pattern of wildcards only",
    expenses("totalCost").replace(") {", ', filter: { nameLike: "**" }) {'),
    "BAD_USER_INPUT",
  ],
  [
    "a cluster's end before its start",
    `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: 2, endDate: 1) { cost } } }`,
    "BAD_USER_INPUT",
  ],
  [
    "a breakdown of more than a year",
    expenses("breakdown(by: REGION) { total }", 'startDate: "2015-01-01", endDate: "2024-12-31"'),
    "BAD_USER_INPUT",
  ],
  [
    "a cluster's every day of ten years",
    expenses("k8sCosts { daily { date cost } }", 'startDate: "2015-01-01", endDate: "2024-12-31"'),
    "BAD_USER_INPUT",
  ],
  ["a missing argument", `{ cleanExpenses(organizationId: "${ACME}") { totalCost } }`, "GRAPHQL_VALIDATION_FAILED"],
  ["a field that is not there", "{ viewer { password } }", "GRAPHQL_VALIDATION_FAILED"],
  ["no GraphQL", "{ viewer", "GRAPHQL_PARSE_FAILED"],
  ["a mutation", "mutation { createToken { token } }", "GRAPHQL_VALIDATION_FAILED"],
  ["a mutation of a field that every type has", "mutation { __typename }", "GRAPHQL_VALIDATION_FAILED"],
  ["a subscription", "subscription { viewer { kind } }", "GRAPHQL_VALIDATION_FAILED"],
])("%s is refused with a code and a sentence, and nothing of the inside", async (_name, query, code) => {
  const response = await gateway.post(query);
  const text = await response.text();
  const { errors } = JSON.parse(text) as { errors: { message: string; extensions: Record<string, unknown> }[] };
  expect(errors.map(({ extensions }) => extensions.code)).toContain(code);
  for (const { message, extensions } of errors) {
    expect(message.length).toBeGreaterThan(10);
    expect(extensions).not.toHaveProperty("stacktrace");
    expect(extensions).not.toHaveProperty("http");
    expect(extensions.code).not.toBe("INTERNAL");
  }
  expect(text).not.toMatch(/node_modules|\.ts:|\.js:|SELECT /);
});

test("a bad instant in a variable is BAD_USER_INPUT as well, and names what is taken", async () => {
  const response = await gateway.post(
    `query ($start: Timestamp!) { cleanExpenses(organizationId: "${ACME}", startDate: $start, endDate: 5) { totalCost } }`,
    { start: "soon" },
    { ...bearer(TOKEN), accept: "application/graphql-response+json" },
  );
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.stringContaining("seconds since the epoch"), extensions: { code: "BAD_USER_INPUT" } }],
  });
});

test.each<[string, string, string]>([
  ["an argument", "($given: CombinePolicy = ADDITIVE)", "unified(policy: $given) { total }"],
  [
    "a field with a default inside of an argument",
    "($given: ExpenseOrderField)",
    "expenses(orderBy: { field: $given }) { totalCount }",
  ],
  [
    "a variable with a default inside of an argument",
    "($given: OrderDirection = ASC)",
    "expenses(orderBy: { direction: $given }) { totalCount }",
  ],
  ["a condition", "($given: Boolean = true)", "totalCost @skip(if: $given)"],
])(
  "null for %s that never is null is refused as the caller's, however often it is asked",
  async (_name, variables, selection) => {
    const query = `query ${variables} ${expenses(selection)}`;
    for (let time = 0; time < 3; time++) {
      const { errors } = await gateway.ask(query, { given: null });
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["BAD_USER_INPUT"]);
    }
    expect((await gateway.ask(query)).errors).toBeUndefined();
  },
);

test("a cursor of another order is refused", async () => {
  const first = await gateway.ask(expenses("expenses(first: 1) { pageInfo { endCursor } }"));
  const { endCursor } = (first.data as { cleanExpenses: { expenses: { pageInfo: { endCursor: string } } } })
    .cleanExpenses.expenses.pageInfo;
  const { errors } = await gateway.ask(
    expenses(`expenses(after: "${endCursor}", orderBy: { field: NAME }) { nodes { id } }`),
  );
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["BAD_USER_INPUT"]);
});

test("one field's bad argument leaves the other fields answered only where the schema lets it", async () => {
  const { data, errors } = await gateway.ask(`{
    viewer { kind }
    cloudAccount(id: "${CLUSTER_ONE}") { name k8sCosts(startDate: 2, endDate: 1) { cost } }
  }`);
  expect(data).toEqual({ viewer: { kind: "USER" }, cloudAccount: { name: "cluster one", k8sCosts: null } });
  expect(errors).toHaveLength(1);
});

test.each<[string, RequestInit, number, string?]>([
  ["broken JSON", { method: "POST", headers: { "content-type": "application/json" }, body: '{"query":' }, 400],
  ["an empty body", { method: "POST", headers: { "content-type": "application/json" }, body: "" }, 400],
  [
    "a media type that is not JSON",
    { method: "POST", headers: { "content-type": "application/xml" }, body: "<a/>" },
    415,
  ],
  [
    "a body beyond the limit",
    { method: "POST", headers: { "content-type": "application/json" }, body: `{"query":"${"x".repeat(1_100_000)}"}` },
    413,
    "BODY_TOO_LARGE",
  ],
])("%s is answered in the form of GraphQL", async (_name, init, status, code = "BAD_REQUEST") => {
  const response = await fetch(`${gateway.url}/graphql`, init);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({
    errors: [{ message: expect.any(String), extensions: { code } }],
  });
});

test("a query that another site could send with a plain form is refused", async () => {
  const address = `${gateway.url}/graphql?query=${encodeURIComponent("{ viewer { kind } }")}`;
  const forged = await fetch(address, { headers: bearer(TOKEN) });
  expect(forged.status).toBe(400);
  expect(await forged.text()).toContain("Cross-Site Request Forgery");
  const meant = await fetch(address, { headers: { ...bearer(TOKEN), "apollo-require-preflight": "true" } });
  expect(await meant.json()).toEqual({ data: { viewer: { kind: "USER" } } });
});
