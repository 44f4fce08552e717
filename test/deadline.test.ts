import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACME, CLUSTER_ONE, DAY, JANUARY_1, JANUARY_31, TOKEN } from "./graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "./graphql/support/gateway.js";
import { gatewayInFrontOf } from "./optscale/in-front.js";
import { misbehaving } from "./optscale/misbehaving.js";

const TIMEOUT_MS = 2_000;
const window = `startDate: ${JANUARY_1}, endDate: ${JANUARY_31}`;
const overview = `{ cleanExpenses(organizationId: "${ACME}", ${window}) { totalCost } viewer { kind } }`;
// Of a window that nothing is remembered of.
const clusters = `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: ${JANUARY_1}, endDate: ${JANUARY_1 + DAY}) { status cost } } }`;
const restPath = `/restapi/v2/organizations/${ACME}/clean_expenses?start_date=${JANUARY_1}&end_date=${JANUARY_31}`;
const sentence = `This took longer than the ${TIMEOUT_MS} ms that a request may take: ask for a shorter window, or for less of it.`;
const inRest = { error: { status_code: 504, error_code: "U0504", reason: sentence, params: [] } };

describe("a request that takes longer than it may", () => {
  const logLines: string[] = [];
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({
      logLines,
      environment: {
        REQUEST_TIMEOUT_MS: String(TIMEOUT_MS),
        METROCULUS_TIMEOUT_MS: "60000",
        K8S_COSTS_BUDGET_MS: "60000",
      },
    });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const errorLines = () => logLines.map((line) => JSON.parse(line)).filter(({ level }) => level === 50);

  test("ends in the engine as well as here, with a code, and the log tells of it", async () => {
    const { clickHouse } = gateway.stores;
    // A table that takes hours to read.
    await clickHouse.command("RENAME TABLE expenses TO expenses_kept");
    await clickHouse.command(
      `CREATE VIEW expenses AS SELECT * FROM expenses_kept
       WHERE cost > (SELECT -count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1)`,
    );
    try {
      const requestId = "late-in-graphql";
      const late = await gateway.post(overview, {}, { ...bearer(TOKEN), "x-request-id": requestId });
      expect(await late.json()).toEqual({
        data: null,
        errors: [
          {
            message: sentence,
            path: ["cleanExpenses", "totalCost"],
            locations: expect.any(Array),
            extensions: { code: "DEADLINE_EXCEEDED", requestId },
          },
        ],
      });
      expect(errorLines()).toMatchObject([{ requestId, err: { message: sentence } }]);

      const rest = await fetch(`${gateway.url}${restPath}`, { headers: bearer(TOKEN) });
      expect(rest.status).toBe(504);
      expect(await rest.json()).toEqual(inRest);
      expect(errorLines()).toHaveLength(2);
      // Had they not ended there, this would wait for a minute, or two.
      expect(await clickHouse.query("SELECT 1 AS free", {}, { signal: AbortSignal.timeout(20_000) })).toEqual([
        { free: 1 },
      ]);
    } finally {
      await clickHouse.command("DROP VIEW expenses");
      await clickHouse.command("RENAME TABLE expenses_kept TO expenses");
    }
    expect((await gateway.ask(overview)).errors).toBeUndefined();
    const rest = await fetch(`${gateway.url}${restPath}`, { headers: bearer(TOKEN) });
    expect(rest.status).toBe(200);
  });

  test("declares the clusters that it has not heard of, and ends the calls", async () => {
    let ended = () => {};
    const hungUp = new Promise<void>((resolve) => {
      ended = resolve;
    });
    gateway.metroculus.answer = (_request, response) => void response.once("close", ended);
    const { data } = await gateway.ask(clusters);
    expect(data).toEqual({ cloudAccount: { k8sCosts: { status: "UNAVAILABLE", cost: null } } });
    await hungUp;
    gateway.metroculus.answer = undefined;
  });
});

test("a request in front of an OptScale that hangs ends in time, and so does the call", async () => {
  let ended = () => {};
  const hungUp = new Promise<void>((resolve) => {
    ended = resolve;
  });
  await using optScale = await misbehaving((_request, response) => void response.once("close", ended));
  await using front = await gatewayInFrontOf(optScale.url, { REQUEST_TIMEOUT_MS: String(TIMEOUT_MS) });
  const rest = await fetch(`${front.url}${restPath}`, { headers: bearer(TOKEN) });
  expect(rest.status).toBe(504);
  expect(await rest.json()).toEqual(inRest);
  await hungUp;
  const graphql = await fetch(`${front.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(TOKEN) },
    body: JSON.stringify({ query: overview }),
  });
  const { errors } = (await graphql.json()) as { errors: { extensions: { code: string } }[] };
  expect(errors[0]?.extensions.code).toBe("DEADLINE_EXCEEDED");
});
