import { type ClientRequest, request } from "node:http";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterSettings } from "../src/accounts/cluster-settings.js";
import { eventually } from "./eventually.js";
import { ACME, CLUSTER_ONE, JANUARY_1, JANUARY_31, TOKEN } from "./graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "./graphql/support/gateway.js";
import { packed } from "./metroculus/remote-write.js";

const METRICS_TOKEN = "acme-metrics-token-of-tests";
const overview = `{ cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) { totalCost } }`;
const sender = {
  "cloud-account-id": CLUSTER_ONE,
  authorization: `Basic ${Buffer.from("acme:a long password").toString("base64")}`,
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
};

let logLines: string[];
async function startGateway(environment: Record<string, string>): Promise<TestGateway> {
  logLines = [];
  // Look-ups wait for as long as a test holds them.
  const patience = { METROCULUS_TIMEOUT_MS: "60000", K8S_COSTS_BUDGET_MS: "60000" };
  const gateway = await startTestGateway({ environment: { METRICS_TOKEN, ...patience, ...environment }, logLines });
  await new ClusterSettings(gateway.stores.own).change(CLUSTER_ONE, {
    metricsCredentials: { username: "acme", password: "a long password" },
  });
  return gateway;
}

function faces(gateway: TestGateway) {
  const get = (path: string, headers: Record<string, string> = bearer(TOKEN)) =>
    fetch(`${gateway.url}${path}`, { headers });
  return {
    graphql: () => gateway.post(overview),
    rest: () => get(`/restapi/v2/organizations/${ACME}/clean_expenses?start_date=${JANUARY_1}&end_date=${JANUARY_31}`),
    samples: () =>
      fetch(`${gateway.url}/storage/api/v2/write`, {
        method: "POST",
        headers: sender,
        body: packed([{ labels: { __name__: "up" }, samples: [[Date.now(), 1]] }]),
      }),
    others: () =>
      Promise.all(
        ["/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"].map((path) => get(path, bearer(METRICS_TOKEN))),
      ),
    metrics: async () => (await get("/metrics", bearer(METRICS_TOKEN))).text(),
  };
}

const retryAfter = (response: Response) => Number(response.headers.get("retry-after"));

async function expectShed(response: Response, body: object | RegExp): Promise<void> {
  expect(response.status).toBe(503);
  expect(retryAfter(response)).toBeGreaterThanOrEqual(1);
  expect(retryAfter(response)).toBeLessThanOrEqual(3);
  if (body instanceof RegExp) expect(await response.text()).toMatch(body);
  else expect(await response.json()).toEqual(body);
}

const sentence = expect.stringMatching(/^Too much is asked at once: try again in [1-3] s\.$/);
const inGraphQL = {
  errors: [{ message: sentence, extensions: { code: "OVERLOADED", retryAfter: expect.any(Number) } }],
};
const inRest = { error: { status_code: 503, error_code: "U0503", reason: sentence, params: [] } };

describe("with as many requests in flight as may be", () => {
  let gateway: TestGateway;
  let ask: ReturnType<typeof faces>;
  beforeAll(async () => {
    gateway = await startGateway({ MAX_REQUESTS_IN_FLIGHT: "1" });
    ask = faces(gateway);
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test("further queries are turned away, each in its face's form, all else is answered, and once they are done it is over", async () => {
    const held: (() => void)[] = [];
    const arrived = new Promise<void>((resolve) => {
      gateway.metroculus.answer = (_request, response) => {
        resolve();
        held.push(() => response.writeHead(500).end());
      };
    });
    const slow = gateway.post(
      `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) { status } } }`,
    );
    await arrived;
    await expectShed(await ask.graphql(), inGraphQL);
    await expectShed(await ask.rest(), inRest);
    expect((await ask.samples()).status).toBe(204);
    for (const { status } of await ask.others()) expect(status).toBe(200);

    gateway.metroculus.answer = undefined;
    for (const goOn of held) goOn();
    expect((await slow).status).toBe(200);
    await eventually(async () => expect((await ask.graphql()).status).toBe(200));
    await eventually(async () => expect((await ask.rest()).status).toBe(200));

    const metrics = await ask.metrics();
    expect(metrics).toContain('expense_gateway_http_requests_shed_total{face="graphql",reason="in_flight"} 1');
    expect(metrics).toContain('expense_gateway_http_requests_shed_total{face="rest",reason="in_flight"} 1');
    expect(metrics).toContain('expense_gateway_http_requests_shed_total{face="remote_write",reason="in_flight"} 0');
    expect(logLines.filter((line) => line.includes("requests are turned away"))).toHaveLength(1);
    expect(logLines.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });

  test("samples that come in count as being answered, and keep no query out", async () => {
    let slow: ClientRequest | undefined;
    await eventually(async () => {
      // One that came while another was still being answered was turned away itself.
      slow?.destroy();
      slow = request(`${gateway.url}/storage/api/v2/write`, {
        method: "POST",
        headers: { ...sender, "content-length": "1000" },
      });
      slow.on("error", () => {});
      slow.write("half of it");
      await sleep(100);
      await expectShed(await ask.samples(), /^Too much is asked at once: try again in [1-3] s\.\n$/);
    });
    expect((await ask.graphql()).status).toBe(200);
    slow?.destroy();
    await eventually(async () => expect((await ask.samples()).status).toBe(204));
  });

  test("a query that is never sent to its end keeps no other out", async () => {
    const slow = request(`${gateway.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": "1000" },
    });
    slow.on("error", () => {});
    slow.write('{ "query": ');
    await eventually(async () => expect(await ask.metrics()).toMatch(/^expense_gateway_http_requests_in_flight 2$/m));
    expect((await ask.graphql()).status).toBe(200);
    slow.destroy();
  });
});

/** Many that wait for Metroculus, and how to let them go on. */
async function waitingForMetroculus(gateway: TestGateway, count: number) {
  const held: (() => void)[] = [];
  gateway.metroculus.answer = (_request, response) => void held.push(() => response.writeHead(500).end());
  const answers = Array.from({ length: count }, () =>
    gateway.post(
      `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) { status } } }`,
    ),
  );
  await eventually(async () => expect(held).not.toEqual([]));
  return async () => {
    gateway.metroculus.answer = undefined;
    for (const goOn of held) goOn();
    for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
  };
}

test("while half of many have waited too long for the store further ones are turned away, and afterwards no more", async () => {
  await using gateway = await startGateway({ MAX_WAIT_MS: "100" });
  const ask = faces(gateway);
  const work = Array.from({ length: 4 }, () => gateway.stores.clickHouse.query("SELECT sleep(2)"));
  const slow = Array.from({ length: 40 }, () => ask.graphql());
  // Asked for before they are there and have waited, one more would wait with them until the store is free again.
  await eventually(async () => {
    const inFlight = /^expense_gateway_http_requests_in_flight (\d+)$/m.exec(await ask.metrics())?.[1];
    expect(Number(inFlight)).toBeGreaterThan(32);
  });
  await sleep(300);
  await expectShed(await ask.graphql(), inGraphQL);
  await expectShed(await ask.rest(), inRest);
  expect(await ask.metrics()).toContain('expense_gateway_http_requests_shed_total{face="rest",reason="wait"} 1');
  // A gateway that is busy is ready: else all of them were taken away at once.
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);

  await Promise.all(work);
  const statuses = (await Promise.all(slow)).map(({ status }) => status);
  // On a busy machine the last of them may come when the first have waited too long already.
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(32);
  expect(statuses.filter((status) => status !== 200 && status !== 503)).toEqual([]);
  await eventually(async () => expect((await ask.graphql()).status).toBe(200));
});

test("however many wait for Metroculus, and however long, whoever asks for cloud expenses is answered", async () => {
  await using gateway = await startGateway({ MAX_WAIT_MS: "100" });
  const ask = faces(gateway);
  const goOn = await waitingForMetroculus(gateway, 64);
  await sleep(500);
  expect((await ask.graphql()).status).toBe(200);
  await goOn();
});

test("while the event loop does not come round queries and samples are turned away, and afterwards no more", async () => {
  await using gateway = await startGateway({ MAX_EVENT_LOOP_DELAY_MS: "20" });
  const ask = faces(gateway);
  let busy = true;
  const work = (async () => {
    while (busy) {
      const until = performance.now() + 60;
      while (performance.now() < until);
      await nextTurn();
    }
  })();
  try {
    await eventually(async () => await expectShed(await ask.graphql(), inGraphQL));
    await expectShed(await ask.rest(), inRest);
    expect((await ask.samples()).status).toBe(503);
    for (const { status } of await ask.others()) expect(status).toBe(200);
  } finally {
    busy = false;
    await work;
  }
  await eventually(async () => expect((await ask.graphql()).status).toBe(200));
  await eventually(async () => expect((await ask.samples()).status).toBe(204));
});
