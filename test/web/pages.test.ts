import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Fastify, { type FastifyInstance } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { registerPages } from "../../src/web/pages.js";

let parent: string;
let directory: string;
let app: FastifyInstance;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "gateway-pages-"));
  directory = join(parent, "public");
  await mkdir(join(directory, "assets"), { recursive: true });
  await writeFile(join(parent, "secret.txt"), "not for everybody");
  await writeFile(join(directory, "index.html"), "<title>dashboard</title>");
  await writeFile(join(directory, "graphiql.html"), "<title>graphiql</title>");
  await writeFile(join(directory, "assets/app-1a2b.js"), "console.log(1)");
  await writeFile(join(directory, "assets/app-1a2b.js.gz"), gzipSync("console.log(1)"));
  app = Fastify();
  await registerPages(app, { directory });
});

afterEach(async () => {
  await app.close();
  await rm(parent, { recursive: true, force: true });
});

test("the dashboard is at / and GraphiQL at /graphiql, and both are asked for again each time", async () => {
  for (const [path, title] of [
    ["/", "dashboard"],
    ["/graphiql", "graphiql"],
  ] as const) {
    const response = await app.inject(path);
    expect(response.statusCode).toBe(200);
    expect(response.headers["content-type"]).toContain("text/html");
    expect(response.headers["cache-control"]).toBe("no-cache");
    expect(response.body).toContain(title);
    const again = await app.inject({ url: path, headers: { "if-none-match": String(response.headers.etag) } });
    expect(again.statusCode).toBe(304);
  }
});

test("a page may load and ask nothing but this host, run no inline script, and not be framed", async () => {
  const { headers } = await app.inject("/");
  const policy = new Map(
    String(headers["content-security-policy"])
      .split("; ")
      .map((part) => [part.split(" ")[0], part.split(" ").slice(1)] as const),
  );
  expect(policy.get("default-src")).toEqual(["'none'"]);
  expect(policy.get("script-src")).toEqual(["'self'"]);
  expect(policy.get("connect-src")).toEqual(["'self'"]);
  expect(policy.get("frame-ancestors")).toEqual(["'none'"]);
  expect([...policy.values()].flat().filter((source) => /^https?:|\*/.test(source))).toEqual([]);
});

test("files with a hash in their name are kept for a year, and sent compressed where the client takes that", async () => {
  const plain = await app.inject("/assets/app-1a2b.js");
  expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(plain.headers["content-encoding"]).toBeUndefined();
  const compressed = await app.inject({ url: "/assets/app-1a2b.js", headers: { "accept-encoding": "gzip" } });
  expect(compressed.headers["content-encoding"]).toBe("gzip");
  expect(compressed.headers["content-type"]).toContain("javascript");
});

test("a file that does not exist is not found, and nobody keeps that answer", async () => {
  const response = await app.inject("/assets/gone-0000.js");
  expect(response.statusCode).toBe(404);
  expect(response.headers["cache-control"]).toBeUndefined();
});

test("nothing beside the built pages can be read", async () => {
  for (const path of [
    "/assets/../../secret.txt",
    "/assets/..%2f..%2fsecret.txt",
    "/assets/%2e%2e/%2e%2e/secret.txt",
    "/assets/..%5c..%5csecret.txt",
    "/assets/%zz",
  ]) {
    const response = await app.inject(path);
    expect(response.statusCode, path).toBeGreaterThanOrEqual(400);
    expect(response.body).not.toContain("not for everybody");
  }
});

test("without built pages the answer says how to build them, and a build shows without a restart", async () => {
  await rm(join(directory, "index.html"));
  const missing = await app.inject("/");
  expect(missing.statusCode).toBe(503);
  expect(missing.body).toContain("npm run build");
  expect(missing.headers["cache-control"]).toBe("no-store");
  await writeFile(join(directory, "index.html"), "<title>built</title>");
  expect((await app.inject("/")).body).toContain("built");
});

test("a gateway starts where the pages were never built", async () => {
  await using other = Fastify();
  await registerPages(other, { directory: join(parent, "nothing-here") });
  expect((await other.inject("/graphiql")).statusCode).toBe(503);
});

test("what pages there are is told without an error, also where GraphiQL is switched off", async () => {
  await using without = Fastify();
  await registerPages(without, { directory, graphiql: false });
  for (const [gateway, graphiql] of [
    [app, true],
    [without, false],
  ] as const) {
    const response = await gateway.inject("/pages.json");
    expect(response.statusCode).toBe(200);
    expect(response.headers["cache-control"]).toBe("no-cache");
    expect(response.json()).toEqual({ graphiql });
    expect((await gateway.inject("/graphiql")).statusCode).toBe(graphiql ? 200 : 404);
  }
});
