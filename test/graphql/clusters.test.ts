import { afterAll, beforeAll, expect, test } from "vitest";
import { ACME, ACME_TOTAL, CLUSTER_ONE, DAY, JANUARY_1 } from "./support/acme.js";
import { startTestGateway, type TestGateway } from "./support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
  const { extras } = gateway.metroculus;
  // Cluster one runs on machine 1 of the AWS account; nothing is known of cluster two.
  extras.set("/metroculus/v2/kubecost_nodes", (cloudAccountId) =>
    cloudAccountId === CLUSTER_ONE
      ? {
          cloud_account_id: cloudAccountId,
          nodes: [
            { name: "node-1", provider_id: "aws:///eu-west-1a/i-1", instance_type: "m5.large", spot: false },
            { name: "node-x", provider_id: "aws:///eu-west-1a/i-elsewhere", instance_type: "m5.large", spot: false },
          ],
          volumes: [],
          load_balancers: [],
        }
      : undefined,
  );
  extras.set("/metroculus/v2/kubecost_namespaces", (cloudAccountId) =>
    cloudAccountId === CLUSTER_ONE
      ? {
          cloud_account_id: cloudAccountId,
          namespaces: [
            { name: "shop", kind: "workload", total_cost: 30, cpu_cost: 20, ram_cost: 10, cpu_efficiency: 0.5 },
            { name: "idle", kind: "idle", total_cost: 10, cpu_cost: 5, ram_cost: 5 },
          ],
        }
      : undefined,
  );
});
afterAll(() => gateway[Symbol.asyncDispose]());

async function january(selection: string): Promise<Record<string, unknown>> {
  const { data, errors } = await gateway.ask(
    `{ cleanExpenses(organizationId: "${ACME}", startDate: "2025-01-01", endDate: "2025-01-31T23:59:59Z") { ${selection} } }`,
  );
  expect(errors).toBeUndefined();
  return (data as { cleanExpenses: Record<string, unknown> }).cleanExpenses;
}

test("the clusters' own machines are found in the cloud bill, and clusters without any are named", async () => {
  expect(
    await january(
      "k8sCosts { overlap { cost matchedNodes matchedVolumes matchedLoadBalancers unmatchedClusters { name } } }",
    ),
  ).toEqual({
    k8sCosts: {
      overlap: {
        cost: 100,
        matchedNodes: 1,
        matchedVolumes: 0,
        matchedLoadBalancers: 0,
        unmatchedClusters: [{ name: "cluster two" }],
      },
    },
  });
});

test("the three policies make three totals of the same parts", async () => {
  const parts = "policy total cloud kubernetes overlap excludedBecause";
  expect(
    await january(`
      added: unified { ${parts} complete }
      replaced: unified(policy: REPLACE_OVERLAP) { ${parts} complete }
      cloudOnly: unified(policy: CLOUD_ONLY) { ${parts} }
    `),
  ).toEqual({
    added: expect.objectContaining({ policy: "ADDITIVE", total: ACME_TOTAL + 100 }),
    replaced: {
      policy: "REPLACE_OVERLAP",
      total: ACME_TOTAL - 100 + 100,
      cloud: ACME_TOTAL,
      kubernetes: 100,
      overlap: 100,
      // Of cluster two nothing was found: it may repeat more of the bill.
      complete: false,
      excludedBecause: null,
    },
    cloudOnly: expect.objectContaining({ policy: "CLOUD_ONLY", total: ACME_TOTAL }),
  });
});

test("a cluster's cost is told by namespace where Metroculus can, and null where it cannot", async () => {
  const { k8sCosts } = await january(
    "k8sCosts { clusters { cloudAccount { name } namespaces { name kind cost components { cpu ram pv } efficiency { cpu } } } }",
  );
  expect(k8sCosts).toEqual({
    clusters: [
      { cloudAccount: { name: "cluster two" }, namespaces: null },
      {
        cloudAccount: { name: "cluster one" },
        namespaces: [
          {
            name: "shop",
            kind: "WORKLOAD",
            cost: 30,
            components: { cpu: 20, ram: 10, pv: null },
            efficiency: { cpu: 0.5 },
          },
          { name: "idle", kind: "IDLE", cost: 10, components: { cpu: 5, ram: 5, pv: null }, efficiency: null },
        ],
      },
    ],
  });
});

test("daily costs go over every day of the window, each day looked up once a cluster", async () => {
  const before = gateway.metroculus.costRequests.length;
  const { k8sCosts } = await january("k8sCosts { daily { date cost } unknownDays }");
  const { daily, unknownDays } = k8sCosts as { daily: { date: number; cost: number }[]; unknownDays: number[] };
  expect(daily).toEqual(Array.from({ length: 31 }, (_, day) => ({ date: JANUARY_1 + day * DAY, cost: 100 })));
  expect(unknownDays).toEqual([]);
  const asked = gateway.metroculus.costRequests.slice(before);
  expect(asked.length).toBeGreaterThanOrEqual(62);
  expect(new Set(asked).size).toBe(asked.length);
});
