import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RunningMetroculus, SECRET } from "./running-metroculus.js";

let metroculus: RunningMetroculus;
let prometheus: Server;
let app: FastifyInstance;
let answer: (response: ServerResponse) => void;
const asked: string[] = [];
const authorizations: (string | undefined)[] = [];

beforeAll(async () => {
  metroculus = await RunningMetroculus.start();
  prometheus = createServer(async (request, response) => {
    authorizations.push(request.headers.authorization);
    asked.push(
      `${request.method} ${request.url} ${new URLSearchParams((await buffer(request)).toString()).get("query")}`,
    );
    answer(response);
  }).listen(0, "127.0.0.1");
  await once(prometheus, "listening");
  const { port } = prometheus.address() as AddressInfo;
  app = await metroculus.another({ THANOS_URL: `http://acme:p%40ss@127.0.0.1:${port}/prefix/` });
});
afterAll(async () => {
  await metroculus[Symbol.asyncDispose]();
  prometheus.close();
  prometheus.closeAllConnections();
});

const DAY = 1_759_449_600;
const ask = (accounts: string) =>
  app.inject({
    url: `/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${accounts}&start_date=${DAY}&end_date=${DAY + 86_400}`,
    headers: { secret: SECRET },
  });

test.each<[string, (response: ServerResponse) => void]>([
  ["an error", (response) => response.writeHead(422).end('{"status":"error","error":"too many samples"}')],
  ["a page of a proxy", (response) => response.writeHead(200).end("<html>sign in</html>")],
  [
    "an unknown shape",
    (response) => response.end('{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}'),
  ],
  ["points that are none", (response) => response.end(matrix([["x", 1]]))],
  ["a broken connection", (response) => response.destroy()],
])("%s from Prometheus is a 503 in Metroculus's envelope, never a cost of 0", async (_name, behaviour) => {
  answer = behaviour;
  const response = await ask("acme");
  expect([response.statusCode, response.json().error.error_code]).toEqual([503, "U0503"]);
});

test("an answer in part is given with a warning", async () => {
  answer = (response) =>
    response.end(matrix([[DAY, "0.1"]], { warnings: ["store gateway: context deadline exceeded"] }));
  const { warnings } = (await ask("acme")).json();
  expect(warnings).toMatchObject([{ code: "PARTIAL_SAMPLES" }]);
});

test("ids reach PromQL as texts, all in one query", async () => {
  answer = (response) => response.end(matrix([]));
  asked.length = 0;
  await ask("a.b,c:d");
  expect(asked[0]).toMatch(/^POST \/prefix\/api\/v1\/query /);
  expect(asked[0]).toContain(String.raw`tenant_id=~"a\\.b|c\\:d"`);
});

test("a user and password in the address are sent as basic auth", async () => {
  answer = (response) => response.end(matrix([]));
  authorizations.length = 0;
  await ask("acme");
  expect(authorizations[0]).toBe(`Basic ${Buffer.from("acme:p@ss").toString("base64")}`);
});

function matrix(values: unknown[], more: object = {}): string {
  const metric = { __name__: "kubecost_cluster_management_cost", tenant_id: "acme" };
  return JSON.stringify({ status: "success", data: { resultType: "matrix", result: [{ metric, values }] }, ...more });
}
