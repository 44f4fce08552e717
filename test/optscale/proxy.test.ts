import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Gateway } from "../../src/gateway.js";
import { gatewayInFrontOf } from "./in-front.js";
import { envelope, json, type Misbehaving, misbehaving } from "./misbehaving.js";

let optScale: Misbehaving;
let proxying: Gateway;
let plain: Gateway;
beforeAll(async () => {
  optScale = await misbehaving();
  proxying = await gatewayInFrontOf(optScale.url, { OPTSCALE_PROXY: "true" });
  plain = await gatewayInFrontOf(optScale.url);
});
afterAll(async () => {
  await proxying.close();
  await plain.close();
  await optScale[Symbol.asyncDispose]();
});
beforeEach(() => {
  optScale.requests.length = 0;
});

const authorization = "Bearer tok";

test("an unknown path goes on unchanged: method, target, headers and body; and so does its answer", async () => {
  optScale.behave((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      response.writeHead(201, { "content-type": "text/plain", "x-kept": "yes", "keep-alive": "timeout=9" });
      response.end(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
    });
  });
  const answer = await fetch(`${proxying.url}/restapi/v2/organizations/o/rules?a=%2B&a=b%20c`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json", "x-mine": "1" },
    body: '{"name":"rule"}',
  });
  expect(answer.status).toBe(201);
  expect(await answer.text()).toBe('POST /restapi/v2/organizations/o/rules?a=%2B&a=b%20c {"name":"rule"}');
  expect(answer.headers.get("x-kept")).toBe("yes");
  expect(answer.headers.get("keep-alive")).not.toBe("timeout=9");
  expect(optScale.requests[0]?.headers).toMatchObject({
    authorization,
    "x-mine": "1",
    "content-type": "application/json",
  });
});

test.each(["PATCH", "DELETE", "PUT", "OPTIONS", "HEAD"])("%s goes on, to known paths, too", async (method) => {
  optScale.behave((_request, response) => response.writeHead(204).end());
  const answer = await fetch(`${proxying.url}/restapi/v2/pools/p`, { method, headers: { authorization } });
  expect(answer.status).toBe(204);
  expect(optScale.requests.map((each) => [each.method, each.target])).toEqual([[method, "/restapi/v2/pools/p"]]);
});

test("what does not begin to end is streamed, both ways", async () => {
  optScale.behave((request, response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    request.on("data", (chunk) => response.write(chunk));
    request.on("end", () => response.end("end"));
  });
  const seen: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const request = httpRequest(`${proxying.url}/restapi/v2/echo`, { method: "POST" }, (response) => {
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        seen.push(text);
        // The answer to the first half is here before the second is sent.
        if (seen.length === 1) request.end("second");
      });
      response.on("end", resolve);
    });
    request.on("error", reject);
    request.write("first");
  });
  expect(seen.join("")).toBe("firstsecondend");
  expect(seen[0]).toBe("first");
});

test("refusals and failures of the other side stay its own", async () => {
  const refusal = envelope(409, "OE0149", "Conflict", ["x"]);
  optScale.behave((_request, response) => json(response, 409, refusal));
  const answer = await fetch(`${proxying.url}/restapi/v2/organizations`, {
    method: "POST",
    headers: { authorization },
  });
  expect([answer.status, await answer.json()]).toEqual([409, refusal]);
  optScale.behave((_request, response) => response.writeHead(302, { location: "/elsewhere" }).end());
  const redirect = await fetch(`${proxying.url}/restapi/v2/unknown`, { redirect: "manual" });
  expect([redirect.status, redirect.headers.get("location")]).toEqual([302, "/elsewhere"]);
});

test.each([
  "/restapi/v2/../../auth/v2/users",
  "/restapi/v2/%2e%2e/%2E%2E/auth",
  "/restapi/v2/..%2f..%2fauth",
  "/restapi/v2/organizations/../clean_expenses?start_date=0&end_date=1",
])("%s leads out of the API and goes nowhere", async (target) => {
  const { port } = new URL(proxying.url);
  const status = await new Promise((resolve, reject) => {
    httpRequest({ port, path: target, headers: { authorization } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
  expect(status).toBe(404);
  expect(optScale.requests).toEqual([]);
});

test("without OPTSCALE_PROXY unknown paths are 404 and other methods 405, and OptScale is not asked", async () => {
  const unknown = await fetch(`${plain.url}/restapi/v2/organizations/o/rules`, { headers: { authorization } });
  expect([unknown.status, await unknown.json()]).toEqual([404, envelope(404, "OE0257", "Not Found")]);
  const method = await fetch(`${plain.url}/restapi/v2/pools/p`, { method: "DELETE", headers: { authorization } });
  expect(method.status).toBe(405);
  expect(optScale.requests).toEqual([]);
});
