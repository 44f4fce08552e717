import { readFile } from "node:fs/promises";
import { buildSchema } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { type FieldQuery, filtersOf, queriesOfAllFields, queriesOfAllTypes } from "./schema-walk.js";
import { bothOrganizations, from, idsOf, markersOf, to, tokens, writeSamples } from "./two-organizations.js";

/**
 * Who may see what: each GraphQL field and each REST path, for each principal. The fields come from the schema and the
 * paths from the OpenAPI document, so a new one is in here before anybody thinks of it.
 */
const schema = buildSchema(await readFile(new URL("../../schema.graphql", import.meta.url), "utf8"));
const acme = idsOf("acme");
const rival = idsOf("rival");

/** No credentials, ones that ended, ones that never were, and ones that another header or scheme would take. */
const strangers: Readonly<Record<string, Record<string, string>>> = {
  nobody: {},
  "an expired token": bearer(tokens.expired),
  "an unknown token": bearer("tok-of-nobody"),
  "a wrong secret": { secret: `${CLUSTER_SECRET}x` },
  "the secret as a token": bearer(CLUSTER_SECRET),
  "a token as the secret": { secret: tokens.rival },
};

function bearer(token: string): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

let under: GatewayUnderTest;
let operations: Operation[];
beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.load(bothOrganizations());
  await writeSamples(under.url);
  const document = (await (await fetch(`${under.url}/openapi.json`)).json()) as OpenApi;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters }]) => ({ path, method, parameters })),
  );
});
afterAll(() => under[Symbol.asyncDispose]());

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function ask(query: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(`${under.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, text: await response.text() };
}

/** Fails if an answer holds one of these, but for what was sent and is only quoted. */
function expectNothingOf(markers: readonly string[], { text }: Answer, sent: string): void {
  expect(
    markers.filter((marker) => text.includes(marker) && !sent.includes(marker)),
    `${sent}\n${text}`,
  ).toEqual([]);
}

/** In steps, so that a busy machine is not flooded. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let index = 0; index < items.length; index += 8) await Promise.all(items.slice(index, index + 8).map(work));
}

test("GraphQL: each field answers its own organization, with nothing of another", async () => {
  const queries = queriesOfAllTypes(schema, acme);
  expect(queries.length).toBeGreaterThan(20);
  let seen = "";
  await forEach(queries, async ({ query }) => {
    const answer = await ask(query, bearer(tokens.acme));
    expect(JSON.parse(answer.text), query).not.toHaveProperty("errors");
    expectNothingOf(markersOf("rival"), answer, "");
    seen += answer.text;
  });
  // What the next tests look for would be found, if it were there.
  for (const marker of markersOf("acme")) expect(seen).toContain(marker);
});

test("GraphQL: no field tells anything of another organization, whichever of its ids is named", async () => {
  await forEach(queriesOfAllFields(schema, rival), async ({ query }) => {
    expectNothingOf(markersOf("rival"), await ask(query, bearer(tokens.acme)), query);
    // Not even whether it exists: the answer is that for ids that nothing has.
    const absent = query.replaceAll("00000000710", "00000000990");
    const [answer, reference] = await Promise.all([query, absent].map((one) => ask(one, bearer(tokens.acme))));
    expect(withoutRequestId(answer?.text).replaceAll("00000000710", "00000000990")).toBe(
      withoutRequestId(reference?.text),
    );
  });
});

function withoutRequestId(text = ""): string {
  return text.replace(/"requestId":"[^"]*"/g, "");
}

test("GraphQL: no filter reaches into another organization", async () => {
  const selection = `totalCost totalCount
    expenses { nodes { id resourceName tags meta cloudAccount { id name } pool { id name } owner { id name } } }
    availableFilters { tags regions serviceNames k8sNodes cloudAccounts { id name } pools { name } owners { name } }
    k8sCosts { totalCost clusters { cost cloudAccount { name } namespaces { name } } overlap { cost } }
    unified { total }
    breakdown(by: CLOUD_ACCOUNT) { total groups { key label total } }`;
  await forEach(filtersOf(schema, "ExpenseFilter", rival, "rival-marker"), async (filter) => {
    const query = `{ cleanExpenses(organizationId: "${acme.organization}", startDate: ${from}, endDate: ${to}, filter: ${filter}) { ${selection} } }`;
    expectNothingOf(markersOf("rival"), await ask(query, bearer(tokens.acme)), query);
  });
});

test.each(Object.entries(strangers))("GraphQL: %s gets no field of anybody", async (who, headers) => {
  const markers = [...markersOf("acme"), ...markersOf("rival")];
  const queries = queriesOfAllFields(schema, who === "nobody" ? acme : rival);
  // Who is nobody for one field below the root is nobody for all: the two that may once have been somebody try all.
  const tried = who === "nobody" || /expired/.test(who) ? queries : queries.filter(isOfRoot);
  await forEach(tried, async ({ query }) => {
    const answer = await ask(query, headers);
    expect(answer.status, query).toBe(401);
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
    expectNothingOf(markers, answer, query);
  });
});

const isOfRoot = ({ coordinate }: FieldQuery) => coordinate.startsWith("Query.");

test("GraphQL: a service sees each organization, and each only where it asks for it", async () => {
  for (const [ids, own, other] of [
    [acme, "acme", "rival"],
    [rival, "rival", "acme"],
  ] as const) {
    let seen = "";
    await forEach(queriesOfAllTypes(schema, ids), async ({ query }) => {
      const answer = await ask(query, { secret: CLUSTER_SECRET });
      expect(JSON.parse(answer.text), query).not.toHaveProperty("errors");
      // To a service the viewer lists all organizations.
      if (!/\bviewer\b/.test(query)) expectNothingOf(markersOf(other), answer, "");
      seen += answer.text;
    });
    for (const marker of markersOf(own)) expect(seen).toContain(marker);
  }
});

interface OpenApi {
  readonly paths: Record<string, Record<string, { parameters: readonly Parameter[] }>>;
}
interface Operation {
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
}
interface Parameter {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required?: boolean;
  readonly schema: { readonly enum?: readonly string[]; readonly items?: { readonly enum?: readonly string[] } };
}
type Ids = ReturnType<typeof idsOf>;

/** The requests of an operation: plain, and with each of its query parameters. */
function targetsOf({ path, parameters }: Operation, segments: Ids, values: Ids, text: string): string[] {
  const fixed = new Map<string, string>();
  if (parameters.some(({ name }) => name === "start_date")) fixed.set("start_date", String(from));
  if (parameters.some(({ name }) => name === "end_date")) fixed.set("end_date", String(to));
  // Where the path names the organization already, it is not named again.
  if (!path.includes("{organization_id}") && parameters.some(({ name }) => name === "organization_id"))
    fixed.set("organization_id", segments.organization);
  for (const {
    name,
    required,
    in: place,
    schema: { enum: values },
  } of parameters) {
    if (place === "query" && required && !fixed.has(name)) fixed.set(name, values?.[0] ?? "true");
  }
  const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => idOf(name, segments));
  const target = (more: ReadonlyMap<string, string>) =>
    `${filled}?${new URLSearchParams([...new Map([...fixed, ...more])])}`;
  return [
    target(new Map()),
    ...parameters
      .filter((one) => one.in === "query" && !fixed.has(one.name))
      .flatMap(({ name, schema: { enum: own, items } }) => {
        const [known] = own ?? items?.enum ?? [];
        const choices =
          known === undefined ? (/(^|_)id$/.test(name) ? [idOf(name, values), values.cluster] : [text]) : [known];
        return [...new Set(choices)].map((value) => target(new Map([[name, value]])));
      }),
  ];
}

function idOf(name: string, ids: Ids): string {
  if (/pool/.test(name)) return ids.pool;
  if (/employee|owner/.test(name)) return ids.employee;
  if (/resource/.test(name)) return ids.resource;
  return /account/.test(name) ? ids.account : ids.organization;
}

async function get(method: string, target: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(under.url + target, { method: method.toUpperCase(), headers });
  return { status: response.status, text: await response.text() };
}

const decoded = (target: string) => decodeURIComponent(target.replaceAll("+", " "));

test("REST: each path answers its own organization, with nothing of another, whatever a parameter names", async () => {
  expect(operations.length).toBeGreaterThanOrEqual(17);
  let seen = "";
  await forEach(operations, async (operation) => {
    for (const [index, target] of targetsOf(operation, acme, rival, "rival-marker").entries()) {
      const answer = await get(operation.method, target, bearer(tokens.acme));
      // `nodes` is for clusters; everything else answers as it stands.
      if (index === 0 && !operation.path.endsWith("/nodes")) expect(answer.status, target).toBe(200);
      expect(answer.status, target).toBeLessThan(500);
      expectNothingOf(markersOf("rival"), answer, decoded(target));
      seen += answer.text;
    }
  });
  for (const marker of markersOf("acme").filter((one) => one !== acme.cluster)) expect(seen).toContain(marker);
});

test("REST: no path tells anything of another organization", async () => {
  await forEach(operations, async (operation) => {
    for (const target of targetsOf(operation, rival, rival, "rival-marker")) {
      const answer = await get(operation.method, target, bearer(tokens.acme));
      expect(answer.status, target).toBeLessThan(500);
      if (/\{/.test(operation.path)) expect([403, 404], target).toContain(answer.status);
      expectNothingOf(markersOf("rival"), answer, decoded(target));
    }
  });
});

test.each(Object.entries(strangers))("REST: %s gets no path of anybody", async (_who, headers) => {
  const markers = [...markersOf("acme"), ...markersOf("rival")];
  await forEach(operations, async (operation) => {
    for (const ids of [acme, rival]) {
      const [target = ""] = targetsOf(operation, ids, ids, "marker");
      const answer = await get(operation.method, target, headers);
      expect(answer.status, target).toBe(401);
      expectNothingOf(markers, answer, decoded(target));
    }
  });
});

test("REST: a service sees each organization, and nothing of one in the answers for another", async () => {
  await forEach(operations, async (operation) => {
    for (const [ids, other] of [
      [acme, "rival"],
      [rival, "acme"],
    ] as const) {
      const [target = ""] = targetsOf(operation, ids, ids, "marker");
      const answer = await get(operation.method, target, { secret: CLUSTER_SECRET });
      expect(answer.status, target).toBeLessThan(500);
      // What names no organization may list all of them to a service.
      if (/\{/.test(operation.path) || target.includes(ids.organization)) {
        expectNothingOf(markersOf(other), answer, decoded(target));
      }
    }
  });
});

test("Metroculus: the costs of a cluster are for services, and no token of an organization opens them", async () => {
  const paths = ["kubecost_cluster_costs", "kubecost_namespaces", "kubecost_daily_costs"];
  await forEach(paths, async (path) => {
    for (const [who, headers] of Object.entries({ ...strangers, owner: bearer(tokens.rival) })) {
      const target = `/metroculus/v2/${path}?cloud_account_id=${rival.cluster}&start_date=${from}&end_date=${to}`;
      const answer = await get("GET", target, headers);
      expect([401, 403, 404], `${who} ${path}`).toContain(answer.status);
      expectNothingOf(markersOf("rival"), answer, target);
    }
  });
});
