import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ACME,
  ACME_ROWS,
  ACME_TOTAL,
  ANN,
  AWS,
  BEGINNER,
  CLUSTER_ONE,
  DAY,
  JANUARY_1,
  JANUARY_31,
  ROOT_POOL,
  WEB_POOL,
} from "./support/acme.js";
import { startTestGateway, type TestGateway } from "./support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function january(selection: string, filter: object | null = null): Promise<Record<string, unknown>> {
  const { data, errors } = await gateway.ask(
    `query ($filter: ExpenseFilter) {
      cleanExpenses(organizationId: "${ACME}", startDate: "2025-01-01", endDate: "2025-01-31", filter: $filter) { ${selection} }
    }`,
    { filter },
  );
  expect(errors).toBeUndefined();
  return (data as { cleanExpenses: Record<string, unknown> }).cleanExpenses;
}

test("the cloud bill of a window is told with its bounds and currency", async () => {
  expect(await january("organization { name } startDate endDate currency totalCount totalCost totalSaving")).toEqual({
    organization: { name: "Acme" },
    startDate: JANUARY_1,
    endDate: JANUARY_31,
    currency: "USD",
    totalCount: ACME_ROWS,
    totalCost: ACME_TOTAL,
    totalSaving: 0,
  });
});

test("a row tells what it is and what it refers to", async () => {
  const { expenses } = await january(
    `expenses(first: 1) {
      totalCount
      edges { cursor node {
        cloudResourceId resourceName resourceType region serviceName cost saving active constraintViolated kind
        firstSeen lastSeen tags meta
        cloudAccount { id name type organization { id } } pool { id name purpose } owner { id name }
      } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }`,
  );
  const { edges, pageInfo, totalCount } = expenses as {
    edges: { cursor: string; node: object }[];
    pageInfo: object;
    totalCount: number;
  };
  expect(totalCount).toBe(ACME_ROWS);
  const cursor = edges[0]?.cursor;
  expect(pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false, startCursor: cursor, endCursor: cursor });
  expect(edges[0]?.node).toEqual({
    cloudResourceId: "i-1",
    resourceName: "machine 1",
    resourceType: "Instance",
    region: "eu-west-1",
    serviceName: "Compute",
    cost: 100,
    saving: 0,
    active: true,
    constraintViolated: false,
    kind: "REGULAR",
    firstSeen: JANUARY_1,
    lastSeen: JANUARY_31,
    tags: { team: "web" },
    meta: { flavor: "m5.large" },
    cloudAccount: { id: AWS, name: "aws", type: "AWS_CNR", organization: { id: ACME } },
    pool: { id: WEB_POOL, name: "Web", purpose: "team" },
    owner: { id: ANN, name: "Ann" },
  });
});

test("pages join to all rows, each once, dearest first, also where costs tie", async () => {
  const ids: string[] = [];
  const costs: number[] = [];
  let after: string | null = null;
  do {
    const { expenses } = (await january(
      `expenses(first: 7, after: ${JSON.stringify(after)}) { nodes { id cost } pageInfo { hasNextPage endCursor } }`,
    )) as {
      expenses: { nodes: { id: string; cost: number }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    ids.push(...expenses.nodes.map(({ id }) => id));
    costs.push(...expenses.nodes.map(({ cost }) => cost));
    after = expenses.pageInfo.hasNextPage ? expenses.pageInfo.endCursor : null;
  } while (after !== null);
  expect(ids).toHaveLength(ACME_ROWS);
  expect(new Set(ids).size).toBe(ACME_ROWS);
  expect(costs).toEqual([...costs].sort((a, b) => b - a));
});

test("rows are sorted as asked", async () => {
  const { expenses } = await january(
    "expenses(first: 2, orderBy: { field: NAME, direction: ASC }) { nodes { resourceName } }",
  );
  expect(expenses).toEqual({ nodes: [{ resourceName: "machine 1" }, { resourceName: "machine 10" }] });
});

test("filters select rows, and null selects what lacks the attribute", async () => {
  expect(await january("totalCost", { cloudAccountIds: [AWS] })).toEqual({ totalCost: 250 });
  expect(await january("totalCost", { regions: [null] })).toEqual({ totalCost: 30 });
  expect(await january("totalCost", { poolIds: [{ id: ROOT_POOL, withDescendants: true }] })).toEqual({
    totalCost: 150,
  });
  expect(await january("totalCost", { poolIds: [{ id: ROOT_POOL }] })).toEqual({ totalCost: 50 });
  expect(await january("totalCost", { ownerIds: [ANN], regions: ["eu-west-1"] })).toEqual({ totalCost: 100 });
  expect(await january("totalCost", { regions: [], serviceNames: null })).toEqual({ totalCost: ACME_TOTAL });
});

test("a breakdown names its groups, and what belongs to none", async () => {
  const { breakdown } = await january(
    "breakdown(by: OWNER) { by total previousTotal previousStartDate groups { key label total kind daily { date cost } } }",
  );
  expect(breakdown).toMatchObject({
    by: "OWNER",
    total: ACME_TOTAL,
    previousTotal: 0,
    previousStartDate: JANUARY_1 - 31 * DAY,
  });
  const groups = (breakdown as { groups: { key: string | null; label: string }[] }).groups;
  expect(groups).toContainEqual({
    key: ANN,
    label: "Ann",
    total: 130,
    kind: null,
    daily: [{ date: JANUARY_1 + 9 * DAY, cost: 130 }],
  });
  expect(groups.find(({ key }) => key === null)?.label).toBe("(no owner)");
});

test("available filters are the values that occur, by name", async () => {
  const { availableFilters } = await january(
    "availableFilters { cloudAccounts { name } pools { name } owners { name } regions serviceNames resourceTypes { name kind } tags k8sNodes }",
    { cloudAccountIds: [AWS] },
  );
  expect(availableFilters).toMatchObject({
    serviceNames: ["Compute"],
    resourceTypes: [{ name: "Instance", kind: "REGULAR" }],
    tags: ["team"],
    k8sNodes: [null],
  });
  expect((availableFilters as { regions: string[] }).regions.sort()).toEqual(["eu-west-1", "us-east-1"]);
});

test("the widest window there is holds everything, clusters included", async () => {
  const before = gateway.metroculus.costRequests.length;
  const { data, errors } = await gateway.ask(`{
    cleanExpenses(organizationId: "${ACME}", startDate: 0, endDate: "9999-12-31T23:59:59Z") {
      endDate totalCount totalCost
      expenses(first: 1) { nodes { cost } pageInfo { hasNextPage } }
      availableFilters { tags }
      k8sCosts { totalCost }
      unified { kubernetes }
    }
  }`);
  expect(errors).toBeUndefined();
  expect(data).toEqual({
    cleanExpenses: {
      endDate: 253_402_300_799,
      totalCount: ACME_ROWS,
      totalCost: ACME_TOTAL,
      expenses: { nodes: [{ cost: 100 }], pageInfo: { hasNextPage: true } },
      availableFilters: { tags: ["team"] },
      k8sCosts: { totalCost: 100 },
      unified: { kubernetes: 100 },
    },
  });
  const bounds = gateway.metroculus.costRequests.slice(before).map((url) => /start_date=.*$/.exec(url)?.[0]);
  expect(bounds).toEqual(Array(2).fill("start_date=0&end_date=253402300799"));
});

test("clusters are told beside the cloud bill, dearest first, and never added to it", async () => {
  const answer = await january(
    "totalCost k8sCosts { totalCost currency complete excludedBecause components { cpu ram } clusters { cost status method currency cloudAccount { name } } }",
  );
  expect(answer.totalCost).toBe(ACME_TOTAL);
  expect(answer.k8sCosts).toMatchObject({
    totalCost: 100,
    currency: "USD",
    excludedBecause: null,
    components: { cpu: 50, ram: 50 },
    clusters: [
      { cost: 60, method: "ALLOCATION", currency: "USD", cloudAccount: { name: "cluster two" } },
      { cost: 40, method: "ALLOCATION", currency: "USD", cloudAccount: { name: "cluster one" } },
    ],
  });
});

test("naming accounts selects clusters, too", async () => {
  expect(await january("totalCost k8sCosts { totalCost }", { cloudAccountIds: [CLUSTER_ONE] })).toEqual({
    totalCost: 0,
    k8sCosts: { totalCost: 40 },
  });
});

test("a filter that clusters cannot be selected by leaves them out and says why, without a call", async () => {
  const before = gateway.metroculus.costRequests.length;
  const { k8sCosts, unified } = (await january(
    "k8sCosts { totalCost complete excludedBecause clusters { cost } components { cpu } daily { cost } } unified { total cloud kubernetes complete excludedBecause }",
    { regions: ["eu-west-1"], cloudAccountIds: [AWS, CLUSTER_ONE] },
  )) as { k8sCosts: { excludedBecause: string }; unified: { excludedBecause: string } };
  expect(k8sCosts).toEqual({
    totalCost: 0,
    complete: false,
    excludedBecause: expect.stringContaining("regions"),
    clusters: [],
    components: { cpu: null },
    daily: [],
  });
  expect(unified).toEqual({
    total: 200,
    cloud: 200,
    kubernetes: null,
    complete: false,
    excludedBecause: k8sCosts.excludedBecause,
  });
  expect(gateway.metroculus.costRequests).toHaveLength(before);
});

test("unified adds Kubernetes only under the policy that says so", async () => {
  const { additive, cloudOnly } = await january(
    "additive: unified { policy total cloud kubernetes } cloudOnly: unified(policy: CLOUD_ONLY) { policy total cloud kubernetes }",
  );
  expect(additive).toEqual({ policy: "ADDITIVE", total: ACME_TOTAL + 100, cloud: ACME_TOTAL, kubernetes: 100 });
  expect(cloudOnly).toMatchObject({ policy: "CLOUD_ONLY", total: ACME_TOTAL, cloud: ACME_TOTAL });
});

test("a cluster that Metroculus fails on is data, and everything else of the query is unaffected", async () => {
  gateway.metroculus.answer = (_request, response) => response.writeHead(500).end();
  try {
    const { data, errors } = await gateway.ask(`{
      cleanExpenses(organizationId: "${ACME}", startDate: "2024-03-01", endDate: "2024-03-31") {
        totalCost
        k8sCosts { totalCost complete clusters { cost status cloudAccount { name } } }
      }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      cleanExpenses: {
        totalCost: 0,
        k8sCosts: {
          totalCost: 0,
          complete: false,
          clusters: [
            { cost: null, status: "UNAVAILABLE" },
            { cost: null, status: "UNAVAILABLE" },
          ],
        },
      },
    });
  } finally {
    gateway.metroculus.answer = undefined;
  }
});

test("an organization that has connected nothing has an empty answer, not an error", async () => {
  expect(
    await gateway.ask(`{
      cleanExpenses(organizationId: "${BEGINNER}", startDate: "2025-01-01", endDate: "2025-01-31") {
        totalCount totalCost expenses { nodes { id } pageInfo { hasNextPage endCursor } }
        breakdown(by: REGION) { total groups { key } }
        availableFilters { regions tags }
        k8sCosts { totalCost complete clusters { cost } }
        unified { total }
      }
    }`),
  ).toEqual({
    data: {
      cleanExpenses: {
        totalCount: 0,
        totalCost: 0,
        expenses: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } },
        breakdown: { total: 0, groups: [] },
        availableFilters: { regions: [], tags: [] },
        k8sCosts: { totalCost: 0, complete: true, clusters: [] },
        unified: { total: 0 },
      },
    },
  });
});
