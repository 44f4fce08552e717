import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { eventually } from "../eventually.js";
import { ACME, CLUSTER_ONE, SECRET, TOKEN } from "../graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "../graphql/support/gateway.js";

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly requestId: string;
  readonly [name: string]: unknown;
}

const logLines: string[] = [];
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway({ logLines });
});
afterAll(() => gateway[Symbol.asyncDispose]());
beforeEach(() => {
  logLines.length = 0;
});

/** The lines of requests, once there are so many: each is written when its answer has gone out. */
async function requestLines(count = 1): Promise<Line[]> {
  return eventually(() => {
    const lines = logLines.map((line) => JSON.parse(line) as Line).filter(({ msg }) => msg === "request");
    expect(lines).toHaveLength(count);
    return lines;
  });
}

const get = (path: string, headers: Record<string, string> = {}) => fetch(`${gateway.url}${path}`, { headers });
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

test("a GraphQL request has one line: who asked what, how it ended, how long it took and what it called", async () => {
  const response = await gateway.post(
    `query Costs { cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: 0, endDate: 86399) { status } } }`,
  );
  const [line] = await requestLines();
  expect(line).toEqual({
    level: 30,
    time: expect.any(Number),
    pid: expect.any(Number),
    hostname: expect.any(String),
    msg: "request",
    requestId: response.headers.get("x-request-id"),
    method: "POST",
    route: "/graphql",
    operation: "Costs",
    principal: { kind: "user", id: expect.stringMatching(/^[0-9a-f]{12}$/) },
    client: "127.0.0.1",
    status: 200,
    durationMs: expect.any(Number),
    upstreamCalls: 1,
  });
});

test("a REST request is named by its route and the ids in its path", async () => {
  await get(`/restapi/v2/organizations/${ACME}/clean_expenses?start_date=0&end_date=1`, { secret: SECRET });
  const [line] = await requestLines();
  expect(line).toMatchObject({
    route: "/restapi/v2/organizations/{organization_id}/clean_expenses",
    parameters: { organization_id: ACME },
    principal: { kind: "service" },
    status: 200,
  });
});

test("an id that the caller chose is kept if it can only be an id, and another one made if not", async () => {
  for (const id of ["a", "trace-1.2_3", "x".repeat(128)]) {
    expect((await get("/graphql?query={__typename}", { "x-request-id": id })).headers.get("x-request-id")).toBe(id);
  }
  for (const id of ["", "x".repeat(129), 'a","level":60,"x":"', "-a", "a b", "a/b", "ä"]) {
    const response = await get("/graphql?query={__typename}", { "x-request-id": encodeURI(id) });
    expect(response.headers.get("x-request-id")).toMatch(UUID);
  }
  const lines = await requestLines(10);
  expect(lines.every(({ level }) => level === 30)).toBe(true);
});

test("a masked error names the request's own id", async () => {
  vi.spyOn(gateway.stores.clickHouse, "query").mockRejectedValueOnce(new TypeError("the inside of it"));
  const response = await gateway.post(
    `{ cleanExpenses(organizationId: "${ACME}", startDate: 0, endDate: "2026-01-01") { totalCost } }`,
    {},
    { ...bearer(TOKEN), "x-request-id": "acme-request-1" },
  );
  const body = await response.text();
  expect(body).toContain("acme-request-1");
  expect(body).not.toContain("the inside of it");
  const error = logLines.map((line) => JSON.parse(line) as Line).find(({ level }) => level === 50);
  expect(error).toMatchObject({ requestId: "acme-request-1", err: { message: "the inside of it" } });
});

test("what is refused before it has a route has its line, too", async () => {
  const unroutable = await get("/%zz");
  expect(unroutable.headers.get("x-request-id")).toMatch(UUID);
  await get("/nothing/here");
  expect((await requestLines(2)).map(({ route, status }) => [route, status])).toEqual([
    ["unmatched", 400],
    ["unmatched", 404],
  ]);
});

test("probes, scrapes and static files have theirs at level debug", async () => {
  await get("/healthz");
  await get("/readyz");
  await get("/metrics", { secret: SECRET });
  await get("/favicon.svg");
  await get("/graphql?query={__typename}");
  expect((await requestLines()).map(({ route }) => route)).toEqual(["/graphql"]);
});

test("who left before the answer came is told by 499", async () => {
  gateway.metroculus.answer = () => {};
  const leaving = new AbortController();
  const asked = gateway.post(
    `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: 86400, endDate: 172799) { status } } }`,
    {},
    undefined,
    leaving.signal,
  );
  const before = gateway.metroculus.costRequests.length;
  await eventually(() => expect(gateway.metroculus.costRequests.length).toBeGreaterThan(before));
  leaving.abort();
  await expect(asked).rejects.toThrow();
  gateway.metroculus.answer = undefined;
  expect((await requestLines())[0]).toMatchObject({ status: 499 });
});

test("nothing that a caller wrote gets into the log: no token, query, header, path or made-up line", async () => {
  const hostile = "eg_stolen-token";
  const newline = encodeURIComponent('\n{"level":60,"msg":"forged"}\n');
  await get(`/graphql?query={__typename}&access_token=${hostile}`, { authorization: `Bearer ${hostile}` });
  await get(`/restapi/v2/organizations/${hostile}/clean_expenses?token=${hostile}&secret=${newline}`, {
    secret: hostile,
    "user-agent": hostile,
    cookie: hostile,
  });
  await get(`/${hostile}/${newline}`);
  await gateway.post(`query Q { organization(id: "${hostile}") { name } }`, { password: hostile }, bearer(hostile));
  await gateway.post(`query ${hostile} { broken`);
  await requestLines(5);
  const log = logLines.join("");
  for (const secret of [hostile, TOKEN, SECRET, "forged"]) expect(log).not.toContain(secret);
  expect(logLines.every((line) => line.trimEnd().split("\n").length === 1)).toBe(true);
});
