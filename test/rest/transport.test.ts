import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acme, from, ids, to } from "./acme.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.load(acme);
});
afterAll(() => under[Symbol.asyncDispose]());

const path = `/restapi/v2/organizations/${ids.organization}/clean_expenses`;
const dates = `start_date=${from}&end_date=${to}`;

interface Sent {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

/** Sends the target as it is: `fetch` would put it right. */
function send(target: string, headers: Record<string, string> = {}, method = "GET", body?: string): Promise<Sent> {
  const { hostname, port } = new URL(under.url);
  return new Promise((resolve, reject) => {
    // Node announces a body of its own accord only for some methods.
    const length = body === undefined ? {} : { "content-length": String(body.length) };
    const sending = request({ hostname, port, path: target, method, headers: { ...headers, ...length } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () =>
        resolve({
          status: answer.statusCode as number,
          contentType: answer.headers["content-type"],
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    sending.on("error", reject);
    sending.end(body);
  });
}

const token = { authorization: "Bearer tok-acme" };
const errorOf = ({ text }: Sent) => (JSON.parse(text) as { error: Record<string, unknown> }).error;

test("a target may be a whole URL, as a client sends it that takes this server for its proxy", async () => {
  const plain = await send(`${path}?${dates}&region=http://a/restapi/`, token);
  const whole = await send(`http://gateway.example:8080${path}?${dates}&region=http://a/restapi/`, token);
  expect(whole).toEqual(plain);
  expect(whole.status).toBe(200);
  expect(errorOf(await send("HTTPS://gateway.example/restapi/v2/nothing", token)).error_code).toBe("OE0257");
});

test("success and errors are JSON with its character set, an unknown route without", async () => {
  expect((await send(`${path}?${dates}`, token)).contentType).toBe('application/json; charset="utf-8"');
  expect((await send(path, token)).contentType).toBe('application/json; charset="utf-8"');
  const unknown = await send("/restapi/v2/nothing", token);
  expect([unknown.status, unknown.contentType]).toEqual([404, "application/json"]);
  expect(errorOf(unknown)).toEqual({ status_code: 404, error_code: "OE0257", reason: "Not Found", params: [] });
});

test.each([
  "/restapi",
  "/restapi/",
  "/restapi/v2",
  `${path}/`,
  "/restapi/v2/organizations//clean_expenses",
  "/restapi/v1/organizations",
  "/restapi/v2/organizations/%zz/nothing",
])("%s is an unknown route for everybody", async (target) => {
  expect(errorOf(await send(target))).toMatchObject({ status_code: 404, error_code: "OE0257" });
});

test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])(
  "%s is not allowed, whatever its body",
  async (method) => {
    const bodies: [Record<string, string>, string | undefined][] = [
      [{}, undefined],
      [{ "content-type": "application/json" }, "{broken"],
      [{ "content-type": "x/unheard-of" }, "text"],
    ];
    for (const [headers, body] of bodies) {
      const answer = await send(path, { ...token, ...headers }, method, method === "TRACE" ? undefined : body);
      expect(errorOf(answer)).toEqual({
        status_code: 405,
        error_code: "OE0245",
        reason: `${method} method not allowed`,
        params: [method],
      });
    }
    expect(errorOf(await send(path, {}, method))).toMatchObject({ status_code: 401, error_code: "OE0237" });
  },
);

test("HEAD is not allowed", async () => {
  expect((await send(path, token, "HEAD")).status).toBe(405);
});

test("an organization is named in the path byte by byte", async () => {
  const encoded = ids.organization.replace("1", "%31");
  expect((await send(`${path.replace(ids.organization, encoded)}?${dates}`, token)).status).toBe(200);
  expect(errorOf(await send(path.replace(ids.organization, "100%"), token))).toMatchObject({
    error_code: "OE0002",
    params: ["Organization", "100%"],
  });
  expect(errorOf(await send(path.replace(ids.organization, "%ff"), token))).toMatchObject({
    status_code: 400,
    error_code: "U0400",
    reason: "Bad Request",
    params: [],
  });
});

test("a parameter that is not UTF-8 is refused as U0400", async () => {
  expect(errorOf(await send(`${path}?${dates}&region=%ff`, token))).toMatchObject({ error_code: "U0400" });
});

test("hundreds of ids fit into one query", async () => {
  const many = Array.from(
    { length: 800 },
    (_, index) => `_id=50000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  );
  expect((await send(`${path}?${dates}&${many.join("&")}`, token)).status).toBe(200);
});

/** What comes back over a connection of its own for bytes that need not be HTTP. */
function sendBytes(bytes: string): Promise<Sent> {
  const { hostname, port } = new URL(under.url);
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(Buffer.from(bytes, "latin1")));
    socket.on("data", (chunk) => {
      text += chunk;
    });
    // A server that hangs up while it is still sent to resets the connection: what it said before counts.
    socket.on("error", () => {});
    socket.on("close", () => {
      const [head = "", body = ""] = text.split("\r\n\r\n");
      resolve({
        status: Number(head.split(" ")[1]),
        contentType: /^content-type: (.*)$/im.exec(head)?.[1],
        text: body,
      });
    });
  });
}

test.each([
  ["a method that is none", `FOO ${path} HTTP/1.1\r\nHost: acme.example\r\n\r\n`, 400, "Bad Request"],
  ["a query of raw bytes", `GET ${path}?region=\xe9 HTTP/1.1\r\nHost: acme.example\r\n\r\n`, 400, "Bad Request"],
  ["a header without a colon", `GET ${path} HTTP/1.1\r\nHost: acme.example\r\nbad\r\n\r\n`, 400, "Bad Request"],
  ["no HTTP at all", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "Bad Request"],
  [
    "a query beyond 64 KB",
    `GET ${path}?_id=${"x".repeat(64 * 1024)} HTTP/1.1\r\nHost: acme.example\r\n\r\n`,
    431,
    "Request Header Fields Too Large",
  ],
])("%s is refused in the envelope, too", async (_what, bytes, status, reason) => {
  const answer = await sendBytes(bytes);
  expect(answer).toMatchObject({ status, contentType: 'application/json; charset="utf-8"' });
  expect(JSON.parse(answer.text)).toEqual({
    error: { status_code: status, error_code: `U0${status}`, reason, params: [] },
  });
});

test.each(["name_like", "cloud_resource_id_like"])("%s takes 1,000 characters, and says so of more", async (name) => {
  expect((await send(`${path}?${dates}&${name}=${"x".repeat(1_000)}`, token)).status).toBe(200);
  expect(errorOf(await send(`${path}?${dates}&${name}=${"x".repeat(1_001)}&active=x`, token))).toEqual({
    status_code: 400,
    error_code: "OE0217",
    reason: `Invalid ${name}`,
    params: [name],
  });
});

test("the alias reads the organization from the query, and needs it", async () => {
  const alias = await send(`/restapi/v2/clean_expenses?${dates}&organization_id=${ids.organization}`, token);
  expect(JSON.parse(alias.text)).toEqual(JSON.parse((await send(`${path}?${dates}`, token)).text));
  for (const query of [dates, `${dates}&organization_id=`, `organization_id=%20`]) {
    expect(errorOf(await send(`/restapi/v2/clean_expenses?${query}`, token))).toMatchObject({
      error_code: "OE0216",
      params: ["organization_id"],
    });
  }
  expect(errorOf(await send(`/restapi/v2/clean_expenses?${dates}`))).toMatchObject({ error_code: "OE0237" });
  expect(errorOf(await send(`/restapi/v2/clean_expenses?organization_id=${ids.rival}`, token))).toMatchObject({
    error_code: "OE0234",
  });
});

test("where the organization is in the path, it is unexpected in the query", async () => {
  expect(errorOf(await send(`${path}?${dates}&organization_id=${ids.organization}`, token))).toMatchObject({
    error_code: "OE0212",
    params: ["organization_id"],
  });
});

test("a service learns that there is no such organization after its parameters were judged", async () => {
  const secret = { secret: CLUSTER_SECRET };
  const gone = path.replace(ids.organization, "gone");
  expect(errorOf(await send(`${gone}?${dates}&limit=0`, secret))).toMatchObject({ error_code: "OE0224" });
  expect(errorOf(await send(`${gone}?${dates}&pool_id=x`, secret))).toMatchObject({ error_code: "OE0470" });
  expect(errorOf(await send(`${gone}?${dates}`, secret))).toMatchObject({ error_code: "OE0002" });
});

test("documentation and its document need no token; everything else does", async () => {
  expect((await send("/openapi.json")).status).toBe(200);
  expect((await send("/docs")).status).toBe(200);
  expect((await send(`${path}?${dates}`)).status).toBe(401);
});

test("an empty Authorization or Secret is none", async () => {
  const empty: Record<string, string>[] = [{ authorization: "" }, { authorization: "Bearer " }, { secret: "" }];
  for (const headers of empty) {
    expect(errorOf(await send(path, headers))).toMatchObject({ error_code: "OE0237" });
  }
});

test("clients that go away at any moment leave the gateway as it was", async () => {
  const { hostname, port } = new URL(under.url);
  for (let patience = 0; patience < 40; patience++) {
    await new Promise<void>((resolve) => {
      const format = ["advanced_json", "xlsx", "csv"][patience % 3];
      const target = `${path}?${dates}&format=${format}`;
      const sending = request({ hostname, port, path: target, headers: token }, (answer) => answer.destroy());
      sending.on("error", () => {});
      sending.on("close", () => resolve());
      sending.end();
      setTimeout(() => sending.destroy(), patience);
    });
  }
  expect((await send(`${path}?${dates}`, token)).status).toBe(200);
});
