import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACME, TOKEN } from "./graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "./graphql/support/gateway.js";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const everywhere = {
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};
const foreign = { origin: "https://elsewhere.example" };
const json = { "content-type": "application/json" };
const query = JSON.stringify({ query: "{ viewer { kind } }" });
const rest = `/restapi/v2/organizations/${ACME}/clean_expenses?start_date=0&end_date=1`;

const requests: [what: string, status: number, path: string, init?: RequestInit][] = [
  ["the dashboard", 200, "/"],
  ["GraphiQL", 200, "/graphiql"],
  ["the favicon", 200, "/favicon.svg"],
  ["a file that is not there", 404, "/assets/gone-0000.js"],
  ["the documentation", 200, "/docs"],
  ["the documentation's style", 200, "/docs/static/swagger-ui.css"],
  ["the OpenAPI document", 200, "/openapi.json"],
  ["health", 200, "/healthz"],
  ["readiness", 200, "/readyz"],
  ["metrics without credentials", 401, "/metrics"],
  ["a path that is not there", 404, "/nowhere"],
  ["an address that cannot be decoded", 400, "/%zz"],
  ["GraphQL", 200, "/graphql", { method: "POST", headers: { ...json, ...bearer(TOKEN) }, body: query }],
  ["GraphQL without credentials", 401, "/graphql", { method: "POST", headers: json, body: query }],
  ["GraphQL that is no JSON", 400, "/graphql", { method: "POST", headers: json, body: "{" }],
  ["another method of GraphQL", 405, "/graphql", { method: "PUT" }],
  ["REST", 200, rest, { headers: bearer(TOKEN) }],
  ["REST without credentials", 401, rest],
  ["an unknown path of REST", 404, "/restapi/v2/nowhere"],
  ["Metroculus without the secret", 401, "/metroculus/v2/kubecost_cluster_costs"],
  ["samples for nobody", 400, "/storage/api/v2/write", { method: "POST" }],
];

test.each(requests)(
  "%s: answered with security headers, and for this origin alone",
  async (_what, status, path, init) => {
    const { headers, ...more } = init ?? {};
    const response = await fetch(gateway.url + path, { ...more, headers: { ...foreign, ...headers } });
    expect(response.status).toBe(status);
    expect(Object.fromEntries(response.headers)).toMatchObject(everywhere);
    const policy = response.headers.get("content-security-policy");
    expect(policy).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  },
);

test("what is no HTTP at all is refused with them, too", async () => {
  const { hostname, port } = new URL(gateway.url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write("no HTTP\r\n\r\n");
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  for (const [name, value] of Object.entries(everywhere)) expect(answer).toContain(`${name}: ${value}\r\n`);
});

test.each([
  ["/graphql", "POST"],
  [rest, "GET"],
])("another site is not allowed to ask %s: a browser that asks first is told nothing", async (path, method) => {
  const response = await fetch(gateway.url + path, {
    method: "OPTIONS",
    headers: {
      ...foreign,
      "access-control-request-method": method,
      "access-control-request-headers": "authorization,content-type",
    },
  });
  expect(response.ok).toBe(false);
  expect(response.headers.has("access-control-allow-origin")).toBe(false);
});

const simple = (type: string, body: string): RequestInit => ({
  method: "POST",
  headers: { "content-type": type },
  body,
});

test.each<[what: string, path: string, init?: RequestInit]>([
  ["a form", "/graphql", simple("application/x-www-form-urlencoded", "query={__typename}")],
  ["plain text", "/graphql", simple("text/plain", query)],
  ["an address", "/graphql?query={__typename}"],
])("a query that a browser sends without asking first, as %s, is refused", async (_what, path, init) => {
  const { headers, ...more } = init ?? {};
  const response = await fetch(gateway.url + path, { ...more, headers: { ...foreign, ...headers } });
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(await response.text()).not.toContain('"data"');
});
