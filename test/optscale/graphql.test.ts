import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Gateway } from "../../src/gateway.js";
import { translated } from "../graphql/v2-cases.js";
import { answer, type RemoteMetroculus, remoteMetroculus } from "../kubernetes/remote-metroculus.js";
import { acme, from, ids, to } from "../rest/acme.js";
import type { ConformanceCase } from "../rest/conformance-case.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { gatewayInFrontOf } from "./in-front.js";

const { givens, cases } = JSON.parse(
  await readFile(new URL("../conformance/clean_expenses.json", import.meta.url), "utf8"),
) as { givens: Record<string, object>; cases: ConformanceCase[] };

/** Answers that v2 cannot give as the own store does, and why. */
const whatV2CannotTell: Readonly<Record<string, string>> = {
  "cluster-07": "with accounts named, v2's rows of clusters lack what their members save",
};

let optScale: GatewayUnderTest;
let front: Gateway;
beforeAll(async () => {
  optScale = await gatewayUnderTest();
});
afterAll(() => optScale[Symbol.asyncDispose]());

interface Answer {
  readonly data?: { readonly cleanExpenses: { readonly expenses: Page } & Record<string, unknown> } | null;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}
interface Page {
  readonly nodes: readonly { readonly id: string; readonly cost: number; readonly tags: unknown }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

async function ask(url: string, fields: string, variables: object, headers: Readonly<Record<string, string>>) {
  const query = `query ($organizationId: ID!, $startDate: Timestamp!, $endDate: Timestamp!, $filter: ExpenseFilter) {
    cleanExpenses(organizationId: $organizationId, startDate: $startDate, endDate: $endDate, filter: $filter) { ${fields} }
  }`;
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

const ROWS = `organization { id name currency }
  startDate endDate currency totalCount totalCost totalSaving
  expenses(first: 1000) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
    nodes {
      id resourceName resourceType region serviceName cloudResourceId cost saving active constraintViolated kind
      firstSeen lastSeen tags meta
      cloudAccount { id name type } pool { id name purpose } owner { id name }
    }
  }`;

/** Sums of doubles depend on their order in the last bits. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toFixed(9));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rounded(inner)]));
}

const codes = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions.code);

const seen = new Set<string>();

/** Whether no case before it asked with the same parameters and the same kind of answer: each is a round trip of its own. */
function isNew(one: ConformanceCase): boolean {
  const { request, level, expect: expected } = one;
  if (level !== "core" || translated(one)?.endpoint !== "clean_expenses") return false;
  // What is refused by its form is refused before OptScale is asked.
  if (one.id.startsWith("val-") && expected.status !== 200) return false;
  const parameters = [...new Set(request.query.map(([parameter]) => parameter))].sort();
  const kind = JSON.stringify([parameters, Object.keys(request.auth), expected.status, one.id.split("-")[0]]);
  return seen.size !== seen.add(kind).size;
}

for (const [index, [name, given]] of Object.entries(givens).entries()) {
  const asked = cases
    .filter((one) => one.given === name && isNew(one))
    .flatMap((one) => {
      const request = translated(one);
      return request ? [{ ...one, variables: request, headers: request.headers }] : [];
    });
  if (asked.length === 0) continue;
  describe(`with data ${name} in OptScale`, () => {
    // One each, because rights and accounts are remembered for 30 s.
    beforeAll(async () => {
      await optScale.load(given);
      front = await gatewayInFrontOf(optScale.url);
    });
    afterAll(() => front.close());
    for (const { id, title, variables, headers } of asked) {
      const differs = whatV2CannotTell[id];
      test(`GraphQL answers ${id} as on the own store: ${title}${differs ? `, except that ${differs}` : ""}`, async () => {
        const [here, there] = await Promise.all([
          ask(front.url, ROWS, variables, headers),
          ask(optScale.url, ROWS, variables, headers),
        ]);
        expect(codes(here)).toEqual(codes(there));
        if (differs) expect(rounded(here.data)).not.toEqual(rounded(there.data));
        else expect(rounded(here.data)).toEqual(rounded(there.data));
      });
    }
    // Each asks OptScale dozens of times: half of the data shows it as well.
    if (index % 2 === 1) return;
    test("breakdowns by each attribute, and values to filter by, are those of the own store", async () => {
      const { organizationId, startDate } = asked.find(({ expect }) => expect.status === 200)?.variables ?? {};
      if (organizationId === undefined) return;
      const variables = { organizationId, startDate, endDate: Number(startDate) + 2 * 86_400 };
      const by = [
        ["CLOUD_ACCOUNT", "POOL", "OWNER", "SERVICE_NAME", "REGION", "RESOURCE_TYPE"],
        ["K8S_NODE", "K8S_NAMESPACE", "K8S_SERVICE"],
      ].flat();
      const fields = `${by.map((each) => `${each}: breakdown(by: ${each}) { total previousTotal previousStartDate groups { key kind label total previousTotal daily { date cost } } }`).join(" ")}
        availableFilters { regions serviceNames k8sNamespaces k8sNodes k8sServices resourceTypes { name kind } tags }`;
      const headers = { secret: CLUSTER_SECRET };
      const here = await ask(front.url, fields, variables, headers);
      const there = await ask(optScale.url, fields, variables, headers);
      expect(here.errors).toBeUndefined();
      expect(rounded(here.data)).toEqual(rounded(there.data));
    });
  });
}

describe("with Acme's data in OptScale, and a Metroculus that knows what its cluster is built from", () => {
  let metroculus: RemoteMetroculus;
  const variables = { organizationId: ids.organization, startDate: from, endDate: to };
  const headers = { authorization: "Bearer tok-acme" };
  beforeAll(async () => {
    metroculus = await remoteMetroculus((call, ...rest) =>
      answer(
        call.endpoint.endsWith("/kubecost_nodes")
          ? { nodes: [{ name: "n1", provider_id: "aws:///eu-central-1a/i-0acme" }], volumes: [], load_balancers: [] }
          : { summary: { total_cost: 20, cpu_cost: 20 }, coverage: 1 },
      )(call, ...rest),
    );
    await optScale.load(acme);
    front = await gatewayInFrontOf(optScale.url, { METROCULUS_URL: metroculus.url });
  });
  afterAll(async () => {
    await front.close();
    await metroculus[Symbol.asyncDispose]();
  });

  test("the overlap is what OptScale's rows of the cluster's nodes cost, and the policy takes it off", async () => {
    const { data, errors } = await ask(
      front.url,
      `k8sCosts { overlap { cost matchedNodes unmatchedClusters { id } } }
       unified(policy: REPLACE_OVERLAP) { policy total cloud kubernetes overlap complete }`,
      variables,
      headers,
    );
    expect(errors).toBeUndefined();
    expect(data?.cleanExpenses).toEqual({
      k8sCosts: { overlap: { cost: 60.25, matchedNodes: 1, unmatchedClusters: [] } },
      unified: {
        policy: "REPLACE_OVERLAP",
        total: 61.5,
        cloud: 101.75,
        kubernetes: 20,
        overlap: 60.25,
        complete: true,
      },
    });
  });

  const orders = ["COST", "NAME", "REGION", "SERVICE_NAME", "RESOURCE_TYPE", "FIRST_SEEN", "LAST_SEEN"].flatMap(
    (field) => ["ASC", "DESC"].map((direction) => `{ field: ${field}, direction: ${direction} }`),
  );
  test.each(orders)(
    "pages by %s join to the rows of the own store, in its order, and cursors are its own",
    async (order) => {
      const pages = async (url: string) => {
        const found: Page[] = [];
        for (let after = ""; found.at(-1)?.pageInfo.hasNextPage !== false; ) {
          const page = `expenses(first: 1, orderBy: ${order}${after && `, after: "${after}"`})`;
          const fields = `${page} { totalCount nodes { id cost } pageInfo { hasNextPage hasPreviousPage endCursor } }`;
          const { data, errors } = await ask(url, fields, variables, headers);
          expect(errors).toBeUndefined();
          found.push((data as NonNullable<Answer["data"]>).cleanExpenses.expenses);
          after = found.at(-1)?.pageInfo.endCursor ?? "";
        }
        return found;
      };
      const here = await pages(front.url);
      expect(here).toEqual(await pages(optScale.url));
      expect(here).toHaveLength(3);
    },
  );
});
