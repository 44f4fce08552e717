import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AllowedDocuments } from "../../src/graphql/allowed-documents.js";
import { TOKEN } from "./support/acme.js";
import { bearer, type GraphQLBody, startTestGateway, type TestGateway } from "./support/gateway.js";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const listed = "query Listed { viewer { kind } }";
const byHash = "query ByHash { viewer { organizations { name } } }";
const other = "query Other { viewer { organizations { id } } }";

const code = ({ errors }: GraphQLBody) => errors?.[0]?.extensions.code;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-documents-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function fileOf(content: unknown): Promise<string> {
  const file = join(directory, `${sha256(JSON.stringify(content)).slice(0, 8)}.json`);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

/** Sends a body as it is; a document's hash is what clients of automatic persisted queries send first. */
async function send(gateway: TestGateway, body: object): Promise<{ status: number; body: GraphQLBody }> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(TOKEN) },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as GraphQLBody };
}
const persisted = (text: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: sha256(text) } } });

describe("where documents are listed", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    const file = await fileOf([listed, sha256(byHash).toUpperCase()]);
    gateway = await startTestGateway({ environment: { GRAPHQL_DOCUMENTS: file, GRAPHQL_MAX_BATCH: "2" } });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test("those are executed, time and again, and any other is refused before anything is asked", async () => {
    // Later rounds go the short path.
    for (let round = 0; round < 4; round++) {
      expect((await gateway.ask(listed)).errors).toBeUndefined();
      expect((await gateway.ask(byHash)).errors).toBeUndefined();
      gateway.queries.length = 0;
      for (const text of [other, `${listed} `, "{ __typename }", "not even GraphQL"]) {
        const { status, body } = await send(gateway, { query: text });
        expect(status).toBe(403);
        expect(body).toEqual({
          errors: [
            {
              message: "Only documents that the operator has listed are answered here.",
              extensions: { code: "DOCUMENT_NOT_ALLOWED" },
            },
          ],
        });
      }
      expect(gateway.queries).toEqual([]);
    }
  });

  test("neither a GET nor a batch gets another through", async () => {
    const get = (text: string) =>
      fetch(`${gateway.url}/graphql?query=${encodeURIComponent(text)}`, {
        headers: { "apollo-require-preflight": "1", ...bearer(TOKEN) },
      });
    expect((await get(listed)).status).toBe(200);
    expect((await get(other)).status).toBe(403);
    expect((await send(gateway, [{ query: listed }, { query: other }])).status).toBe(403);
    expect((await send(gateway, [{ query: listed }, { query: byHash }])).status).toBe(200);
  });

  test("a listed document may be asked for by its hash alone; one that is listed by its hash, once it was sent", async () => {
    expect((await send(gateway, persisted(listed))).body.data).toEqual({ viewer: { kind: "USER" } });

    expect(code((await send(gateway, persisted(byHash))).body)).toBe("PERSISTED_QUERY_NOT_FOUND");
    expect((await send(gateway, { query: byHash, ...persisted(byHash) })).body.errors).toBeUndefined();
    expect((await send(gateway, persisted(byHash))).body.errors).toBeUndefined();

    expect(code((await send(gateway, persisted(other))).body)).toBe("PERSISTED_QUERY_NOT_FOUND");
    expect(code((await send(gateway, { query: other, ...persisted(other) })).body)).toBe("DOCUMENT_NOT_ALLOWED");
    expect(code((await send(gateway, persisted(other))).body)).toBe("PERSISTED_QUERY_NOT_FOUND");
    // Under another's hash neither.
    expect(code((await send(gateway, { query: other, ...persisted(listed) })).body)).toBe("DOCUMENT_NOT_ALLOWED");
  });
});

test("what the dashboard asks is listed as it was built, and executed", async () => {
  const built = new URL("../../dist/web/public/", import.meta.url);
  const documents = JSON.parse(await readFile(new URL("documents.json", built), "utf8")) as string[];
  const names = (await readdir(new URL("assets", built))).filter((name) => name.endsWith(".js"));
  const scripts = await Promise.all(names.map((name) => readFile(new URL(`assets/${name}`, built), "utf8")));
  const sent = scripts.join("\n").replaceAll("\\n", "\n");
  expect(documents.length).toBeGreaterThan(5);
  await using gateway = await startTestGateway({ environment: { GRAPHQL_DOCUMENTS: await fileOf([]) } });
  for (const document of documents) {
    expect(sent).toContain(document);
    expect(code(await gateway.ask(document))).not.toBe("DOCUMENT_NOT_ALLOWED");
  }
  expect((await fetch(`${gateway.url}/documents.json`)).status).toBe(404);
});

test("where none are listed clients may register theirs by hash", async () => {
  await using gateway = await startTestGateway();
  expect(code((await send(gateway, persisted(other))).body)).toBe("PERSISTED_QUERY_NOT_FOUND");
  expect((await send(gateway, { query: other, ...persisted(other) })).body.errors).toBeUndefined();
  expect((await send(gateway, persisted(other))).body.errors).toBeUndefined();
});

test("a document that comes with the hash of another is refused as the caller's mistake", async () => {
  await using gateway = await startTestGateway();
  const { body } = await send(gateway, { query: listed, ...persisted(other) });
  expect(code(body)).toBe("BAD_REQUEST");
  expect(body.errors?.[0]?.message).toContain("sha");
  expect(code((await send(gateway, persisted(other))).body)).toBe("PERSISTED_QUERY_NOT_FOUND");
});

test("the list may be an object of documents by their hashes, as code generators write it", async () => {
  await using gateway = await startTestGateway({
    environment: { GRAPHQL_DOCUMENTS: await fileOf({ [sha256(listed)]: listed }) },
  });
  expect((await gateway.ask(listed)).errors).toBeUndefined();
  expect(code(await gateway.ask(other))).toBe("DOCUMENT_NOT_ALLOWED");
});

test.each([
  ["no JSON", "query { viewer { kind } }"],
  ["something else", 42],
])("a file that has %s in it stops the start with a sentence", async (_what, content) => {
  const file = await fileOf(content);
  expect(() => AllowedDocuments.read(file)).toThrow(/^GRAPHQL_DOCUMENTS is not usable: [^\n]+\.$/);
});

test("a file that is not there stops the start, too", () => {
  expect(() => AllowedDocuments.read(join(directory, "nowhere.json"))).toThrow(/^GRAPHQL_DOCUMENTS is not usable: /);
});
