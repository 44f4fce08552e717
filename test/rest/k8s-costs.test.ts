import type { ServerResponse } from "node:http";
import { readSheet } from "read-excel-file/node";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RemoteMetroculus, remoteMetroculus } from "../kubernetes/remote-metroculus.js";
import { acme, from, ids, to } from "./acme.js";
import { type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

const second = "20000000-0000-4000-8000-0000000000a4";
const summary = {
  total_cost: 105,
  management_cost: 3.2,
  cpu_cost: 50,
  ram_cost: 30,
  pv_cost: 10,
  network_cost: 5,
  load_balancer_cost: 6.8,
};

let metroculus: RemoteMetroculus;
let under: GatewayUnderTest;
beforeAll(async () => {
  metroculus = await remoteMetroculus();
  under = await gatewayUnderTest({
    METROCULUS_URL: metroculus.url,
    // No look-up ends by itself while a test waits for its end.
    METROCULUS_TIMEOUT_MS: "600000",
    K8S_COSTS_BUDGET_MS: "600000",
  });
  await under.load({
    ...acme,
    cloud_accounts: [
      ...acme.cloud_accounts,
      { id: second, organization_id: ids.organization, name: "Acme K8s 2", type: "kubernetes_cnr", deleted_at: 0 },
    ],
  });
});
afterAll(async () => {
  await under[Symbol.asyncDispose]();
  await metroculus[Symbol.asyncDispose]();
});

/** What each cluster answers with: a summary, or a status. */
let answers: Record<string, object | number>;
/** A window of its own for each test, because answers are remembered by cluster and window. */
let end = to - 1_000;
beforeEach(() => {
  end += 1;
  answers = { [ids.cluster]: summary, [second]: { ...summary, total_cost: 20, cpu_cost: 0 } };
  metroculus.calls.length = 0;
  metroculus.behave((call, response) => {
    if (call.endpoint !== "/metroculus/v2/kubecost_cluster_costs") return send(response, 404, {});
    const id = call.query.get("cloud_account_id") as string;
    const answer = answers[id] ?? 404;
    if (typeof answer === "number") return send(response, answer, {});
    return send(response, 200, {
      cloud_account_id: id,
      start_date: Number(call.query.get("start_date")),
      end_date: Number(call.query.get("end_date")),
      summary: answer,
      coverage: 1,
    });
  });
});

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

interface Body {
  readonly total_cost: number;
  readonly total_count: number;
  readonly clean_expenses: readonly unknown[];
  readonly k8s_costs?: { k8s_total_cost: number; k8s_cost_breakdown: readonly Record<string, unknown>[] };
}

/** Cost of Acme's cloud rows in the window. */
const CLOUD = 101.75;

function ask(query = "", signal: AbortSignal | null = null): Promise<Response> {
  return fetch(
    `${under.url}/restapi/v2/organizations/${ids.organization}/clean_expenses?start_date=${from}&end_date=${end}${query}`,
    { headers: { authorization: "Bearer tok-acme" }, signal },
  );
}

async function asked(query = "") {
  const answer = await ask(query);
  expect(answer.status).toBe(200);
  return {
    state: answer.headers.get("x-k8s-costs"),
    missing: answer.headers.get("x-k8s-costs-missing"),
    body: (await answer.json()) as Body,
  };
}

test("clusters join the answer with Metroculus's own summary, and the total grows by them", async () => {
  const { state, missing, body } = await asked();
  expect(body.k8s_costs).toEqual({
    k8s_total_cost: 125,
    k8s_cost_breakdown: [
      { cloud_account_id: ids.cluster, cloud_account_name: "Acme K8s", cost: 105, breakdown: summary },
      {
        cloud_account_id: second,
        cloud_account_name: "Acme K8s 2",
        cost: 20,
        breakdown: { ...summary, total_cost: 20, cpu_cost: 0 },
      },
    ],
  });
  expect(body.total_cost).toBeCloseTo(CLOUD + 125, 9);
  expect(body.total_count).toBe(3);
  expect([state, missing]).toEqual(["complete", null]);
});

test("what Metroculus gives as NaN or Infinity, which JSON cannot say, is null in its summary", async () => {
  metroculus.behave((_call, response) => {
    const given = '{"summary":{"total_cost":105,"cpu_cost":NaN,"ram_cost":-Infinity,"pv_cost":105},"coverage":1}';
    response.writeHead(200, { "content-type": "application/json" }).end(given);
  });
  const { body } = await asked(`&cloud_account_id=${ids.cluster}`);
  expect(body.k8s_costs?.k8s_cost_breakdown).toMatchObject([
    { cost: 105, breakdown: { total_cost: 105, cpu_cost: null, ram_cost: null, pv_cost: 105 } },
  ]);
});

test("a cluster that failed is not in the list, and the headers tell how many are missing", async () => {
  answers[second] = 500;
  const { state, missing, body } = await asked();
  expect(body.k8s_costs?.k8s_cost_breakdown.map(({ cloud_account_id }) => cloud_account_id)).toEqual([ids.cluster]);
  expect(body.total_cost).toBeCloseTo(CLOUD + 105, 9);
  expect([state, missing]).toEqual(["partial", "1"]);
});

test("when every cluster failed there is no k8s_costs, and the total is the cloud's", async () => {
  answers = { [ids.cluster]: 500, [second]: 503 };
  const { state, missing, body } = await asked();
  expect(body).not.toHaveProperty("k8s_costs");
  expect(body.total_cost).toBeCloseTo(CLOUD, 9);
  expect([state, missing]).toEqual(["partial", "2"]);
});

test("a cluster that is known to cost nothing is not in the list, and not missing", async () => {
  const nothing = Object.fromEntries(Object.keys(summary).map((key) => [key, 0]));
  answers[second] = nothing;
  const { body, state } = await asked();
  expect(body.k8s_costs?.k8s_cost_breakdown).toHaveLength(1);
  expect(state).toBe("complete");
});

test("cloud_account_id selects clusters, too", async () => {
  const one = await asked(`&cloud_account_id=${ids.cluster}`);
  expect(one.body.k8s_costs?.k8s_total_cost).toBe(105);
  expect(one.body.total_cost).toBe(105);
  expect(metroculus.calls).toHaveLength(1);
  const cloudOnly = await asked(`&cloud_account_id=${ids.aws}`);
  expect(cloudOnly.body).not.toHaveProperty("k8s_costs");
  expect(cloudOnly.state).toBe("none");
});

test.each([
  "region=eu-central-1",
  "tag=team",
  "active=",
  "name_like=check",
  `_id=${ids.resource}`,
  `cloud_account_id=${ids.cluster}&pool_id=${ids.rootPool}`,
  "traffic_from=ANY",
  "recommendations=false",
])("with %s cluster costs cannot be selected: they are excluded, and nobody is asked", async (filter) => {
  const { state, body } = await asked(`&${filter}`);
  expect(body).not.toHaveProperty("k8s_costs");
  expect(state).toBe("excluded");
  expect(metroculus.calls).toEqual([]);
});

test("a client that leaves ends the look-ups that only it waited for", async () => {
  let ended = 0;
  metroculus.behave((_call, response) => {
    response.once("close", () => {
      ended += 1;
    });
  });
  const leaving = new AbortController();
  const answer = ask("", leaving.signal);
  await expect.poll(() => metroculus.calls.length).toBe(2);
  expect(ended).toBe(0);
  leaving.abort();
  await expect(answer).rejects.toThrow();
  await expect.poll(() => ended).toBe(2);
});

test("limit and field change rows only", async () => {
  const { body } = await asked("&limit=1&field=cost");
  expect(body.clean_expenses).toEqual([{ cost: 60.25 }]);
  expect(body.k8s_costs?.k8s_total_cost).toBe(125);
});

test("exports keep their rows", async () => {
  const json = await ask("&format=json");
  expect(await json.json()).toHaveLength(3);
  expect(json.headers.get("x-k8s-costs")).toBe("complete");
  const sheet = await readSheet(Buffer.from(await (await ask("&format=xlsx&field=cost")).arrayBuffer()));
  expect(sheet).toEqual([["cost"], [60.25], [40], [1.5]]);
});

test("an account whose rows are in the answer already is left out, because it is the same money", async () => {
  const node = {
    id: "50000000-0000-4000-8000-0000000000c1",
    cloud_account_id: second,
    cloud_resource_id: "pod-1",
    name: "pod",
    resource_type: "K8s Pod",
    first_seen: from,
    last_seen: to,
    deleted_at: 0,
    tags: {},
    meta: {},
  };
  await under.load({
    ...acme,
    cloud_accounts: [
      ...acme.cloud_accounts,
      { id: second, organization_id: ids.organization, name: "Acme K8s 2", type: "kubernetes_cnr", deleted_at: 0 },
    ],
    resources: [...acme.resources, node],
    expenses: [...acme.expenses, { cloud_account_id: second, resource_id: node.id, date: from, cost: 18, sign: 1 }],
  });
  const { body, state } = await asked();
  expect(body.k8s_costs?.k8s_cost_breakdown.map(({ cloud_account_id }) => cloud_account_id)).toEqual([ids.cluster]);
  expect(body.total_cost).toBeCloseTo(CLOUD + 18 + 105, 9);
  expect(state).toBe("complete");
});
