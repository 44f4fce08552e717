import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { answer, type RemoteMetroculus, refusal, remoteMetroculus } from "../kubernetes/remote-metroculus.js";
import { acme, ids } from "./acme.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

/** Clusters of their own for tests, because what Metroculus said of one is remembered. */
const clusters = ["listed", "labelled", "old", "down"] as const;
const idOf = (name: (typeof clusters)[number]) => `20000000-0000-4000-8000-0000000000c${clusters.indexOf(name)}`;

let metroculus: RemoteMetroculus;
let under: GatewayUnderTest;
beforeAll(async () => {
  metroculus = await remoteMetroculus();
  under = await gatewayUnderTest({ METROCULUS_URL: metroculus.url });
  await under.load({
    ...acme,
    cloud_accounts: [
      ...acme.cloud_accounts,
      ...clusters.map((name) => ({
        id: idOf(name),
        organization_id: ids.organization,
        name,
        type: "kubernetes_cnr",
        deleted_at: 0,
      })),
    ],
  });
});
afterAll(async () => {
  await under[Symbol.asyncDispose]();
  await metroculus[Symbol.asyncDispose]();
});
beforeEach(() => {
  metroculus.calls.length = 0;
});

async function ask(id: string, headers: Record<string, string> = { authorization: "Bearer tok-acme" }) {
  const response = await fetch(`${under.url}/restapi/v2/cloud_accounts/${id}/nodes`, { headers });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const unknown = { cpu: null, memory: null };

test("nodes are listed with what is known of them, what is not is null", async () => {
  metroculus.behave(
    answer({
      nodes: [
        { name: "own-machine", provider_id: null, instance_type: null, spot: null, last_seen: 20 },
        {
          name: "ip-10-0-0-1",
          provider_id: "aws:///eu-west-1a/i-0aaa",
          instance_type: "m5.large",
          spot: true,
          hourly_price: 0.1,
          last_seen: 10,
        },
      ],
      volumes: [],
      load_balancers: [],
    }),
  );
  const nodes = [
    {
      name: "ip-10-0-0-1",
      provider_id: "aws:///eu-west-1a/i-0aaa",
      provider: "aws",
      flavor: "m5.large",
      hourly_price: 0.1,
      last_seen: 10,
      ...unknown,
    },
    {
      name: "own-machine",
      provider_id: null,
      provider: null,
      flavor: null,
      hourly_price: null,
      last_seen: 20,
      ...unknown,
    },
  ];
  expect(await ask(idOf("listed"))).toEqual({ status: 200, body: { nodes } });
  expect(await ask(idOf("listed"), { secret: CLUSTER_SECRET })).toEqual({ status: 200, body: { nodes } });
  const [call] = metroculus.calls;
  const span = Number(call?.query.get("end_date")) - Number(call?.query.get("start_date"));
  expect([metroculus.calls.length, span]).toEqual([1, 25 * 3_600 - 1]);
});

test("a Metroculus that has no list of nodes is asked for series that name them", async () => {
  const info = (labels: object) => ({ metric: labels, value: [1, "1"] });
  metroculus.behave((call, ...rest) =>
    call.endpoint === "/metroculus/v2/kubecost_metrics"
      ? answer({
          metrics: {
            kube_node_info: {
              data: { result: [info({ node: "n2", provider_id: "gce://p/z/n2" }), info({ node: "n1" })] },
            },
            node_total_hourly_cost: [
              { timestamp: 1, value: 0.1, labels: { node: "n2", provider_id: "n2", instance_type: "e2-medium" } },
              { timestamp: 2, value: 0.1, labels: { node: "n1", instance_type: "own" } },
            ],
          },
        })(call, ...rest)
      : refusal(404, "OM0002", "Not found")(call, ...rest),
  );
  const { body } = await ask(idOf("labelled"));
  const open = { hourly_price: null, last_seen: null, ...unknown };
  expect(body.nodes).toEqual([
    { name: "n1", provider_id: null, provider: null, flavor: "own", ...open },
    { name: "n2", provider_id: "gce://p/z/n2", provider: "gce", flavor: "e2-medium", ...open },
  ]);
});

test("nodes that Metroculus cannot tell are not said to be none", async () => {
  metroculus.behave(refusal(404, "OM0002", "Not found"));
  expect(await ask(idOf("old"))).toMatchObject({ status: 503, body: { error: { error_code: "OE0003" } } });
  metroculus.behave(refusal(500, "U0500", "x"));
  expect(await ask(idOf("down"))).toMatchObject({ status: 503, body: { error: { error_code: "OE0003" } } });
});

test("only a Kubernetes account of one's own organization has nodes to be told", async () => {
  const refused = async (id: string, headers?: Record<string, string>) => {
    const { status, body } = await ask(id, headers);
    const { error_code, params } = body.error as { error_code: string; params: unknown[] };
    return [status, error_code, params];
  };
  expect(await refused(ids.aws)).toEqual([400, "OE0436", ["aws_cnr"]]);
  expect(await refused(ids.rivalAws)).toEqual([403, "OE0234", []]);
  expect(await refused("nothing", { secret: CLUSTER_SECRET })).toEqual([404, "OE0002", ["CloudAccount", "nothing"]]);
  expect(await refused(idOf("listed"), { authorization: "Bearer tok-rival" })).toEqual([403, "OE0234", []]);
  expect(await refused(idOf("listed"), {})).toEqual([401, "OE0237", []]);
  expect(metroculus.calls).toEqual([]);
});
