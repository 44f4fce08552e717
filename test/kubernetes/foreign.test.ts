import "reflect-metadata";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { acme, ids, to } from "../rest/acme.js";
import { type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { exporter, flat, handover, infrastructure, legacy, seed } from "./bodies.js";
import { answer, type Behaviour, hang, type RemoteMetroculus, refusal, remoteMetroculus } from "./remote-metroculus.js";

/** The whole gateway before somebody else's Metroculus, as its users meet it. */
const BUDGET_MS = 800;
const euros = "20000000-0000-4000-8000-0000000000a5";
const cluster = { organization_id: ids.organization, type: "kubernetes_cnr", deleted_at: 0 };

let metroculus: RemoteMetroculus;
let under: GatewayUnderTest;
/** A window of its own for each test, and so each of its two days: answers are remembered by cluster and window. */
let start = to - 160_000;
let end = to - 100;
beforeAll(async () => {
  metroculus = await remoteMetroculus();
  under = await gatewayUnderTest({
    METROCULUS_URL: metroculus.url,
    METROCULUS_TIMEOUT_MS: "60000",
    K8S_COSTS_BUDGET_MS: String(BUDGET_MS),
  });
  await under.load({
    ...acme,
    cloud_accounts: [...acme.cloud_accounts, { ...cluster, id: euros, name: "Acme K8s in euros", currency: "EUR" }],
  });
});
afterAll(async () => {
  await under[Symbol.asyncDispose]();
  await metroculus[Symbol.asyncDispose]();
});
beforeEach(() => {
  start += 60;
  end += 1;
  metroculus.calls.length = 0;
});

/** Answers calls for costs in this way, and knows nothing else. */
function costs(behaviour: Behaviour): void {
  metroculus.behave((call, ...rest) =>
    call.endpoint === "/metroculus/v2/kubecost_cluster_costs"
      ? behaviour(call, ...rest)
      : refusal(404, "OM0002", "Not found")(call, ...rest),
  );
}

interface CleanExpenses {
  readonly totalCost: number;
  readonly k8sCosts: { readonly totalCost: number; readonly complete: boolean; readonly clusters: readonly object[] };
}

async function ask(selection: string, accounts: readonly string[] = [ids.cluster]): Promise<CleanExpenses> {
  const response = await fetch(`${under.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer tok-acme" },
    body: JSON.stringify({
      query: `query ($start: Timestamp!, $accounts: [ID]) {
        cleanExpenses(organizationId: "${ids.organization}", startDate: $start, endDate: ${end}, filter: { cloudAccountIds: $accounts }) {
          totalCost ${selection}
        }
      }`,
      variables: { start, accounts },
    }),
  });
  expect(response.status).toBe(200);
  const { data, errors } = (await response.json()) as { data: { cleanExpenses: CleanExpenses }; errors?: unknown };
  expect(errors).toBeUndefined();
  return data.cleanExpenses;
}

const everything = `k8sCosts {
  totalCost complete
  clusters {
    status cost currency method coverage efficiency { cpu ram total } warnings { code }
    components { management cpu ram pv network loadBalancer unattributed }
  }
}`;

const unknown = { management: null, cpu: null, ram: null, pv: null, network: null, loadBalancer: null };
const fields = { currency: "USD", coverage: null, efficiency: null, warnings: [] };

test.each<[string, object, number, object]>([
  [
    "105.00",
    seed,
    105,
    {
      ...fields,
      status: "OK",
      method: "ALLOCATION",
      components: { management: 3.2, cpu: 50, ram: 30, pv: 10, network: 5, loadBalancer: 6.8, unattributed: 0 },
    },
  ],
  [
    "29.8376",
    infrastructure,
    29.8376,
    {
      ...fields,
      status: "PARTIAL",
      method: "INFRASTRUCTURE_ONLY",
      warnings: [{ code: "INFRASTRUCTURE_ONLY" }, { code: "NETWORK_UNIT_PRICE" }],
      components: {
        ...unknown,
        management: 10.4,
        network: expect.closeTo(16.952),
        loadBalancer: expect.closeTo(2.4856),
        unattributed: 0,
      },
    },
  ],
  [
    "12.72",
    exporter,
    12.72,
    {
      ...fields,
      status: "OK",
      method: "ALLOCATION",
      efficiency: { cpu: 0.425, ram: 0.483, total: 0.454 },
      components: { management: 0.6, cpu: 5.2, ram: 3.8, pv: 2.12, network: 0.5, loadBalancer: 0.5, unattributed: 0 },
    },
  ],
  [
    "3.2",
    legacy,
    3.2,
    {
      ...fields,
      status: "PARTIAL",
      method: "MANAGEMENT_ONLY",
      coverage: expect.closeTo(32 / 168),
      warnings: [{ code: "LEGACY_FORMAT" }, { code: "LOW_COVERAGE" }],
      components: { ...unknown, management: 3.2, unattributed: 0 },
    },
  ],
  [
    "330.79",
    handover,
    330.79,
    {
      ...fields,
      status: "OK",
      method: "ALLOCATION",
      warnings: [{ code: "MANAGEMENT_NOT_IN_TOTAL" }],
      components: {
        management: 22.5,
        cpu: 201.16,
        ram: 104.69,
        pv: 11.5,
        network: 0,
        loadBalancer: 13.44,
        unattributed: -22.5,
      },
    },
  ],
  [
    "1.15",
    flat,
    1.15,
    {
      ...fields,
      status: "OK",
      method: "ALLOCATION",
      efficiency: { cpu: 0.65, ram: 0.58, total: 0.62 },
      components: {
        management: null,
        cpu: 0.5,
        ram: 0.35,
        pv: 0.1,
        network: 0.05,
        loadBalancer: 0.15,
        unattributed: 0,
      },
    },
  ],
])("the field's %s is told as it is, with what it is worth", async (_name, body, cost, expected) => {
  costs(answer({ ...body, cloud_account_id: undefined }));
  const { k8sCosts } = await ask(everything);
  expect(k8sCosts.clusters).toEqual([{ ...expected, cost: expect.closeTo(cost, 9) }]);
  expect(k8sCosts.totalCost).toBeCloseTo(cost, 9);
  expect(k8sCosts.complete).toBe((expected as { status: string }).status === "OK");
});

test("a secret that Metroculus refuses is an operator's fault, and the user's answer is whole but for the cluster", async () => {
  costs(refusal(401, "OM0007", "This resource requires authorization"));
  expect(await ask("k8sCosts { totalCost complete clusters { status cost } }", [ids.aws, ids.cluster])).toEqual({
    totalCost: expect.any(Number),
    k8sCosts: { totalCost: 0, complete: false, clusters: [{ status: "UNAUTHORIZED", cost: null }] },
  });
});

test("an account that is configured in another currency is shown beside the sum, and nowhere added", async () => {
  costs(answer({ ...seed, summary: { ...seed.summary } }));
  const answered = await ask(
    `k8sCosts { totalCost complete components { cpu } clusters { status cost currency } daily { cost } }
     unified(policy: ADDITIVE) { total kubernetes complete }`,
    [ids.cluster, euros],
  );
  expect(answered.k8sCosts).toMatchObject({
    totalCost: 105,
    complete: false,
    components: { cpu: 50 },
    clusters: [
      { status: "OK", cost: 105, currency: "USD" },
      { status: "CURRENCY_MISMATCH", cost: 105, currency: "EUR" },
    ],
    daily: [{ cost: 105 }, { cost: 105 }],
  });
  expect(answered).toMatchObject({ unified: { total: 105, kubernetes: 105, complete: false } });
  const rest = await fetch(
    `${under.url}/restapi/v2/organizations/${ids.organization}/clean_expenses?start_date=${start}&end_date=${end}&cloud_account_id=${ids.cluster}&cloud_account_id=${euros}`,
    { headers: { authorization: "Bearer tok-acme" } },
  );
  expect(await rest.json()).toMatchObject({
    total_cost: 105,
    k8s_costs: { k8s_total_cost: 105, k8s_cost_breakdown: [{ cloud_account_id: ids.cluster }] },
  });
});

const trickle: Behaviour = (_call, response) => {
  response.writeHead(200, { "content-type": "application/json" }).write('{"summary":');
  const drip = setInterval(() => response.write(" "), 50);
  response.on("close", () => clearInterval(drip));
};
const redirects: Behaviour = (call, response) => {
  setTimeout(() => response.writeHead(302, { location: `${call.endpoint}?again` }).end(), 500);
};

test.each<[string, Behaviour]>([
  ["hanging before its headers", hang],
  ["trickling its body", trickle],
  ["leading elsewhere slowly", redirects],
  ["breaking every connection", (_call, _response, request) => void request.socket.destroy()],
])(
  "with Metroculus %s, everything of a query comes within the budget, and the bill is right",
  async (_name, behaviour) => {
    metroculus.behave(behaviour);
    const bill = (await ask("", [ids.aws, ids.cluster, euros])).totalCost;
    const startedAt = performance.now();
    const answered = await ask(
      `k8sCosts { totalCost complete clusters { cost status namespaces { name } warnings { code } } overlap { cost unmatchedClusters { id } } daily { cost } }
     all: unified { total complete } less: unified(policy: REPLACE_OVERLAP) { total overlap complete } bill: unified(policy: CLOUD_ONLY) { total }`,
      [ids.aws, ids.cluster, euros],
    );
    // The budget is one for all of them; the rest is for a busy machine.
    expect(performance.now() - startedAt).toBeLessThan(15 * BUDGET_MS);
    expect(answered).toMatchObject({
      totalCost: bill,
      k8sCosts: {
        totalCost: 0,
        complete: false,
        overlap: { cost: null, unmatchedClusters: [{ id: ids.cluster }, { id: euros }] },
        daily: [],
      },
      all: { total: bill, complete: false },
      less: { total: bill, overlap: null, complete: false },
      bill: { total: bill },
    });
    for (const one of answered.k8sCosts.clusters) expect(one).toMatchObject({ cost: null, namespaces: null });
  },
);
