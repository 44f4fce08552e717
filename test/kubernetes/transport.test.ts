import { createServer } from "node:net";
import { gzipSync } from "node:zlib";
import { pino } from "pino";
import { expect, test } from "vitest";
import { MAX_BODY_BYTES } from "../../src/kubernetes/metroculus-client.js";
import { seed } from "./bodies.js";
import { answer, type Behaviour, hang, refusal, remoteMetroculus, reset, text } from "./remote-metroculus.js";
import { request, SECRET, serviceFor, settled } from "./service-under-test.js";

test("a call carries the secret, the account and whole seconds, and comes from the base's own path", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  await using under = serviceFor(`${remote.url}/behind/ingress/`);
  const [cost] = await under.service.load([request("a b&c=d")]);
  expect(cost).toMatchObject({ status: "OK", cost: 105, currency: "USD", asOf: under.time.at });
  expect(remote.calls).toHaveLength(1);
  const [call] = remote.calls;
  expect(call?.endpoint).toBe("/behind/ingress/metroculus/v2/kubecost_cluster_costs");
  expect(Object.fromEntries(call?.query ?? [])).toEqual({
    cloud_account_id: "a b&c=d",
    start_date: String(settled.start),
    end_date: String(settled.end),
  });
  expect(call?.headers).toMatchObject({ secret: SECRET, "accept-encoding": "identity" });
});

test("connections are kept from call to call", async () => {
  const sockets = new Set<unknown>();
  await using remote = await remoteMetroculus((call, response, incoming) => {
    sockets.add(incoming.socket);
    return answer(seed)(call, response, incoming);
  });
  await using under = serviceFor(remote.url);
  for (let index = 0; index < 10; index++) await under.service.load([request(`cluster-${index}`)]);
  // A pool may open a second one while the first is being put back.
  expect(sockets.size).toBeLessThanOrEqual(2);
});

const html = "<html><body>Service Unavailable</body></html>";
const cutOff: Behaviour = (_call, response) => {
  const body = JSON.stringify(seed);
  response.writeHead(200, { "content-type": "application/json", "content-length": String(body.length + 100) });
  response.write(body);
  setTimeout(() => response.destroy(), 20);
};
const cutOffChunks: Behaviour = (_call, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.write(JSON.stringify(seed));
  setTimeout(() => response.destroy(), 20);
};
const hangsInTheBody: Behaviour = (_call, response) => {
  response.writeHead(200, { "content-type": "application/json" }).write('{"summary":');
};
const longerThanAnnounced: Behaviour = (_call, response) => {
  const body = JSON.stringify(seed);
  response.strictContentLength = false;
  response.writeHead(200, { "content-length": String(body.length - 20) }).end(body);
};
const compressed: Behaviour = (_call, response) => {
  response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(JSON.stringify(seed)));
};
const tooLarge: Behaviour = (_call, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.on("error", () => {});
  response.write(`{"summary":{"total_cost":105},"padding":"${"x".repeat(MAX_BODY_BYTES)}"}`);
};
const announcedTooLarge: Behaviour = (_call, response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": String(MAX_BODY_BYTES + 1) });
  response.write("{");
};
const elsewhere: Behaviour = (_call, response) => {
  response.writeHead(302, { location: "http://127.0.0.1:9/metroculus" }).end();
};

test.each<[string, Behaviour, string, string]>([
  [
    "a missing secret",
    refusal(401, "OM0007", "This resource requires authorization"),
    "UNAUTHORIZED",
    "SECRET_REFUSED",
  ],
  ["a wrong secret", refusal(403, "OM0005", "Bad secret"), "UNAUTHORIZED", "SECRET_REFUSED"],
  ["a refused parameter", refusal(400, "OM0006", "Invalid start_date"), "UNAVAILABLE", "REQUEST_REFUSED"],
  ["an older Metroculus", refusal(404, "OM0002", "Not found"), "UNAVAILABLE", "ENDPOINT_NOT_DEPLOYED"],
  ["an ingress without a route", text(html, 404), "UNAVAILABLE", "ENDPOINT_NOT_DEPLOYED"],
  ["an exception", refusal(500, "U0500", "KeyError"), "UNAVAILABLE", "UPSTREAM_ERROR"],
  ["a bad gateway", text(html, 502), "UNAVAILABLE", "UPSTREAM_ERROR"],
  ["an HTML page for 503", text(html, 503), "UNAVAILABLE", "UPSTREAM_OVERLOADED"],
  ["a reset connection", reset, "UNAVAILABLE", "UPSTREAM_UNREACHABLE"],
  ["no answer", hang, "UNAVAILABLE", "UPSTREAM_TIMEOUT"],
  ["an answer that never ends", hangsInTheBody, "UNAVAILABLE", "UPSTREAM_TIMEOUT"],
  ["an HTML page", text(html), "MALFORMED", "NOT_JSON"],
  ["the word Error", text("Error", 200, "application/json"), "MALFORMED", "NOT_JSON"],
  ["an empty body", text(""), "MALFORMED", "NOT_JSON"],
  ["no content", text("", 204), "MALFORMED", "NOT_JSON"],
  [
    "NaN as Python writes it",
    text('{"summary":{"total_cost":NaN}}', 200, "application/json"),
    "MALFORMED",
    "TOTAL_UNREADABLE",
  ],
  ["NaN outside of JSON", text("NaN NaN", 200, "application/json"), "MALFORMED", "NOT_JSON"],
  [
    "an infinite number",
    text('{"summary":{"total_cost":1e999}}', 200, "application/json"),
    "MALFORMED",
    "TOTAL_UNREADABLE",
  ],
  ["a body shorter than announced", cutOff, "MALFORMED", "BODY_CUT_OFF"],
  ["a body longer than announced", longerThanAnnounced, "MALFORMED", "NOT_JSON"],
  ["a compressed body, which was not asked for", compressed, "MALFORMED", "NOT_JSON"],
  ["a plea to come later", text(html, 429), "UNAVAILABLE", "UPSTREAM_ERROR"],
  ["a chunked body without an end", cutOffChunks, "MALFORMED", "BODY_CUT_OFF"],
  ["a body without bounds", tooLarge, "MALFORMED", "BODY_TOO_LARGE"],
  ["a body announced as too large", announcedTooLarge, "MALFORMED", "BODY_TOO_LARGE"],
  ["a redirect", elsewhere, "MALFORMED", "REDIRECTED"],
  ["an unknown shape", answer({ cost: 105 }), "MALFORMED", "UNKNOWN_SHAPE"],
])("%s is a status with a reason, and no cost", async (_name, behaviour, status, code) => {
  await using remote = await remoteMetroculus(behaviour);
  // What does answer has all the time that a busy machine may need.
  const timeoutMs = code === "UPSTREAM_TIMEOUT" ? 300 : 30_000;
  await using under = serviceFor(remote.url, { timeoutMs, budgetMs: 30_000 });
  const [cost] = await under.service.load([request()]);
  expect(cost).toMatchObject({ status, cost: null, currency: null, components: null, asOf: null });
  expect(cost?.warnings.map((warning) => warning.code)).toEqual([code]);
  expect(JSON.stringify(cost)).not.toContain(SECRET);
});

test("numbers that Python has no JSON for leave the rest of the answer as it is", async () => {
  const body = String.raw`{"summary":{"total_cost":105,"cpu_cost":NaN,"ram_cost":-Infinity,"pv_cost":105},
    "note":"NaN \" -Infinity","efficiency":{"cpu_efficiency":0.5,"ram_efficiency":NaN}}`;
  await using remote = await remoteMetroculus(text(body, 200, "application/json"));
  await using under = serviceFor(remote.url);
  const [cost] = await under.service.load([request()]);
  expect(cost).toMatchObject({
    status: "OK",
    cost: 105,
    components: { cpu: null, ram: null, pv: 105 },
    efficiency: { cpu: 0.5, ram: null },
  });
  expect(cost?.warnings.filter(({ code }) => code === "COMPONENT_UNREADABLE")).toHaveLength(2);
});

test("text that is not UTF-8 is malformed", async () => {
  await using remote = await remoteMetroculus((_call, response) => {
    response.writeHead(200).end(Buffer.from('{"summary":{"total_cost":1},"x":"\xff"}', "latin1"));
  });
  await using under = serviceFor(remote.url);
  expect((await under.service.load([request()]))[0]).toMatchObject({ status: "MALFORMED" });
});

test("a port where nothing listens makes the cluster unavailable", async () => {
  const remote = await remoteMetroculus();
  await remote[Symbol.asyncDispose]();
  await using under = serviceFor(remote.url);
  expect((await under.service.load([request()]))[0]).toMatchObject({
    status: "UNAVAILABLE",
    warnings: [{ code: "UPSTREAM_UNREACHABLE" }],
  });
});

test("a port where something else than HTTP answers is malformed", async () => {
  const server = createServer((socket) => {
    socket
      .on("error", () => {})
      .resume()
      .end("SSH-2.0-OpenSSH\r\n\r\n");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await using under = serviceFor(`http://127.0.0.1:${port}`);
  expect((await under.service.load([request()]))[0]).toMatchObject({
    status: "MALFORMED",
    warnings: [{ code: "NOT_HTTP" }],
  });
  await new Promise((resolve) => server.close(resolve));
});

test("a connection that broke and a 503 are tried once more, and nothing else is", async () => {
  const later = (first: Behaviour): Behaviour => {
    let calls = 0;
    return (...args) => (calls++ === 0 ? first : answer(seed))(...args);
  };
  for (const [first, status, calls] of [
    [reset, "OK", 2],
    [text(html, 503), "OK", 2],
    [text(html, 500), "UNAVAILABLE", 1],
    [refusal(401, "OM0007", "x"), "UNAUTHORIZED", 1],
    [text("Error"), "MALFORMED", 1],
    [cutOff, "MALFORMED", 1],
  ] as const) {
    await using remote = await remoteMetroculus(later(first));
    await using under = serviceFor(remote.url);
    expect((await under.service.load([request()]))[0]?.status).toBe(status);
    expect(remote.calls).toHaveLength(calls);
  }
});

test("nothing that is logged holds the secret, whatever happens", async () => {
  const lines: string[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  await using remote = await remoteMetroculus(reset);
  await using under = serviceFor(remote.url, { log });
  for (const behaviour of [reset, text(html, 401), text(SECRET), hang]) {
    remote.behave(behaviour);
    await under.service.load([request(String(lines.length))]);
  }
  expect(lines.length).toBeGreaterThan(4);
  expect(lines.join("")).not.toContain(SECRET);
});
