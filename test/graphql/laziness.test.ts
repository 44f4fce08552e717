import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ACME, ACME_ROWS, CLUSTER_ONE, CLUSTER_TWO, DAY, JANUARY_1, JANUARY_31 } from "./support/acme.js";
import { startTestGateway, type TestGateway } from "./support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** Cluster costs of closed windows are remembered between requests: each test asks about another one. */
let window = { start: JANUARY_1 - 400 * DAY, end: JANUARY_31 - 400 * DAY };
beforeEach(() => {
  window = { start: window.start + DAY, end: window.end + DAY };
});

async function counting(query: string) {
  const queriesBefore = gateway.queries.length;
  const upstreamBefore = gateway.metroculus.costRequests.length;
  const { data, errors } = await gateway.ask(query);
  expect(errors).toBeUndefined();
  return {
    data,
    queries: gateway.queries.slice(queriesBefore).filter((name) => !name.startsWith("ApiToken")),
    upstream: gateway.metroculus.costRequests.slice(upstreamBefore),
  };
}

const january = (selection: string) =>
  `cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) { ${selection} }`;
const inWindow = (selection: string) =>
  `cleanExpenses(organizationId: "${ACME}", startDate: ${window.start}, endDate: ${window.end}) { ${selection} }`;

test("a query that selects neither k8sCosts nor unified does not contact Metroculus", async () => {
  const { upstream } = await counting(
    `{ ${january(`
    currency totalCost totalSaving totalCount
    expenses { nodes { cost cloudAccount { name type } pool { name } owner { name } } }
    breakdown(by: CLOUD_ACCOUNT) { total groups { label } }
    availableFilters { cloudAccounts { name } }
  `)} }`,
  );
  expect(upstream).toEqual([]);
});

test("selecting k8sCosts asks the relational store once more, for what is set up of the clusters", async () => {
  const without = await counting(`{ ${inWindow("totalCost")} }`);
  const withClusters = await counting(
    `{ ${inWindow("totalCost k8sCosts { totalCost clusters { cloudAccount { name } } }")} }`,
  );
  expect(without.queries).not.toContain("ClusterSettings.findMany");
  expect(withClusters.queries).toEqual([...without.queries, "ClusterSettings.findMany"]);
  expect(withClusters.upstream).toHaveLength(2);
});

test("what a row refers to costs no query unless it is selected", async () => {
  const bare = await counting(`{ ${january("expenses { nodes { id cost } }")} }`);
  expect(bare.queries.filter((name) => /Pool|Employee/.test(name))).toEqual([]);
});

test("the pools and owners of all rows are read in one query each", async () => {
  const { data, queries } = await counting(
    `{ ${january("expenses { nodes { id cloudAccount { name } pool { name } owner { name } } }")} }`,
  );
  expect((data as { cleanExpenses: { expenses: { nodes: [] } } }).cleanExpenses.expenses.nodes).toHaveLength(ACME_ROWS);
  expect(queries.filter((name) => name.startsWith("Pool."))).toHaveLength(1);
  expect(queries.filter((name) => name.startsWith("Employee."))).toHaveLength(1);
  expect(queries.filter((name) => name.startsWith("CloudAccount."))).toHaveLength(1);
});

test("the accounts and pools of many organizations are read in one query each", async () => {
  const { queries } = await counting("{ viewer { organizations { cloudAccounts { name } pools { name } } } }");
  expect(queries.sort()).toEqual(["CloudAccount.findMany", "Organization.findMany", "Pool.findMany"]);
});

test("a cluster and window asked for by several fields cost one upstream call", async () => {
  const cluster = `k8sCosts(startDate: ${window.start}, endDate: ${window.end}) { cost }`;
  const { data, upstream } = await counting(`{
    ${inWindow("k8sCosts { totalCost } again: k8sCosts { clusters { cost } } unified { kubernetes }")}
    cloudAccount(id: "${CLUSTER_ONE}") { ${cluster} }
    organization(id: "${ACME}") { cloudAccounts(type: KUBERNETES_CNR) { id ${cluster} } }
  }`);
  expect(data).toMatchObject({
    cleanExpenses: { k8sCosts: { totalCost: 100 }, unified: { kubernetes: 100 } },
    cloudAccount: { k8sCosts: { cost: 40 } },
    organization: { cloudAccounts: [{ k8sCosts: { cost: 40 } }, { k8sCosts: { cost: 60 } }] },
  });
  expect(upstream.map((url) => new URL(url, "http://m").searchParams.get("cloud_account_id")).sort()).toEqual([
    CLUSTER_ONE,
    CLUSTER_TWO,
  ]);
});

test("another window of the same cluster is another look-up", async () => {
  const { upstream } = await counting(`{
    cloudAccount(id: "${CLUSTER_ONE}") {
      one: k8sCosts(startDate: ${window.start}, endDate: ${window.end}) { cost }
      other: k8sCosts(startDate: ${window.start}, endDate: ${window.end - DAY}) { cost }
    }
  }`);
  expect(upstream).toHaveLength(2);
});

test("an account that is no cluster has null for k8sCosts, without a call", async () => {
  const { data, upstream } = await counting(
    `{ organization(id: "${ACME}") { cloudAccounts(type: AWS_CNR) { k8sCosts(startDate: ${window.start}, endDate: ${window.end}) { cost } } } }`,
  );
  expect(data).toEqual({ organization: { cloudAccounts: [{ k8sCosts: null }] } });
  expect(upstream).toEqual([]);
});
