import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ACME,
  AWS,
  BEGINNER,
  CLUSTER_ONE,
  DELETED_CLUSTER,
  EXPIRED_TOKEN,
  GONE,
  GONE_CLUSTER,
  GONE_TOKEN,
  JANUARY_1,
  JANUARY_31,
  NOBODY,
  RIVAL,
  RIVAL_ANN,
  RIVAL_AWS,
  RIVAL_CLUSTER,
  RIVAL_POOL,
  SECRET,
  TOKEN,
} from "./support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "./support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const window = { from: JANUARY_1, to: JANUARY_31 };
const viewer = "{ viewer { kind organizations { id name } } }";

test("a token sees its organizations, a service sees all of them", async () => {
  expect(await gateway.ask(viewer)).toEqual({
    data: {
      viewer: {
        kind: "USER",
        organizations: [
          { id: ACME, name: "Acme" },
          { id: BEGINNER, name: "Acme Beginner" },
        ],
      },
    },
  });
  expect(await gateway.ask(viewer, {}, { secret: SECRET })).toMatchObject({
    data: { viewer: { kind: "SERVICE", organizations: [{ id: ACME }, { id: BEGINNER }, { id: RIVAL }] } },
  });
});

test.each<[string, Record<string, string>]>([
  ["no credentials", {}],
  ["an unknown token", bearer("tok-unknown")],
  ["an expired token", bearer(EXPIRED_TOKEN)],
  ["an empty token", { authorization: "Bearer " }],
  ["another scheme", { authorization: "Basic dXNlcjpwYXNz" }],
  ["a wrong secret", { secret: "wrong" }],
])("%s opens none of the root fields", async (_name, headers) => {
  for (const query of [
    viewer,
    `{ organization(id: "${ACME}") { name } }`,
    `{ cloudAccount(id: "${AWS}") { name } }`,
    `{ cleanExpenses(organizationId: "${ACME}", startDate: 0, endDate: 1) { totalCost } }`,
  ]) {
    const response = await gateway.post(query, {}, headers);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
    const { data, errors } = (await response.json()) as { data: unknown; errors: { extensions: object }[] };
    expect(Object.values(data ?? {}).filter((value) => value !== null)).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toEqual({
      code: "UNAUTHENTICATED",
      reason: expect.stringMatching(/^(missing|invalid)$/),
    });
  }
});

test.each<[string, Record<string, string>, string]>([
  ["a token whose scheme is in small letters", { authorization: `bearer ${TOKEN}` }, "USER"],
  ["a token with blanks around it", { authorization: `BEARER   ${TOKEN}  ` }, "USER"],
  ["a token beside a wrong secret", { ...bearer(TOKEN), secret: "wrong" }, "USER"],
  ["a token beside the right secret", { ...bearer(TOKEN), secret: SECRET }, "SERVICE"],
  ["the right secret beside an unknown token", { ...bearer("tok-unknown"), secret: SECRET }, "SERVICE"],
  ["the right secret beside an expired token", { ...bearer(EXPIRED_TOKEN), secret: SECRET }, "SERVICE"],
  ["the right secret beside another scheme", { authorization: "Basic dXNlcjpwYXNz", secret: SECRET }, "SERVICE"],
])("%s opens the door", async (_name, headers, kind) => {
  expect(await gateway.ask("{ viewer { kind } }", {}, headers)).toEqual({ data: { viewer: { kind } } });
});

test("a token that also names a deleted organization sees the others", async () => {
  expect(await gateway.ask(viewer, {}, bearer(GONE_TOKEN))).toEqual({
    data: { viewer: { kind: "USER", organizations: [{ id: ACME, name: "Acme" }] } },
  });
});

test("the schema can be read without credentials", async () => {
  const response = await gateway.post(getIntrospectionQuery(), {}, {});
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ data: { __schema: { queryType: { name: "Query" } } } });
});

test("credentials are looked up once, however many fields need them", async () => {
  const before = gateway.queries.length;
  await gateway.ask(`{ a: viewer { kind } b: viewer { kind } c: cloudAccount(id: "${AWS}") { id } }`);
  const lookUps = gateway.queries.slice(before).filter((query) => query.startsWith("ApiToken."));
  expect(lookUps).toHaveLength(1);
});

/** The same query about what is another's and about what does not exist. */
const doors: [string, string, string, string][] = [
  ["an organization", "query ($id: ID!) { organization(id: $id) { id name currency pools { name } } }", RIVAL, NOBODY],
  ["a cloud account", "query ($id: ID!) { cloudAccount(id: $id) { id name type } }", RIVAL_AWS, NOBODY],
  [
    "a cluster",
    `query ($id: ID!) { cloudAccount(id: $id) { k8sCosts(startDate: ${window.from}, endDate: ${window.to}) { cost } } }`,
    RIVAL_CLUSTER,
    NOBODY,
  ],
  [
    "expenses",
    `query ($id: ID!) { cleanExpenses(organizationId: $id, startDate: ${window.from}, endDate: ${window.to}) { totalCost k8sCosts { totalCost } } }`,
    RIVAL,
    NOBODY,
  ],
];

test.each(doors)(
  "%s of another organization is answered like one that does not exist",
  async (_name, query, ...ids) => {
    const upstream = gateway.metroculus.costRequests.length;
    const answered = async (id: string | undefined) => {
      const before = gateway.queries.length;
      const response = await gateway.post(query, { id });
      // The time that an answer takes must not tell them apart either.
      return { status: response.status, body: await response.text(), queries: gateway.queries.slice(before) };
    };
    const foreign = await answered(ids[0]);
    expect(foreign).toEqual(await answered(ids[1]));
    expect(foreign.body).not.toContain("Rival");
    expect(gateway.metroculus.costRequests.length).toBe(upstream);
  },
);

test.each([
  [doors[0], GONE],
  [doors[1], DELETED_CLUSTER],
  [doors[1], GONE_CLUSTER],
  [doors[2], DELETED_CLUSTER],
  [doors[2], GONE_CLUSTER],
  [doors[3], GONE],
])("what was deleted is answered like what never was, even to who once had it and to a service", async (door, id) => {
  const query = door?.[1] as string;
  const upstream = gateway.metroculus.costRequests.length;
  for (const headers of [bearer(GONE_TOKEN), { secret: SECRET }]) {
    const [deleted, absent] = await Promise.all(
      [id, NOBODY].map(async (each) => (await gateway.post(query, { id: each }, headers)).text()),
    );
    expect(deleted).toBe(absent);
  }
  expect(gateway.metroculus.costRequests.length).toBe(upstream);
});

test("expenses of an organization that is not the caller's are NOT_FOUND", async () => {
  const { data, errors } = await gateway.ask(doors[3]?.[1] as string, { id: RIVAL });
  expect(data).toBeNull();
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["NOT_FOUND"]);
});

test.each([
  ["cloudAccountIds", { cloudAccountIds: [RIVAL_AWS] }, { cloudAccountIds: [NOBODY] }],
  ["poolIds", { poolIds: [{ id: RIVAL_POOL }] }, { poolIds: [{ id: NOBODY }] }],
  ["ownerIds", { ownerIds: [RIVAL_ANN] }, { ownerIds: [NOBODY] }],
])(
  "a filter by another organization's ids in %s is answered like one by ids that do not exist",
  async (field, ...filters) => {
    const query = `query ($filter: ExpenseFilter) {
    cleanExpenses(organizationId: "${ACME}", startDate: ${window.from}, endDate: ${window.to}, filter: $filter) { totalCost }
  }`;
    const [foreign, absent] = await Promise.all(
      filters.map(async (filter) => {
        const text = await (await gateway.post(query, { filter })).text();
        return text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<id>");
      }),
    );
    expect(foreign).toBe(absent);
    expect(JSON.parse(foreign as string).errors[0].extensions).toEqual({
      code: "NOT_FOUND",
      reason: "FILTER_VALUE_UNKNOWN",
      argument: `filter.${field}`,
      values: ["<id>"],
    });
  },
);

test("what damaged data of a row refers to in another organization is not shown", async () => {
  const { data } = await gateway.ask(`{
    cleanExpenses(organizationId: "${ACME}", startDate: ${window.from}, endDate: ${window.to}, filter: { nameLike: "machine 4" }) {
      expenses { nodes { resourceName pool { name } owner { name } } }
      breakdown(by: POOL) { groups { key label } }
      availableFilters { pools { name } owners { name } }
    }
  }`);
  expect(data).toEqual({
    cleanExpenses: {
      expenses: { nodes: [{ resourceName: "machine 4", pool: null, owner: null }] },
      breakdown: { groups: [{ key: RIVAL_POOL, label: RIVAL_POOL }] },
      availableFilters: { pools: [], owners: [] },
    },
  });
});

test("a service sees the rival's cluster, so that the refusals above mean something", async () => {
  const query = `{ cloudAccount(id: "${RIVAL_CLUSTER}") { organization { name } k8sCosts(startDate: ${window.from}, endDate: ${window.to}) { cost } } }`;
  expect(await gateway.ask(query, {}, { secret: SECRET })).toEqual({
    data: { cloudAccount: { organization: { name: "Acme Rival" }, k8sCosts: { cost: 8_888 } } },
  });
  expect(await gateway.ask(query.replace(RIVAL_CLUSTER, CLUSTER_ONE))).toMatchObject({
    data: { cloudAccount: { k8sCosts: { cost: 40 } } },
  });
});
