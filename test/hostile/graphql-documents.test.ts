import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { buildSchema } from "graphql";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ACME, JANUARY_1, JANUARY_31, TOKEN } from "../graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "../graphql/support/gateway.js";
import { asked } from "../graphql/support/random-queries.js";
import { cases, expectNothingRevealed, mutated, Tally, timeout } from "./judge.js";

/** Whatever document or variables: an answer, or errors that are the caller's and say so. */
const tally = new Tally("GraphQL documents and variables");
const schema = buildSchema(await readFile(new URL("../../schema.graphql", import.meta.url), "utf8"));
const agent = new Agent({ connections: 8 });
let gateway: TestGateway;
beforeAll(async () => {
  // What is asked for the second time is compiled, so both ways to an answer are walked on.
  gateway = await startTestGateway({
    // A slow machine is no fault of a document's.
    environment: { GRAPHQL_COMPILE_AFTER: "1", MAX_EVENT_LOOP_DELAY_MS: "600000" },
  });
});
afterAll(async () => {
  tally.tell();
  await agent.close();
  await gateway[Symbol.asyncDispose]();
});

/** What the rival alone has: its bill, its cluster's cost, its names. */
const rivals = ["7777", "8888", "Acme Rival", "rival aws", "rival cluster", "Rival Ann"];

interface Body {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

async function judge(body: string, contentType = "application/json", target = "/graphql"): Promise<void> {
  const isPost = target === "/graphql";
  const answer = await request(gateway.url + target, {
    method: isPost ? "POST" : "GET",
    dispatcher: agent,
    headers: { ...bearer(TOKEN), ...(isPost ? { "content-type": contentType } : { "apollo-require-preflight": "1" }) },
    ...(isPost && { body }),
  });
  const text = await answer.body.text();
  expect(answer.statusCode, `${body}\n${text}`).toBeLessThan(500);
  expectNothingRevealed(text, body + decodeURIComponent(isPost ? "" : target));
  for (const foreign of rivals) if (!body.includes(foreign)) expect(text).not.toContain(foreign);
  const { data, errors } = JSON.parse(text) as Body;
  for (const { extensions } of errors ?? []) {
    expect(extensions?.code, `${body}\n${text}`).toMatch(/^[A-Z_]+$/);
    // Nothing behind the gateway is at fault here.
    expect(["INTERNAL", "INTERNAL_SERVER_ERROR", "STORE_UNAVAILABLE"], `${body}\n${text}`).not.toContain(
      extensions?.code,
    );
  }
  tally.count(errors === undefined ? "data" : data ? "data and errors" : `errors, ${answer.statusCode}`);
}

const inStepsOf8 = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 8, maxLength: 8 });

test(
  "whatever is asked under the schema, with whatever arguments",
  async () => {
    await fc.assert(
      fc.asyncProperty(inStepsOf8(asked(schema)), async (all) => {
        await Promise.all(all.map((one) => judge(JSON.stringify(one))));
      }),
      cases(50),
    );
    expect(tally.of("data")).toBeGreaterThan(0);
  },
  timeout,
);

const broken = asked(schema).chain(({ query, variables }) =>
  mutated(Buffer.from(query)).map((bytes) => ({ query: bytes.toString(), variables })),
);

test(
  "whatever becomes of a document's bytes",
  async () => {
    await fc.assert(
      fc.asyncProperty(inStepsOf8(broken), async (all) => {
        await Promise.all(all.map((one) => judge(JSON.stringify(one))));
      }),
      cases(150),
    );
  },
  timeout,
);

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom(
    "' OR 1=1 --",
    "{x:String}",
    "\\",
    "%",
    "\u0000",
    "\ud800",
    "*".repeat(300),
    "(?:",
    "x".repeat(3_000),
  ),
);
const leaf = fc.oneof(
  text,
  fc.constantFrom<unknown>(null, true, 0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308, [], {}, [[]], [null], { id: [] }),
  fc.jsonValue({ maxDepth: 2 }),
);
/** Each variable mostly of its kind, sometimes anything. */
const variables = fc.record(
  {
    organization: fc.oneof({ weight: 5, arbitrary: fc.constant<unknown>(ACME) }, { weight: 1, arbitrary: leaf }),
    start: fc.oneof({ weight: 5, arbitrary: fc.constant<unknown>(JANUARY_1) }, { weight: 1, arbitrary: leaf }),
    end: fc.oneof({ weight: 5, arbitrary: fc.constant<unknown>(JANUARY_31) }, { weight: 1, arbitrary: leaf }),
    first: fc.oneof({ weight: 3, arbitrary: fc.nat(1_000) }, { weight: 1, arbitrary: leaf }),
    after: fc.oneof(
      fc.constant<unknown>(null),
      leaf,
      fc.jsonValue({ maxDepth: 2 }).map((value) => Buffer.from(JSON.stringify(value)).toString("base64url")),
    ),
    filter: fc.oneof(
      { weight: 1, arbitrary: leaf },
      {
        weight: 5,
        arbitrary: fc.dictionary(
          fc.constantFrom(
            ...Object.keys((schema.getType("ExpenseFilter") as unknown as { getFields(): object }).getFields()),
          ),
          fc.oneof(leaf, fc.array(text, { maxLength: 3 }), text, fc.boolean(), fc.constant([{ id: "x", name: "y" }])),
          { maxKeys: 2 },
        ),
      },
    ),
    order: fc.oneof(
      fc.record({ field: fc.constantFrom("COST", "NAME", "REGION"), direction: fc.constantFrom("ASC", "DESC") }),
      leaf,
    ),
    by: fc.oneof(fc.constantFrom("POOL", "REGION", "K8S_NODE"), leaf),
  },
  { requiredKeys: ["organization", "start", "end"] },
);
const operation = `query All($organization: ID!, $start: Timestamp!, $end: Timestamp!, $filter: ExpenseFilter, $first: Int,
  $after: String, $order: ExpenseOrder, $by: BreakdownDimension = REGION) {
  cleanExpenses(organizationId: $organization, startDate: $start, endDate: $end, filter: $filter) {
    totalCost totalCount totalSaving
    expenses(first: $first, after: $after, orderBy: $order) { nodes { id cost cloudAccount { name } } pageInfo { endCursor } }
    breakdown(by: $by) { total groups { key label } } availableFilters { tags regions }
    k8sCosts { totalCost excludedBecause clusters { status } }
  }
}`;

test(
  "whatever the variables hold",
  async () => {
    await fc.assert(
      fc.asyncProperty(inStepsOf8(variables), async (all) => {
        await Promise.all(all.map((one) => judge(JSON.stringify({ query: operation, variables: one }))));
      }),
      cases(50),
    );
  },
  timeout,
);

test("null for a variable whose default would do is the caller's mistake, interpreted and compiled", async () => {
  for (let round = 0; round < 4; round++) {
    const body = await gateway.ask(operation, { organization: ACME, start: JANUARY_1, end: JANUARY_31, by: null });
    expect(body).toMatchObject({
      errors: [
        {
          message: 'Argument "by" of non-null type "BreakdownDimension!" must not be null.',
          extensions: { code: "BAD_USER_INPUT", argument: "by" },
        },
      ],
    });
  }
});

const envelope = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc
    .record(
      { query: leaf, variables: leaf, operationName: leaf, extensions: leaf, id: leaf },
      { requiredKeys: ["query"] },
    )
    .map((value) => JSON.stringify(value)),
  mutated(Buffer.from(JSON.stringify({ query: operation, variables: { organization: ACME } }))).map(String),
  fc.constantFrom("", "{", "[]", "[{}]", '{"query":"{__typename}","__proto__":{"x":1}}', "[".repeat(20_000)),
);

test(
  "whatever surrounds the document, by POST and by GET",
  async () => {
    const types = ["application/json", "application/json; charset=utf-7", "text/plain", "application/graphql", "x"];
    await fc.assert(
      fc.asyncProperty(inStepsOf8(fc.tuple(envelope, fc.constantFrom(...types), fc.boolean())), async (all) => {
        await Promise.all(
          all.map(([body, type, byGet]) =>
            byGet
              ? judge("", type, `/graphql?query=${encodeURIComponent(Buffer.from(body.slice(0, 2_000)).toString())}`)
              : judge(body, type),
          ),
        );
      }),
      cases(80),
    );
  },
  timeout,
);
