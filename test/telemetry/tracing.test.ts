import type { IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { eventually } from "../eventually.js";
import { ACME, CLUSTER_ONE, CLUSTER_TWO, SECRET, TOKEN } from "../graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "../graphql/support/gateway.js";
import { type OtlpReceiver, otlpReceiver, type ReceivedSpan } from "./otlp-receiver.js";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const CALLER = "b7ad6b7169203331";
const logLines: string[] = [];
const seenByMetroculus: IncomingHttpHeaders[] = [];

let receiver: OtlpReceiver;
let gateway: TestGateway;
beforeAll(async () => {
  // Read by OpenTelemetry itself: spans are sent soon, not every five seconds.
  vi.stubEnv("OTEL_BSP_SCHEDULE_DELAY", "50");
  receiver = await otlpReceiver();
  gateway = await startTestGateway({ environment: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url }, logLines });
  gateway.metroculus.answer = (request, response) => {
    seenByMetroculus.push(request.headers);
    const isBroken = request.url?.includes(CLUSTER_TWO);
    response.writeHead(isBroken ? 500 : 200).end(JSON.stringify({ summary: { total_cost: 40 }, coverage: 1 }));
  };
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
  vi.unstubAllEnvs();
});

/** The spans of a trace once the first of them, which ends last, has arrived. */
async function traced(traceId: string): Promise<ReceivedSpan[]> {
  return eventually(
    () => {
      const spans = receiver.spans.filter((span) => span.traceId === traceId);
      expect(spans.some(({ kind }) => kind === 2)).toBe(true);
      return spans;
    },
    { timeout: 20_000 },
  );
}

let spans: ReceivedSpan[];
beforeAll(async () => {
  await gateway.post(
    `query Costs {
      cleanExpenses(organizationId: "${ACME}", startDate: "2025-01-01", endDate: "2025-01-31T23:59:59Z", filter: { regions: ["eu-secret-1"] }) {
        expenses(first: 5) { nodes { cloudAccount { name } } }
      }
      one: cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: 0, endDate: 86399) { status } }
      two: cloudAccount(id: "${CLUSTER_TWO}") { k8sCosts(startDate: 0, endDate: 86399) { status } }
    }`,
    {},
    { ...bearer(TOKEN), traceparent: `00-${TRACE}-${CALLER}-01`, "x-request-id": "acme-traced" },
  );
  spans = await traced(TRACE);
});

const named = (name: string) => spans.filter((span) => span.name === name);
const parentOf = ({ parentSpanId }: ReceivedSpan) => spans.find(({ spanId }) => spanId === parentSpanId);

/** The names of a span and of those that it is a part of. */
function lineage(span: ReceivedSpan): string[] {
  const parent = parentOf(span);
  return [span.name, ...(parent ? lineage(parent) : [])];
}

test("the request is part of its caller's trace, and the operation part of the request", () => {
  const [request] = named("POST /graphql");
  expect(request).toMatchObject({
    parentSpanId: CALLER,
    kind: 2,
    attributes: { "http.request.method": "POST", "http.route": "/graphql", "http.response.status_code": 200 },
  });
  const [operation] = named("query");
  expect(operation).toMatchObject({
    attributes: { "graphql.operation.name": "Costs", "graphql.operation.type": "query" },
  });
  expect(parentOf(operation as ReceivedSpan)).toBe(request);
  expect(receiver.resources[0]).toMatchObject({ "service.name": "expense-gateway" });
});

test("look-ups are one batch, whose calls to Metroculus are its parts", () => {
  const [batch] = named("load clusterCosts");
  expect(batch).toMatchObject({ attributes: { "loader.batch.size": 2 } });
  const calls = named("GET /metroculus/v2/kubecost_cluster_costs");
  expect(calls).toHaveLength(2);
  for (const call of calls) {
    expect(call.kind).toBe(3);
    expect(lineage(call)).toEqual([call.name, "load clusterCosts", "query", "POST /graphql"]);
  }
  expect(calls.map(({ status, attributes }) => [status, attributes["error.type"]]).sort()).toEqual([
    [0, undefined],
    [2, "UPSTREAM_ERROR"],
  ]);
});

test("Metroculus is told the context of the very call that reaches it, and the request's id", () => {
  const calls = named("GET /metroculus/v2/kubecost_cluster_costs").map(({ spanId }) => `00-${TRACE}-${spanId}-01`);
  expect(seenByMetroculus.map(({ traceparent }) => traceparent).sort()).toEqual(calls.sort());
  expect(seenByMetroculus.map((headers) => headers["x-request-id"])).toEqual(["acme-traced", "acme-traced"]);
});

test("each SQL statement of both stores has a span", () => {
  const sql = spans.filter(({ attributes }) => attributes["db.system.name"] === "clickhouse");
  expect(sql.length).toBeGreaterThan(0);
  for (const span of sql) {
    expect(span.attributes["db.query.text"]).toMatch(/SELECT/);
    expect(lineage(span).slice(-2)).toEqual(["query", "POST /graphql"]);
  }
  const [token] = named("relational ApiToken.findUnique");
  expect(token).toMatchObject({ kind: 3, attributes: { "db.system.name": "sqlite" } });
});

test("no secret, token, value or person is in what is sent", () => {
  const sent = receiver.raw.join("");
  expect(sent).toContain("POST /graphql");
  for (const secret of [TOKEN, SECRET, "eu-secret-1", "Acme", "cluster one", ACME, CLUSTER_ONE]) {
    expect(sent).not.toContain(secret);
  }
});

test("the request's line in the log names its trace", async () => {
  await eventually(() => expect(logLines.join("")).toContain(`"traceId":"${TRACE}"`));
});

test("a REST request without a caller's context starts a trace, whose name is the route's pattern", async () => {
  await fetch(`${gateway.url}/restapi/v2/organizations/${ACME}/clean_expenses?start_date=0&end_date=1`, {
    headers: bearer(TOKEN),
  });
  const name = "GET /restapi/v2/organizations/{organization_id}/clean_expenses";
  await eventually(
    () => expect(receiver.spans.find((span) => span.name === name)).toMatchObject({ parentSpanId: "" }),
    {
      timeout: 20_000,
    },
  );
});

test("a malformed context is ignored", async () => {
  const { status } = await fetch(`${gateway.url}/graphql?query={__typename}`, { headers: { traceparent: "00-x-y-z" } });
  expect(status).toBe(400);
  await eventually(() => expect(receiver.spans.filter(({ name }) => name === "GET /graphql")).toHaveLength(1), {
    timeout: 20_000,
  });
});
