import { cp } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Dice } from "../../src/demo/identity.js";
import { CommandLine, temporaryDirectory } from "../cli/command-line.js";
import { SECRET } from "../graphql/support/acme.js";
import { packed } from "../metroculus/remote-write.js";
import { gauge } from "../metroculus/running-metroculus.js";
import { deafPort } from "./support/deaf-port.js";
import { type Fault, type FaultyMetroculus, faults, faultyMetroculus } from "./support/faulty-metroculus.js";
import { directoryWith, type GatewayProcess, gatewayProcess } from "./support/gateway-process.js";

const T0 = 1_735_689_600;
const HOUR = 3_600;
const HOURS_KNOWN = 48;
const BUDGET_MS = 2_000;
/** So much longer may an answer take on a machine that has other work. */
const SLACK_MS = 30_000;
const CLOUD = 300;
const CLUSTERS = Array.from({ length: 12 }, (_, index) => `cluster-${index}`);

const account = (id: string, type: string) => ({ id, organization_id: "acme", name: id, type, deleted_at: 0 });
const snapshot = {
  organizations: [{ id: "acme", name: "Acme", currency: "USD", deleted_at: 0 }],
  cloud_accounts: [
    account("aws", "aws_cnr"),
    ...CLUSTERS.map((id) => ({
      ...account(id, "kubernetes_cnr"),
      metrics_credentials: { username: "acme", password: "acme-password" },
    })),
  ],
  resources: [
    { id: "r", cloud_account_id: "aws", cloud_resource_id: "i-1", first_seen: T0, last_seen: T0 + HOURS_KNOWN * HOUR },
  ],
  expenses: [{ cloud_account_id: "aws", resource_id: "r", date: T0, cost: CLOUD, sign: 1 }],
};

/** The known truth: a cluster's hour costs a power of two, so that a sum tells which clusters are in it. */
const hourly = (cluster: string) => 2 ** CLUSTERS.indexOf(cluster);

/** What was started, in that order. */
const started: AsyncDisposable[] = [];
const start = <Started extends AsyncDisposable>(one: Started): Started => {
  started.push(one);
  return one;
};
let between: FaultyMetroculus;
let gateway: GatewayProcess;
beforeAll(async () => {
  const [ofMetroculus, ofGateway] = [start(await directoryWith(snapshot)), start(await temporaryDirectory())];
  await cp(ofMetroculus.path, ofGateway.path, { recursive: true });
  const metroculus = start(
    new CommandLine(["metroculus"], {
      DATA_DIR: ofMetroculus.path,
      PORT: "0",
      CLUSTER_SECRET: SECRET,
      LOG_LEVEL: "error",
    }),
  );
  const [, url = ""] = await metroculus.says(/listens on (\S+)/);
  between = start(await faultyMetroculus(url, SECRET));
  const starting = gatewayProcess(ofGateway.path, {
    METROCULUS_URL: between.url,
    METROCULUS_TIMEOUT_MS: "1000",
    K8S_COSTS_BUDGET_MS: String(BUDGET_MS),
  });
  await Promise.all([...CLUSTERS.map((cluster) => write(url, cluster)), starting]);
  gateway = start(await starting);
});
afterEach(() => {
  between.misfortune = () => undefined;
});
afterAll(async () => {
  for (const one of started.reverse()) await one[Symbol.asyncDispose]();
});

async function write(url: string, cluster: string): Promise<void> {
  const labels = { __name__: "cloudtuner_kubecost_cluster_total_cost", cluster: "a", currency: "USD" };
  const known = { start: T0, end: T0 + HOURS_KNOWN * HOUR, every: 300 };
  const response = await fetch(`${url}/storage/api/v2/write`, {
    method: "POST",
    headers: {
      "cloud-account-id": cluster,
      authorization: `Basic ${Buffer.from("acme:acme-password").toString("base64")}`,
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
    },
    body: new Uint8Array(packed([gauge(labels, known, hourly(cluster))])),
  });
  expect(response.status).toBe(204);
}

interface Asked {
  readonly startDate: number;
  readonly endDate: number;
}

let windows = 0;

/** A window that nobody has asked for, of which Metroculus knows all. */
async function newWindow(): Promise<Asked> {
  const window = { startDate: T0, endDate: T0 + (4 + windows++) * HOUR };
  const address = (cluster: string) =>
    `/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${cluster}&start_date=${window.startDate}&end_date=${window.endDate}`;
  await Promise.all(CLUSTERS.map((cluster) => between.learn(address(cluster))));
  return window;
}

const newWindows = (count: number) => Promise.all(Array.from({ length: count }, newWindow));

/** Asks, and insists that all of the answer is true. @returns the clusters that are unknown */
async function askForTruth(window: Asked): Promise<string[]> {
  const askedAt = performance.now();
  const [unknown] = await Promise.all([askGraphQL(window), askRest(window)]);
  expect(performance.now() - askedAt).toBeLessThan(BUDGET_MS + SLACK_MS);
  return unknown;
}

interface ClusterAnswer {
  readonly cloudAccount: { readonly id: string };
  readonly status: string;
  readonly cost: number | null;
}

const hoursOf = ({ startDate, endDate }: Asked) => (endDate - startDate) / HOUR;

async function askGraphQL(window: Asked): Promise<string[]> {
  const { codes, data } = await gateway.ask(
    `query ($startDate: Timestamp!, $endDate: Timestamp!) {
      cleanExpenses(organizationId: "acme", startDate: $startDate, endDate: $endDate) {
        totalCost k8sCosts { totalCost complete clusters { cloudAccount { id } status cost } }
      }
    }`,
    window,
  );
  expect(codes).toEqual([]);
  const { totalCost, k8sCosts } = data.cleanExpenses;
  const clusters = k8sCosts.clusters as readonly ClusterAnswer[];
  expect(totalCost).toBe(CLOUD);
  expect(clusters.map(({ cloudAccount }) => cloudAccount.id).sort()).toEqual([...CLUSTERS].sort());
  let sum = 0;
  const unknown: string[] = [];
  for (const { cloudAccount, cost, status } of clusters) {
    const truth = hoursOf(window) * hourly(cloudAccount.id);
    if (cost === null) {
      expect(["UNAVAILABLE", "MALFORMED"]).toContain(status);
      unknown.push(cloudAccount.id);
    } else {
      expect(status).toBe("OK");
      expect(cost).toBeCloseTo(truth, 6);
      sum += truth;
    }
  }
  expect(k8sCosts.totalCost).toBeCloseTo(sum, 6);
  expect(k8sCosts.complete).toBe(unknown.length === 0);
  return unknown;
}

async function askRest(window: Asked): Promise<void> {
  const { startDate, endDate } = window;
  const response = await gateway.get(
    `/restapi/v2/organizations/acme/clean_expenses?start_date=${startDate}&end_date=${endDate}`,
  );
  expect(response.status).toBe(200);
  const { k8s_costs, total_cost } = (await response.json()) as {
    k8s_costs?: { k8s_cost_breakdown: { cloud_account_id: string }[] };
    total_cost: number;
  };
  const joined = k8s_costs?.k8s_cost_breakdown ?? [];
  const missing = Number(response.headers.get("x-k8s-costs-missing") ?? 0);
  expect(response.headers.get("x-k8s-costs")).toBe(missing === 0 ? "complete" : "partial");
  expect(missing).toBe(CLUSTERS.length - joined.length);
  const added = joined.reduce((total, cost) => total + hoursOf(window) * hourly(cost.cloud_account_id), 0);
  expect(total_cost).toBeCloseTo(CLOUD + added, 6);
}

/** Once nothing goes wrong any more, everything is known again, of the same process. */
async function recovers(...asked: readonly Asked[]): Promise<void> {
  between.misfortune = () => undefined;
  const allIsKnown = async () => {
    for (const window of asked) expect(await askForTruth(window)).toEqual([]);
  };
  await vi.waitFor(allIsKnown, { timeout: 60_000, interval: 500 });
}

/** Tells what went on when something was found. */
async function during<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
  }
}

test("with nothing wrong, every cluster is known", async () => {
  expect(await askForTruth(await newWindow())).toEqual([]);
});

test("Metroculus slow, hanging, resetting, half-answering or lying about length for a third of the clusters: what is missing is declared", async () => {
  const struck = CLUSTERS.filter((_, index) => index % 3 === 0);
  const asked: Asked[] = [];
  for (const [name, fault] of Object.entries<Fault>(faults)) {
    const window = await newWindow();
    asked.push(window);
    between.misfortune = (cluster) => (struck.includes(cluster) ? fault : undefined);
    const unknown = await during(name, () => askForTruth(window));
    if (fault !== faults.slow) expect(unknown, name).toEqual(expect.arrayContaining(struck));
  }
  await recovers(...asked);
});

test("Metroculus flapping: what is missing is declared, and every cluster is known once it holds", async () => {
  const asked = await newWindows(3);
  let calls = 0;
  between.misfortune = () => (Math.floor(calls++ / 15) % 2 === 0 ? faults.failing : undefined);
  for (const window of asked) await askForTruth(window);
  await recovers(...asked);
});

test("Metroculus gone: connections are refused, then hang before they stand, and no cluster has a cost; once it is back, all have", async () => {
  const [first, second] = (await newWindows(2)) as [Asked, Asked];
  await between.stop();
  expect(await during("refused", () => askForTruth(first))).toHaveLength(CLUSTERS.length);
  {
    await using _ = await deafPort(Number(new URL(between.url).port));
    expect(await during("hanging", () => askForTruth(second))).toHaveLength(CLUSTERS.length);
  }
  await between.listen();
  await recovers(first, second);
});

test("faults of all kinds for 30 % of the calls at random: never a wrong total, nor one that is silently short", async () => {
  const seed = Number(process.env.FAULT_SEED ?? Date.now() % 1e6);
  process.stdout.write(`FAULT_SEED=${seed}\n`);
  const dice = new Dice(String(seed));
  const kinds = Object.values<Fault>(faults);
  await during(`With FAULT_SEED=${seed}`, async () => {
    const asked = await newWindows(8);
    between.misfortune = () => (dice.chance(0.3) ? kinds[dice.integer(0, kinds.length - 1)] : undefined);
    const struckBefore = between.calls.struck;
    let missing = 0;
    for (let first = 0; first < asked.length; first += 4) {
      const unknown = await Promise.all(asked.slice(first, first + 4).map(askForTruth));
      missing += unknown.flat().length;
    }
    expect(between.calls.struck).toBeGreaterThan(struckBefore);
    expect(missing).toBeGreaterThan(0);
    await recovers(...asked);
  });
});
