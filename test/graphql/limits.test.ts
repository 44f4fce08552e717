import { readdir, readFile } from "node:fs/promises";
import { getIntrospectionQuery, parse, print, separateOperations, visit } from "graphql";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ACME, CLUSTER_ONE, NOBODY, RIVAL, TOKEN } from "./support/acme.js";
import { bearer, type GraphQLBody, startTestGateway, type TestGateway } from "./support/gateway.js";

const january = `organizationId: "${ACME}", startDate: "2025-01-01", endDate: "2025-01-31"`;
const expenses = (selection: string, asked = january) => `{ cleanExpenses(${asked}) { ${selection} } }`;
const until = (endDate: string) => `organizationId: "${ACME}", startDate: "2025-01-01", endDate: "${endDate}"`;
const pageOf = (first: string) => expenses(`expenses(first: ${first}) { nodes { cost region } }`);
const withPage = (variable: string) => `query (${variable}) ${pageOf("$n")}`;

const nested = (times: number, [open, close]: readonly [string, string], inner = "") =>
  open.repeat(times) + inner + close.repeat(times);

const codeOf = ({ errors }: GraphQLBody) => errors?.[0]?.extensions.code;

describe("what one request may ask for", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({
      environment: {
        GRAPHQL_MAX_DEPTH: "4",
        GRAPHQL_MAX_COST: "120",
        GRAPHQL_MAX_ALIASES: "2",
        GRAPHQL_MAX_DIRECTIVES: "2",
        GRAPHQL_MAX_TOKENS: "150",
        GRAPHQL_MAX_BATCH: "2",
        GRAPHQL_MAX_BODY_BYTES: "4096",
        GRAPHQL_MAX_PAGE_SIZE: "80",
        MAX_WINDOW_DAYS: "31",
        MAX_LIST_VALUES: "2",
      },
    });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  /** What a request asked the stores and Metroculus beside who is asking. */
  async function work(request: () => Promise<void>): Promise<unknown[]> {
    const clickHouse = vi.spyOn(gateway.stores.clickHouse, "query");
    const before = { queries: gateway.queries.length, calls: gateway.metroculus.costRequests.length };
    await request();
    const found = [
      ...gateway.queries.slice(before.queries).filter((name) => !name.startsWith("ApiToken")),
      ...gateway.metroculus.costRequests.slice(before.calls),
      ...clickHouse.mock.calls,
    ];
    clickHouse.mockRestore();
    return found;
  }

  interface Limit {
    readonly code: string;
    readonly particulars: object;
    /** What is just allowed, and what is just too much. */
    readonly allowed: string;
    readonly refused: string;
    readonly variables?: readonly [allowed: object, refused: object];
  }
  const depth = (last: string) => expenses(`expenses(first: 1) { nodes { ${last} } }`);
  const spread = (count: number) => `${expenses("...A ".repeat(count))} fragment A on CleanExpenses { one: totalCost }`;
  const limits: Record<string, Limit> = {
    depth: {
      code: "QUERY_TOO_DEEP",
      particulars: { asked: 5, limit: 4 },
      allowed: depth("cost"),
      refused: depth("cloudAccount { name }"),
    },
    "depth in fragments": {
      code: "QUERY_TOO_DEEP",
      particulars: { asked: 5, limit: 4 },
      allowed: `${depth("...A")} fragment A on Expense { cost }`,
      refused: `${depth("... on Expense { ...A }")} fragment A on Expense { cloudAccount { name } }`,
    },
    "depth of introspection": {
      code: "QUERY_TOO_DEEP",
      particulars: { asked: 5, limit: 4 },
      allowed: "{ __schema { types { ofType { name } } } }",
      refused: "{ __schema { types { ofType { ofType { name } } } } }",
    },
    // 3 + 2 a row
    "cost by first": {
      code: "QUERY_TOO_COSTLY",
      particulars: { asked: 121, limit: 120 },
      allowed: pageOf("58"),
      refused: pageOf("59"),
    },
    "cost by a variable first": {
      code: "QUERY_TOO_COSTLY",
      particulars: { asked: 121, limit: 120 },
      allowed: withPage("$n: Int"),
      refused: withPage("$n: Int"),
      variables: [{ n: 58 }, { n: 59 }],
    },
    "cost by a variable's default": {
      code: "QUERY_TOO_COSTLY",
      particulars: { asked: 121, limit: 120 },
      allowed: withPage("$n: Int = 58"),
      refused: withPage("$n: Int = 59"),
    },
    "cost by the usual page, where a variable is left out": {
      code: "QUERY_TOO_COSTLY",
      particulars: { asked: 163, limit: 120 },
      allowed: withPage("$n: Int"),
      refused: withPage("$n: Int"),
      variables: [{ n: 1 }, {}],
    },
    "cost of lists in lists": {
      code: "QUERY_TOO_COSTLY",
      particulars: { asked: 212, limit: 120 },
      allowed: "{ viewer { organizations { cloudAccounts { id } } } }",
      refused: "{ viewer { organizations { cloudAccounts { id name } } } }",
    },
    aliases: {
      code: "TOO_MANY_ALIASES",
      particulars: { asked: 3, limit: 2 },
      allowed: expenses("a: totalCost b: totalCost"),
      refused: expenses("a: totalCost b: totalCost c: totalCost"),
    },
    "aliases of a fragment that is spread again": {
      code: "TOO_MANY_ALIASES",
      particulars: { asked: 3, limit: 2 },
      allowed: spread(2),
      refused: spread(3),
    },
    directives: {
      code: "TOO_MANY_DIRECTIVES",
      particulars: { asked: 3, limit: 2 },
      allowed: expenses("totalCost @include(if: true) ... @skip(if: false) { currency }"),
      refused: expenses("totalCost @include(if: true) ... @skip(if: false) { currency @skip(if: false) }"),
    },
    tokens: {
      code: "TOO_MANY_TOKENS",
      particulars: { limit: 150 },
      allowed: expenses(`currency ${"... { ".repeat(44)} totalCost ${"} ".repeat(44)}`),
      refused: expenses(`currency currency ${"... { ".repeat(44)} totalCost ${"} ".repeat(44)}`),
    },
    "page size": {
      code: "BAD_USER_INPUT",
      particulars: { argument: "first", limit: 80 },
      allowed: expenses("expenses(first: 80) { totalCount }"),
      refused: expenses("expenses(first: 81) { totalCount }"),
    },
    "page size in a variable": {
      code: "BAD_USER_INPUT",
      particulars: { argument: "first", limit: 80 },
      allowed: `query ($n: Int) ${expenses("expenses(first: $n) { totalCount }")}`,
      refused: `query ($n: Int) ${expenses("expenses(first: $n) { totalCount }")}`,
      variables: [{ n: 80 }, { n: 81 }],
    },
    "window length": {
      code: "BAD_USER_INPUT",
      particulars: { argument: "endDate", reason: "window_too_long", limit: 31 },
      allowed: expenses("totalCost", until("2025-01-31T23:59:59Z")),
      refused: expenses("totalCost", until("2025-02-01")),
    },
    "window length in variables": {
      code: "BAD_USER_INPUT",
      particulars: { argument: "endDate", reason: "window_too_long", limit: 31 },
      allowed: `query ($id: ID!, $end: Timestamp!) { cleanExpenses(organizationId: $id, startDate: 0, endDate: $end) { totalCost } }`,
      refused: `query ($id: ID!, $end: Timestamp!) { cleanExpenses(organizationId: $id, startDate: 0, endDate: $end) { totalCost } }`,
      variables: [
        { id: ACME, end: 31 * 86_400 - 1 },
        { id: ACME, end: 31 * 86_400 },
      ],
    },
    "window length of one cluster": {
      code: "BAD_USER_INPUT",
      particulars: { argument: "endDate", reason: "window_too_long", limit: 31 },
      allowed: `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: "2025-01-01", endDate: "2025-01-31") { cost } } }`,
      refused: `{ cloudAccount(id: "${CLUSTER_ONE}") { k8sCosts(startDate: "2025-01-01", endDate: "2025-03-31") { cost } } }`,
    },
    "values of a filter": {
      code: "BAD_USER_INPUT",
      particulars: { argument: "filter.regions", reason: "list_too_long", limit: 2 },
      allowed: expenses("totalCost", `${january}, filter: { regions: ["a", "b"] }`),
      refused: expenses("totalCost", `${january}, filter: { regions: ["a", "b", "c"] }`),
    },
    "values of a filter in a variable": {
      code: "BAD_USER_INPUT",
      particulars: { argument: "filter.tags", reason: "list_too_long", limit: 2 },
      allowed: `query ($f: ExpenseFilter) ${expenses("totalCost", `${january}, filter: $f`)}`,
      refused: `query ($f: ExpenseFilter) ${expenses("totalCost", `${january}, filter: $f`)}`,
      variables: [{ f: { tags: ["a", "b"] } }, { f: { tags: ["a", "b", "c"] } }],
    },
  };

  // The first time an operation goes through Apollo, later it takes the short path.
  test.each(Object.entries(limits))("%s", async (_what, { code, particulars, allowed, refused, variables = [] }) => {
    for (let round = 0; round < 3; round++) {
      const answer = await gateway.ask(allowed, variables[0]);
      expect(answer.errors, JSON.stringify(answer.errors)).toBeUndefined();
      const done = await work(async () => {
        const { data, errors } = await gateway.ask(refused, variables[1]);
        expect(data).toBeUndefined();
        expect(errors).toHaveLength(1);
        expect(errors?.[0]?.extensions).toEqual({ code, ...particulars });
        expect(errors?.[0]?.message).toMatch(/^(The|A|first) .*: (ask|send) /);
      });
      expect(done).toEqual([]);
    }
  });

  test("fragments that double each other take no longer than the document is long", async () => {
    const fragments = Array.from({ length: 12 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    const body = await gateway.ask(`{ ...F0 } ${fragments.join(" ")} fragment F12 on Query { viewer { kind } }`);
    expect(body.errors?.[0]?.extensions).toEqual({ code: "QUERY_TOO_COSTLY", asked: 8192, limit: 120 });
  });

  test("the status is that of the request's form for application/json, and of the refusal for the newer media type", async () => {
    for (const [what, { refused, variables = [] }] of Object.entries(limits)) {
      const plain = await gateway.post(refused, variables[1]);
      const newer = await gateway.post(refused, variables[1], {
        ...bearer(TOKEN),
        accept: "application/graphql-response+json",
      });
      expect([what, plain.status, newer.status]).toEqual([what, 200, 400]);
    }
  });

  test("one field that asks for too much keeps the others from being answered", async () => {
    const done = await work(async () => {
      const { errors } = await gateway.ask(`{ viewer { organizations { id } } ${pageOf("81").slice(1)}`);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["QUERY_TOO_COSTLY"]);
      const page = `{ viewer { organizations { id } } cleanExpenses(${january}) { expenses(first: 81) { totalCount } } }`;
      expect(codeOf(await gateway.ask(page))).toBe("BAD_USER_INPUT");
    });
    expect(done).toEqual([]);
  });

  test.each(["page size", "window length", "values of a filter"])(
    "%s is refused to nobody who is not known",
    async (what) => {
      const { refused = "" } = limits[what] ?? {};
      for (const headers of [{}, bearer("tok-unknown")]) {
        const response = await gateway.post(refused, {}, headers);
        expect(response.status).toBe(401);
        expect(codeOf((await response.json()) as GraphQLBody)).toBe("UNAUTHENTICATED");
      }
    },
  );

  test.each(["page size", "window length", "values of a filter"])(
    "%s is refused alike for organizations of others and none",
    async (what) => {
      const { refused = "" } = limits[what] ?? {};
      const own = await gateway.ask(refused);
      expect(await gateway.ask(refused.replace(ACME, RIVAL))).toEqual(own);
      expect(await gateway.ask(refused.replace(ACME, NOBODY))).toEqual(own);
    },
  );

  test("the size of a body", async () => {
    const query = expenses("totalCost");
    expect((await gateway.post(query, { unused: "x".repeat(3_000) })).status).toBe(200);
    const done = await work(async () => {
      const refused = await gateway.post(query, { unused: "x".repeat(4_096) });
      expect(refused.status).toBe(413);
      expect(await refused.json()).toEqual({
        errors: [
          {
            message: "The body of a request takes 4096 bytes here: ask for less at once.",
            extensions: { code: "BODY_TOO_LARGE", limit: 4096 },
          },
        ],
      });
    });
    expect(done).toEqual([]);
  });

  test("the size of a batch", async () => {
    const [one, other] = [{ query: "{ viewer { kind } }" }, { query: expenses("a: currency b: currency c: currency") }];
    const allowed = await postBatch(gateway, [one, other]);
    expect(await allowed.json()).toEqual([
      { data: { viewer: { kind: "USER" } } },
      { errors: [expect.objectContaining({ extensions: { code: "TOO_MANY_ALIASES", asked: 3, limit: 2 } })] },
    ]);
    const done = await work(async () => {
      const refused = await postBatch(gateway, [one, one, one]);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toEqual({
        errors: [
          {
            message: "A request takes 2 operations here, and this one has 3: send them one after the other.",
            extensions: { code: "BATCH_TOO_LARGE", asked: 3, limit: 2 },
          },
        ],
      });
    });
    expect(done).toEqual([]);
  });
});

describe("a batch", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ environment: { GRAPHQL_MAX_COST: "120", GRAPHQL_MAX_BATCH: "10" } });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  const answers = async (operations: object[]) =>
    ((await (await postBatch(gateway, operations)).json()) as GraphQLBody[]).map((body) => codeOf(body) ?? "answered");
  // 3 + 2 a row
  const ofForty = { query: pageOf("18") };
  const byVariable = (n: number) => ({ query: withPage("$n: Int"), variables: { n } });

  test("may cost as much as one operation, however it is divided", async () => {
    const three = [ofForty, byVariable(18), { query: pageOf("18") }];
    // Asked again and again, they are compiled.
    for (let round = 0; round < 4; round++) {
      expect(await answers(three)).toEqual(["answered", "answered", "answered"]);
      expect(await answers([...three, { query: "{ viewer { kind } }" }])).toEqual(Array(4).fill("answered"));
      const codes = await answers([...three, byVariable(18)]);
      expect(codes.filter((code) => code === "answered")).toHaveLength(3);
      expect(codes.filter((code) => code === "QUERY_TOO_COSTLY")).toHaveLength(1);
    }
    const [, refused] = (await (await postBatch(gateway, [byVariable(58), ofForty])).json()) as GraphQLBody[];
    expect(refused?.errors).toMatchObject([
      {
        message:
          "With this one the operations of the request have 158 fields to answer, those of a list as often as it may have rows, and 120 are allowed: ask for less at once.",
        extensions: { code: "QUERY_TOO_COSTLY", asked: 158, limit: 120 },
      },
    ]);
  });

  test("that is refused costs the next request nothing", async () => {
    expect(await answers([byVariable(58), byVariable(58)])).toContain("QUERY_TOO_COSTLY");
    expect(await answers([byVariable(58)])).toEqual(["answered"]);
    expect((await gateway.ask(pageOf("58"))).errors).toBeUndefined();
  });
});

describe("with the limits that nobody has set", () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test("a request is one operation", async () => {
    const query = "{ viewer { kind } }";
    expect(await (await postBatch(gateway, [{ query }])).json()).toEqual([{ data: { viewer: { kind: "USER" } } }]);
    const refused = (await (await postBatch(gateway, [{ query }, { query }])).json()) as GraphQLBody;
    expect(refused.errors?.[0]?.message).toMatch(/^A request takes one operation here/);
  });

  test.each([
    ["fields", `{ ${nested(1_660, ["viewer { ", "}"], "kind")} }`, "GRAPHQL_VALIDATION_FAILED"],
    ["accounts", `{ ${nested(600, ["organization { cloudAccounts { ", "} }"], "id")} }`, "GRAPHQL_VALIDATION_FAILED"],
    ["types", `{ __schema { types { ${nested(1_660, ["ofType { ", "}"], "name")} } } }`, "QUERY_TOO_DEEP"],
    ["inline fragments", `{ ${nested(1_660, ["... { ", "}"], "viewer { kind }")} }`, "answered"],
    [
      "fragments",
      `{ ...F0 } ${Array.from({ length: 600 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} }`).join(" ")} fragment F600 on Query { viewer { kind } }`,
      "answered",
    ],
    [
      "lists",
      expenses("totalCost", `${january}, filter: { tags: ${nested(2_400, ["[", "]"], '"a"')} }`),
      // Whether it can be read depends on how large the stack is.
      "QUERY_TOO_DEEP or GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "objects",
      expenses("totalCost", `${january}, filter: ${nested(1_200, ["{ a: ", "}"], "1")}`),
      "GRAPHQL_VALIDATION_FAILED",
    ],
    [
      "types of a variable",
      `query ($a: ${nested(2_400, ["[", "]"], "ID")}) { viewer { kind } }`,
      "GRAPHQL_VALIDATION_FAILED",
    ],
  ])("%s that lie in each other as often as a document has room for break nothing", async (_what, query, outcome) => {
    for (let round = 0; round < 2; round++) {
      const body = await gateway.ask(query);
      expect(outcome.split(" or "), JSON.stringify(body).slice(0, 300)).toContain(codeOf(body) ?? "answered");
    }
  });

  test("all that GraphiQL asks of the schema is answered", async () => {
    const query = getIntrospectionQuery({
      descriptions: true,
      schemaDescription: true,
      specifiedByUrl: true,
      directiveIsRepeatable: true,
      inputValueDeprecation: true,
      oneOf: true,
    });
    for (let round = 0; round < 3; round++) expect((await gateway.ask(query)).errors).toBeUndefined();
  });

  test("every operation of the pages and the README is answered, with the largest page", async () => {
    const operations = await publishedOperations();
    expect(operations.length).toBeGreaterThan(15);
    for (const text of operations) {
      const { errors } = await gateway.ask(text, {
        organizationId: ACME,
        cloudAccountId: CLUSTER_ONE,
        startDate: "2025-01-01",
        endDate: "2025-01-31",
        filter: {},
        first: 1000,
        by: "REGION",
      });
      expect(errors?.filter(({ extensions }) => extensions.code !== "NOT_FOUND") ?? [], text).toEqual([]);
    }
  });
});

test("with all that can be configured at its largest, nothing that lies in each other breaks anything", async () => {
  await using gateway = await startTestGateway({
    environment: {
      GRAPHQL_MAX_TOKENS: "10000",
      GRAPHQL_MAX_DEPTH: "1000",
      GRAPHQL_MAX_ALIASES: "10000",
      GRAPHQL_MAX_DIRECTIVES: "10000",
      GRAPHQL_MAX_COST: "1000000000",
    },
  });
  const inARow = (count: number, inner: (next: string) => string) =>
    `{ ...F0 } ${Array.from({ length: count }, (_, n) => `fragment F${n} on Query { ${inner(`...F${n + 1}`)} }`).join(" ")} fragment F${count} on Query { viewer { kind } }`;
  const documents = [
    `{ ${nested(3_320, ["viewer { ", "}"], "kind")} }`,
    `{ ${nested(1_660, ["organization { cloudAccounts { ", "} }"], "id")} }`,
    `{ __schema { types { ${nested(3_320, ["ofType { ", "}"], "name")} } } }`,
    `{ ${nested(3_320, ["... { ", "}"], "viewer { kind }")} }`,
    `{ ${nested(1_990, ["... on Query { ", "}"], "viewer { kind }")} }`,
    inARow(1_240, (next) => next),
    inARow(710, (next) => `... { ... { ${next} } }`),
    expenses("totalCost", `${january}, filter: { tags: ${nested(4_950, ["[", "]"], '"a"')} }`),
    expenses("totalCost", `${january}, filter: ${nested(2_450, ["{ a: ", "}"], "1")}`),
    `query ($a: ${nested(4_980, ["[", "]"], "ID")}) { viewer { kind } }`,
  ];
  for (const document of documents) {
    for (let round = 0; round < 2; round++) {
      const body = await gateway.ask(document);
      const outcome = codeOf(body) ?? "answered";
      expect(["answered", "QUERY_TOO_DEEP", "GRAPHQL_VALIDATION_FAILED"], document.slice(0, 80)).toContain(outcome);
    }
  }
  expect((await gateway.ask("{ viewer { kind } }")).errors).toBeUndefined();
});

test("a page whose size is left out has no more rows than a page may have", async () => {
  await using gateway = await startTestGateway({ environment: { GRAPHQL_MAX_PAGE_SIZE: "2" } });
  const { data, errors } = await gateway.ask(expenses("expenses { nodes { id } pageInfo { hasNextPage } }"));
  expect(errors).toBeUndefined();
  const nodes = [{ id: expect.any(String) }, { id: expect.any(String) }];
  expect(data).toEqual({ cleanExpenses: { expenses: { nodes, pageInfo: { hasNextPage: true } } } });
});

function postBatch({ url }: TestGateway, operations: object[]): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...bearer(TOKEN) },
    body: JSON.stringify(operations),
  });
}

/** Every operation of the pages' sources and the README, with the page that it asks for at its largest. */
async function publishedOperations(): Promise<string[]> {
  const root = new URL("../../src/web/app/", import.meta.url);
  const files = (await readdir(root, { recursive: true })).filter((name) => name.endsWith(".graphql"));
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const texts = [
    ...(await Promise.all(files.map((name) => readFile(new URL(name, root), "utf8")))),
    ...[...readme.matchAll(/^```graphql\n([\s\S]*?)^```/gm)].map(([, text = ""]) => text),
  ];
  return texts.flatMap((text) => {
    const largest = visit(parse(text), {
      Argument: (node) =>
        node.name.value === "first" && node.value.kind === "IntValue"
          ? { ...node, value: { kind: "IntValue", value: "1000" } }
          : undefined,
    });
    return Object.values(separateOperations(largest)).map(print);
  });
}
