import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { expect, test } from "vitest";
import { SECONDS_PER_DAY } from "../../src/time.js";
import { exporter } from "../kubernetes/bodies.js";
import { answer, type RemoteMetroculus, remoteMetroculus } from "../kubernetes/remote-metroculus.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { report } from "./report.js";
import { inTurns } from "./store/rounds.js";

const ANSWERS_IN_MS = 50;
const REQUESTS = 1_000;
const ROUNDS = 3;
const FIRST_DAY = Date.parse("2026-01-01T00:00:00Z") / 1_000;

const organization = { id: "acme", name: "Acme", currency: "USD" };
const clusters = Array.from({ length: 100 }, (_, index) => ({
  id: `cluster-${index}`,
  organization_id: organization.id,
  name: `Cluster ${index}`,
  type: "kubernetes_cnr",
}));

/** The dashboard's own question. */
const QUERY = await readFile(join(import.meta.dirname, "../../src/web/app/dashboard/queries/clusters.graphql"), "utf8");

interface Answer {
  readonly data: { cleanExpenses: { k8sCosts: { complete: boolean; totalCost: number; clusters: unknown[] } } };
}

let days = 0;
/** One that nobody has asked for. */
const coldWindow = () => {
  const start = FIRST_DAY + days++ * SECONDS_PER_DAY;
  return { start, end: start + SECONDS_PER_DAY - 1 };
};
type Window = ReturnType<typeof coldWindow>;

test("k8sCosts of 100 clusters, against one call after the other", async () => {
  await using metroculus = await slowMetroculus();
  await using under = await gatewayOf(metroculus);
  await using direct = new KeptConnection(metroculus.url);
  const oneByOne = async ({ start, end }: Window) => {
    for (const { id } of clusters) {
      const { body } = await direct.pool.request({
        method: "GET",
        path: `/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${id}&start_date=${start}&end_date=${end}`,
        headers: { Secret: CLUSTER_SECRET },
      });
      await body.json();
    }
  };
  let asked: Window = coldWindow();
  const cold = async () => {
    asked = coldWindow();
    await costs(under, asked);
  };
  const { gateway, serial } = await inTurns(
    { gateway: cold, serial: () => oneByOne(asked) },
    { warmups: 1, rounds: ROUNDS },
  );

  const callsBefore = metroculus.calls.length;
  const { warm } = await inTurns({ warm: () => costs(under, asked) }, { warmups: 1, rounds: ROUNDS });
  const callsWhenWarm = metroculus.calls.length - callsBefore;
  const ratio = serial.milliseconds / gateway.milliseconds;
  report({
    id: "D",
    measure: `\`k8sCosts\` of ${clusters.length} clusters, Metroculus answering in ${ANSWERS_IN_MS} ms, cold`,
    against: "the same calls one after the other",
    ours: `${gateway.milliseconds.toFixed(0)} ms; warm ${warm.milliseconds.toFixed(0)} ms and ${callsWhenWarm} calls`,
    theirs: `${serial.milliseconds.toFixed(0)} ms`,
    ratio,
    goal: "at least 25; no call when warm",
    reached: ratio >= 25 && callsWhenWarm === 0,
  });
});

test("a thousand identical dashboard requests at once, cold", async () => {
  await using metroculus = await slowMetroculus();
  await using under = await gatewayOf(metroculus);
  const window = coldWindow();
  const began = performance.now();
  await Promise.all(Array.from({ length: REQUESTS }, () => costs(under, window)));
  const seconds = (performance.now() - began) / 1_000;
  const calls = metroculus.calls.length;
  report({
    id: "E",
    measure: `${REQUESTS} identical dashboard requests at once, ${clusters.length} clusters, cold`,
    against: "–",
    ours: `${calls} upstream calls; all answered in ${seconds.toFixed(1)} s`,
    theirs: "–",
    ratio: null,
    goal: "one upstream call a cluster",
    reached: calls === clusters.length && callsOfMostAsked(metroculus) === 1,
  });
});

function slowMetroculus(): Promise<RemoteMetroculus> {
  const say = answer(exporter);
  return remoteMetroculus(async (...call) => {
    await sleep(ANSWERS_IN_MS);
    await say(...call);
  });
}

async function gatewayOf({ url }: RemoteMetroculus): Promise<GatewayUnderTest> {
  const under = await gatewayUnderTest({ METROCULUS_URL: url });
  await under.load({ organizations: [organization], cloud_accounts: clusters });
  return under;
}

async function costs({ url }: GatewayUnderTest, { start, end }: Window): Promise<void> {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", secret: CLUSTER_SECRET },
    body: JSON.stringify({
      query: QUERY,
      variables: { organizationId: organization.id, startDate: start, endDate: end },
    }),
  });
  const { k8sCosts } = ((await response.json()) as Answer).data.cleanExpenses;
  expect(k8sCosts).toMatchObject({ complete: true, clusters: { length: clusters.length } });
}

function callsOfMostAsked({ calls }: RemoteMetroculus): number {
  const counts = new Map<string | null, number>();
  for (const { query } of calls) {
    const id = query.get("cloud_account_id");
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return Math.max(...counts.values());
}

/** Connections of the kind that the gateway has, too. */
class KeptConnection implements AsyncDisposable {
  readonly pool: Pool;

  constructor(origin: string) {
    this.pool = new Pool(origin, { connections: 1 });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.pool.destroy();
  }
}
