import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../src/config.js";
import { createHttpServer, loopbackUrl } from "../src/http-server.js";
import { bothOrganizations, idsOf, tokens } from "./hostile/two-organizations.js";
import { type GatewayUnderTest, gatewayUnderTest } from "./rest/gateway-under-test.js";

const limits = { RECEIVE_HEADERS_TIMEOUT_MS: "500", RECEIVE_TIMEOUT_MS: "1000" };
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A connection, and all that comes back on it until the other side hangs up. */
function connection(url: string) {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  sockets.push(socket);
  let received = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => {
    received += chunk;
  });
  // Whoever hangs up in the middle of what is sent may reset the connection.
  socket.on("error", () => undefined);
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(received)));
  return { socket, closed, received: () => received };
}

const head = (target: string, ...headers: string[]) =>
  `${[`${target} HTTP/1.1`, "host: x", ...headers].join("\r\n")}\r\n\r\n`;
const bodyOf = (answer: string) => answer.slice(answer.indexOf("\r\n\r\n") + 4);

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest(limits);
  await under.load(bothOrganizations());
});
afterAll(() => under[Symbol.asyncDispose]());

const inWhole = "A request has to come in within 1000 ms: send it again, all at once, or less of it.";

test("a head that does not end is refused in one form that all clients read, and the connection ends", async () => {
  const starts = ["", "GET / HT", "POST /graphql HTTP/1.1\r\nhost: x\r\nx-filler: a"];
  const answers = starts.map((start) => {
    const { socket, closed } = connection(under.url);
    socket.write(start);
    return closed;
  });
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toContain("x-content-type-options: nosniff");
    expect(JSON.parse(bodyOf(answer))).toEqual({
      error: {
        status_code: 408,
        error_code: "U0408",
        reason: "The head of a request has to come in within 500 ms: send it again, all at once, or less of it.",
        params: [],
      },
    });
  }
});

const json = ["content-type: application/json", "content-length: 1000"];
const write = [
  "content-type: application/x-protobuf",
  "content-length: 1000",
  `cloud-account-id: ${idsOf("acme").cluster}`,
  `authorization: Basic ${Buffer.from("acme:acme-password").toString("base64")}`,
];
test.each<[string, string, string[], (body: string) => void]>([
  [
    "GraphQL",
    "POST /graphql",
    json,
    (body) =>
      expect(JSON.parse(body)).toEqual({
        errors: [{ message: inWhole, extensions: { code: "REQUEST_TOO_SLOW" } }],
      }),
  ],
  ["remote_write", "POST /storage/api/v2/write", write, (body) => expect(body).toBe(`${inWhole}\n`)],
])(
  "%s: a body that drips in is refused in the form of its kind, and the connection ends",
  async (_what, target, headers, expectBody) => {
    const { socket, closed } = connection(under.url);
    socket.write(head(target, ...headers));
    const drip = setInterval(() => socket.write(" "), 100);
    const answer = await closed;
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toContain("connection: close");
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expectBody(bodyOf(answer));
  },
);

test("whoever is refused before the body is read gets that answer alone, and the connection ends", async () => {
  const answers = ["POST /storage/api/v2/write", "POST /restapi/v2/organizations"].map((target) => {
    const { socket, closed } = connection(under.url);
    socket.write(head(target, "content-type: text/plain", "content-length: 100000"));
    return closed;
  });
  for (const answer of await Promise.all(answers)) {
    expect(answer).toMatch(/^HTTP\/1\.1 4(00|01|05) /);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  }
});

test("a connection that is kept is answered again after a longer pause, and its next head has its own time", async () => {
  const { socket, closed, received } = connection(under.url);
  const answers = () => received().match(/HTTP\/1\.1 200 OK/g)?.length ?? 0;
  socket.write(head("GET /healthz"));
  await expect.poll(answers).toBe(1);
  await sleep(2_500);
  socket.write(head("GET /healthz"));
  await expect.poll(answers).toBe(2);
  socket.write("GET /healthz HT");
  expect((await closed).match(/HTTP\/1\.1 408/g)).toHaveLength(1);
});

test("after all that, a query is answered as ever", async () => {
  const response = await fetch(`${under.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${tokens.acme}` },
    body: '{"query":"{ viewer { kind } }"}',
  });
  expect(await response.json()).toEqual({ data: { viewer: { kind: "USER" } } });
});

test("what is answered takes as long as it takes: only what comes in is held to a time", async () => {
  const logLines: string[] = [];
  const log = pino({ level: "warn" }, { write: (line) => void logLines.push(line) });
  await using app = createHttpServer(log, { config: loadConfig(limits) });
  async function* slowly() {
    for (let part = 0; part < 25; part++) {
      await sleep(100);
      yield `part ${part}\n`;
    }
  }
  app.get("/streamed", (_request, reply) => reply.type("text/plain").send(Readable.from(slowly())));
  app.get("/thought-over", async () => {
    await sleep(2_500);
    return "done";
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const url = loopbackUrl(app);

  // One after the other on a connection, too; and with the start of a next request, or a body that never ends, behind.
  const kinds: [sent: string, streamed: number, thoughtOver: number][] = [
    [head("GET /streamed", "connection: close"), 1, 0],
    [head("GET /thought-over", "connection: close"), 0, 1],
    [`${head("GET /thought-over")}${head("GET /streamed", "connection: close")}`, 1, 1],
    [`${head("GET /streamed")}GET /nex`, 1, 0],
    [`${head("GET /thought-over")}GET /nex`, 0, 1],
    [head("GET /streamed", "content-length: 10"), 1, 0],
    [head("GET /thought-over", "content-length: 10"), 0, 1],
  ];
  await Promise.all(
    kinds.map(async ([sent, streamed, thoughtOver]) => {
      const { socket, closed } = connection(url);
      socket.write(sent);
      const answer = await closed;
      expect(answer.match(/part 24\n/g) ?? [], sent).toHaveLength(streamed);
      expect(answer.match(/\r\n\r\ndone/g) ?? [], sent).toHaveLength(thoughtOver);
      expect(answer.match(/HTTP\/1\.1/g), sent).toHaveLength(streamed + thoughtOver);
    }),
  );
  expect(logLines).toEqual([]);
});

test("of the two times the whole one holds for the head, too", async () => {
  await using app = createHttpServer(pino({ level: "silent" }), {
    config: loadConfig({ RECEIVE_HEADERS_TIMEOUT_MS: "600000", RECEIVE_TIMEOUT_MS: "300" }),
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { socket, closed } = connection(loopbackUrl(app));
  socket.write("GET /");
  expect(await closed).toContain("The head of a request has to come in within 300 ms");
});
