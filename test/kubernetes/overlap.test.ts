import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ExpenseSource } from "../../src/expenses/source.js";
import { billedIds } from "../../src/kubernetes/cloud-ids.js";
import type { ClusterCost, ClusterCostRequest } from "../../src/kubernetes/cluster-cost.js";
import { mergedNodes } from "../../src/kubernetes/cluster-parts.js";
import { MAX_BODY_BYTES } from "../../src/kubernetes/metroculus-client.js";
import { cloudOverlap } from "../../src/kubernetes/overlap.js";
import { type CombinePolicy, unifiedCost } from "../../src/kubernetes/unified.js";
import type { Stores } from "../../src/stores/stores.js";
import { temporaryStores } from "../expenses/temporary-stores.js";
import { account, billed, costOf, scopeOf } from "./organization.js";
import { answer, type Behaviour, refusal, remoteMetroculus, text } from "./remote-metroculus.js";
import { request, serviceFor, settled } from "./service-under-test.js";

let stores: Stores;
let expenses: ExpenseSource;
beforeAll(async () => {
  stores = await temporaryStores();
  expenses = await billed(stores.clickHouse, [
    { account: "aws", cloudResourceId: "i-0aaa", cost: 40 },
    { account: "aws", cloudResourceId: "i-0bbb", cost: 30 },
    { account: "aws", cloudResourceId: "vol-0ccc", cost: 5 },
    { account: "aws", cloudResourceId: "balancer.acme.example", cost: 3 },
    { account: "aws", cloudResourceId: "i-0other", cost: 100 },
    { account: "gcp", cloudResourceId: "a-database", cost: 22, region: "us-east1" },
    // What an OptScale that imports the cluster by itself keeps: no cloud bill, although its id is a node's.
    { account: "west", cloudResourceId: "i-0aaa", cost: 60 },
  ]);
});
afterAll(() => stores[Symbol.asyncDispose]());

const eastNodes = {
  nodes: [
    { name: "n1", provider_id: "aws:///eu-west-1a/i-0aaa", instance_type: "m5.large", spot: false, last_seen: 1 },
    { name: "n2", provider_id: "aws:///eu-west-1b/i-0bbb" },
    { name: "n3", provider_id: "aws:///eu-west-1b/i-0never-billed" },
    { name: "n4", provider_id: null },
  ],
  volumes: [{ name: "pv1", provider_id: "vol-0ccc" }],
  load_balancers: [{ name: "ingress", address: "balancer.acme.example" }],
};
const nothing = { nodes: [], volumes: [], load_balancers: [] };
const onlyTheEastKnowsItsNodes: Behaviour = (call, ...rest) => {
  if (call.endpoint !== "/metroculus/v2/kubecost_nodes") return refusal(404, "OM0002", "Not found")(call, ...rest);
  return answer(call.query.get("cloud_account_id") === "east" ? eastNodes : nothing)(call, ...rest);
};

describe("overlap", () => {
  test("is what the bill says of the clusters' own nodes, volumes and load balancers", async () => {
    await using remote = await remoteMetroculus(onlyTheEastKnowsItsNodes);
    await using under = serviceFor(remote.url);
    expect(await cloudOverlap(scopeOf(), ["east", "west"], { clusterCosts: under.service, expenses })).toMatchObject({
      cost: 78,
      matchedNodes: 2,
      matchedVolumes: 1,
      matchedLoadBalancers: 1,
      unmatchedClusterIds: ["west"],
    });
  });

  test("is unknown, not zero, when nothing of any cluster is found", async () => {
    for (const behaviour of [
      answer(nothing),
      refusal(404, "OM0002", "Not found"),
      refusal(500, "U0500", "x"),
      answer({ metrics: {} }),
      answer({ nodes: "none" }),
    ]) {
      await using remote = await remoteMetroculus(behaviour);
      await using under = serviceFor(remote.url);
      expect(await cloudOverlap(scopeOf(), ["east"], { clusterCosts: under.service, expenses })).toMatchObject({
        cost: null,
        matchedNodes: 0,
        unmatchedClusterIds: ["east"],
      });
    }
  });

  test("counts a row that two clusters share once", async () => {
    await using remote = await remoteMetroculus(answer(eastNodes));
    await using under = serviceFor(remote.url);
    expect(await cloudOverlap(scopeOf(), ["east", "west"], { clusterCosts: under.service, expenses })).toMatchObject({
      cost: 78,
      matchedNodes: 2,
      unmatchedClusterIds: [],
    });
  });

  test("is found through the labels of a foreign Metroculus, in both of its forms", async () => {
    await using remote = await remoteMetroculus((call, ...rest) =>
      call.endpoint === "/metroculus/v2/kubecost_metrics"
        ? answer({
            // Tenants carry several ids in the field.
            cloud_account_id: "00000000-0000-4000-8000-00000000000b",
            metrics: {
              kubecost_node_is_spot: [
                { timestamp: 1, value: 1, labels: { node: "n1", provider_id: "i-0aaa" } },
                { timestamp: 3_601, value: 1, labels: { node: "n1", provider_id: "i-0aaa" } },
                { timestamp: 3_601, value: 1, labels: { node: "n9" } },
              ],
              kube_node_info: {
                status: "success",
                data: {
                  resultType: "vector",
                  result: [
                    { metric: { node: "n2", provider_id: "aws:///eu-west-1b/i-0bbb" }, value: [1, "1"] },
                    { metric: { node: "n1", provider_id: "aws:///eu-west-1a/i-0aaa" }, value: [1, "1"] },
                  ],
                },
              },
              pv_hourly_cost: [
                { timestamp: 1, value: 0.1, labels: { persistentvolume: "pv1", provider_id: "vol-0ccc" } },
              ],
              kubecost_load_balancer_cost: [
                { timestamp: 1, value: 0.02, labels: { ingress_ip: "balancer.acme.example", service_name: "ingress" } },
              ],
            },
          })(call, ...rest)
        : refusal(404, "OM0002", "Not found")(call, ...rest),
    );
    await using under = serviceFor(remote.url);
    expect(await cloudOverlap(scopeOf(), ["east"], { clusterCosts: under.service, expenses })).toMatchObject({
      cost: 78,
      matchedNodes: 2,
      matchedVolumes: 1,
      matchedLoadBalancers: 1,
      unmatchedClusterIds: [],
    });
    expect(remote.calls.at(-1)?.query.get("metrics")).toContain("kubecost_node_is_spot");
  });
});

test.each([
  ["a page of whatever answers unknown paths", text("<html></html>")],
  ["a failure of that path alone", refusal(500, "U0500", "KeyError")],
])("%s in place of the list of nodes does not hide what the series name", async (_name, listed) => {
  await using remote = await remoteMetroculus((call, ...rest) =>
    call.endpoint.endsWith("/kubecost_metrics")
      ? answer({ metrics: { kube_node_info: [{ labels: { node: "n1", provider_id: "aws:///a/i-0aaa" } }] } })(
          call,
          ...rest,
        )
      : listed(call, ...rest),
  );
  await using under = serviceFor(remote.url);
  expect(await under.service.inventory(request("east"))).toMatchObject({ nodes: [{ providerId: "aws:///a/i-0aaa" }] });
});

test("an answer too large for a long window is asked for in halves, each node once", async () => {
  const whole = settled.end - settled.start;
  const padding = "x".repeat(2 * MAX_BODY_BYTES);
  await using remote = await remoteMetroculus((call, ...rest) => {
    if (call.endpoint !== "/metroculus/v2/kubecost_metrics") return refusal(404, "OM0002", "Not found")(call, ...rest);
    const start = Number(call.query.get("start_date"));
    const isLong = Number(call.query.get("end_date")) - start > whole / 3;
    const node = (provider_id: string) => ({ timestamp: start, value: 1, labels: { node: provider_id, provider_id } });
    const kubecost_node_is_spot = [
      node("aws:///a/i-0aaa"),
      ...(start > settled.start + whole / 2 ? [node("i-0bbb")] : []),
    ];
    return answer({ metrics: { kubecost_node_is_spot }, padding: isLong ? padding : "" })(call, ...rest);
  });
  await using under = serviceFor(remote.url);
  expect(await cloudOverlap(scopeOf(), ["east"], { clusterCosts: under.service, expenses })).toMatchObject({
    cost: 70,
    matchedNodes: 2,
  });
  const asked = remote.calls.filter(({ endpoint }) => endpoint.endsWith("metrics")).map(({ query }) => query);
  expect(asked).toHaveLength(1 + 2 + 4);
  const ends = asked.map((query) => Number(query.get("end_date")));
  expect([Math.min(...asked.map((query) => Number(query.get("start_date")))), Math.max(...ends)]).toEqual([
    settled.start,
    settled.end,
  ]);
  remote.behave(answer({ metrics: {}, padding }));
  remote.calls.length = 0;
  expect(await under.service.inventory(request("west"))).toBeNull();
  expect(remote.calls.length).toBeLessThanOrEqual(7);
});

test("machines of two scale sets that have the same number are two nodes", () => {
  const ids = ["one", "two"].map((set) => `azure:///s/virtualMachineScaleSets/${set}/virtualMachines/0`);
  const mention = (name: string, providerId: string) => ({
    name,
    providerId,
    flavor: null,
    hourlyPrice: null,
    lastSeen: null,
  });
  expect(mergedNodes(ids.map((id) => mention(id, id))).map(({ providerId }) => providerId)).toEqual(ids);
});

test("a provider id stands for its last segment and for itself, but not for a mere number", () => {
  expect(billedIds("nodes", "aws:///eu-west-1a/i-0AAA")).toEqual([
    "aws:///eu-west-1a/i-0aaa",
    "/eu-west-1a/i-0aaa",
    "instance/i-0aaa",
    "i-0aaa",
  ]);
  expect(billedIds("volumes", "vol-0ccc")).toEqual(["vol-0ccc", "volume/vol-0ccc"]);
  expect(billedIds("nodes", "azure:///subscriptions/s/virtualMachineScaleSets/pool/virtualMachines/0")).not.toContain(
    "0",
  );
  expect(billedIds("nodes", "gce://acme/europe-west3-b/gke-node-1").at(-1)).toBe("gke-node-1");
  expect(billedIds("nodes", "openstack:///n1").at(-1)).toBe("n1");
  expect(billedIds("nodes", "hcloud://12345678")).toContain("12345678");
  expect(billedIds("nodes", " ")).toEqual([]);
});

test("a load balancer stands for its address and the name in it, which alone is enough only if Kubernetes made it", () => {
  const made = "a0123456789abcdef0123456789abcde";
  expect(billedIds("loadBalancers", `${made}-1234567890.eu-west-1.elb.amazonaws.com`).slice(1)).toEqual([
    `loadbalancer/${made}`,
    made,
  ]);
  for (const address of [
    "web-50dc6c495c0c9188.elb.eu-west-1.amazonaws.com",
    "internal-web-12.us-east-1.elb.amazonaws.com",
  ]) {
    expect(billedIds("loadBalancers", address)).toEqual([address, "loadbalancer/web"]);
  }
  expect(billedIds("loadBalancers", "203.0.113.7")).toEqual(["203.0.113.7"]);
});

test("a bill that names whole ARNs, or writes ids in another case, has the clusters' parts too", async () => {
  await using remote = await remoteMetroculus(
    answer({
      nodes: [
        { name: "n1", provider_id: "aws:///eu-west-1a/i-0ddd" },
        { name: "n2", provider_id: "azure:///subscriptions/s/virtualmachines/aks-1" },
      ],
      volumes: [{ name: "pv1", provider_id: "aws://eu-west-1a/vol-0ddd" }],
      load_balancers: [
        { name: "web", address: "web-50dc6c495c0c9188.elb.eu-west-1.amazonaws.com" },
        { name: "shop", address: "internal-shop-1234567890.eu-west-1.elb.amazonaws.com" },
      ],
    }),
  );
  await using under = serviceFor(remote.url);
  const arn = (service: string, resource: string) => `arn:aws:${service}:eu-west-1:123456789012:${resource}`;
  const whole = { ...scopeOf(), accounts: [account("arns", "AWS_CNR")] };
  await billed(stores.clickHouse, [
    { account: "arns", cloudResourceId: arn("ec2", "instance/i-0DDD"), cost: 40 },
    { account: "arns", cloudResourceId: arn("ec2", "volume/vol-0ddd"), cost: 5 },
    { account: "arns", cloudResourceId: arn("elasticloadbalancing", "loadbalancer/net/web/50dc6c495c0c9188"), cost: 3 },
    { account: "arns", cloudResourceId: "app/shop/0123456789abcdef", cost: 2 },
    { account: "arns", cloudResourceId: "/subscriptions/S/virtualMachines/aks-1", cost: 7 },
    // Of other things with the same names.
    { account: "arns", cloudResourceId: arn("rds", "db:i-0ddd"), cost: 100 },
    { account: "arns", cloudResourceId: "web", cost: 100 },
    { account: "arns", cloudResourceId: arn("s3", "web"), cost: 100 },
  ]);
  expect(await cloudOverlap(whole, ["east"], { clusterCosts: under.service, expenses })).toMatchObject({
    cost: 57,
    matchedNodes: 2,
    matchedVolumes: 1,
    matchedLoadBalancers: 2,
    unmatchedClusterIds: [],
  });
});

describe("unified", () => {
  const unified = async (policy: CombinePolicy, costs: ClusterCost[], filter = {}) => {
    await using remote = await remoteMetroculus(onlyTheEastKnowsItsNodes);
    await using under = serviceFor(remote.url);
    const asked: ClusterCostRequest[] = [];
    const load = async (requests: readonly ClusterCostRequest[]) => {
      asked.push(...requests);
      return requests.map(
        ({ cloudAccountId }) => costs.find((cost) => cost.cloudAccountId === cloudAccountId) as ClusterCost,
      );
    };
    const cost = await unifiedCost(scopeOf(filter), policy, { load, clusterCosts: under.service, expenses });
    const looked = remote.calls.length;
    return { ...cost, overlap: await cost.overlap(), asked: asked.length, looked };
  };
  const both = [costOf("east", 105), costOf("west", 50)];

  test("adds Metroculus's figures, which stand in place of the clusters' own rows", async () => {
    expect(await unified("ADDITIVE", both)).toMatchObject({
      policy: "ADDITIVE",
      cloud: 200,
      kubernetes: 155,
      overlap: 78,
      total: 355,
      complete: true,
      excludedBecause: null,
    });
  });

  test("looks for the overlap only where the policy needs it, or somebody asks", async () => {
    expect(await unified("ADDITIVE", both)).toMatchObject({ looked: 0, overlap: 78 });
    expect(await unified("CLOUD_ONLY", both)).toMatchObject({ looked: 0, overlap: 78 });
    expect((await unified("REPLACE_OVERLAP", both)).looked).toBeGreaterThan(0);
  });

  test("takes the overlap away, and is not complete while a cluster's overlap is unknown", async () => {
    expect(await unified("REPLACE_OVERLAP", both)).toMatchObject({
      cloud: 200,
      overlap: 78,
      total: 277,
      complete: false,
    });
    expect(await unified("REPLACE_OVERLAP", both, { cloudAccountIds: ["aws", "east"] })).toMatchObject({
      cloud: 178,
      kubernetes: 105,
      overlap: 78,
      total: 205,
      complete: true,
    });
  });

  test("takes away no rows that the selection does not hold", async () => {
    expect(await unified("REPLACE_OVERLAP", both, { cloudAccountIds: ["gcp", "east"] })).toMatchObject({
      cloud: 22,
      overlap: 0,
      total: 127,
    });
  });

  test("is the bill as it stands when it is to be the cloud alone", async () => {
    const { total, cloud, kubernetes } = await unified("CLOUD_ONLY", both);
    expect({ total, cloud, kubernetes }).toEqual({ total: 260, cloud: 260, kubernetes: 155 });
    const without = await unified("CLOUD_ONLY", [costOf("east", null), costOf("west", null)]);
    expect(without).toMatchObject({ total: 260, cloud: 260, kubernetes: null, complete: false });
  });

  test("leaves a cluster of unknown cost to its own rows and its nodes in the bill", async () => {
    expect(await unified("REPLACE_OVERLAP", [costOf("east", null), costOf("west", 50)])).toMatchObject({
      cloud: 200,
      kubernetes: 50,
      overlap: null,
      total: 250,
      complete: false,
    });
    expect(await unified("ADDITIVE", [costOf("east", 105), costOf("west", null)])).toMatchObject({
      cloud: 260,
      kubernetes: 105,
      total: 365,
      complete: false,
    });
  });

  test("does not count figures in another currency", async () => {
    const costs = [costOf("east", 105), costOf("west", 50, { status: "CURRENCY_MISMATCH", currency: "EUR" })];
    expect(await unified("ADDITIVE", costs)).toMatchObject({
      cloud: 260,
      kubernetes: 105,
      total: 365,
      complete: false,
    });
  });

  test("leaves Kubernetes out where the filter selects by what clusters do not have, asks nobody, and says why", async () => {
    expect(await unified("ADDITIVE", both, { regions: ["us-east1"] })).toMatchObject({
      cloud: 22,
      kubernetes: null,
      overlap: null,
      total: 22,
      complete: false,
      excludedBecause: expect.stringContaining("regions"),
      asked: 0,
    });
  });

  test("is the bill, complete, where no cluster is selected", async () => {
    expect(await unified("REPLACE_OVERLAP", [], { cloudAccountIds: ["gcp"] })).toMatchObject({
      cloud: 22,
      kubernetes: 0,
      overlap: null,
      total: 22,
      complete: true,
    });
  });
});
