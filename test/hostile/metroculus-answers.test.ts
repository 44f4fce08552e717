import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as bodies from "../kubernetes/bodies.js";
import {
  answer,
  type Behaviour,
  type RemoteMetroculus,
  remoteMetroculus,
  text,
} from "../kubernetes/remote-metroculus.js";
import { serviceFor, settled } from "../kubernetes/service-under-test.js";
import { type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { changedAnywhere } from "./json-mutations.js";
import { cases, expectNothingRevealed, mutated, Tally, timeout } from "./judge.js";
import { bothOrganizations, from, idsOf, markersOf, to, tokens, totalOfAcme } from "./two-organizations.js";

/** Another Metroculus may answer anything: it becomes a cost that holds together, or a status, and never a failure of ours. */
const tally = new Tally("Metroculus answers");
const ids = idsOf("acme");
let metroculus: RemoteMetroculus;
let under: GatewayUnderTest;
beforeAll(async () => {
  metroculus = await remoteMetroculus();
  under = await gatewayUnderTest({ METROCULUS_URL: metroculus.url, METROCULUS_TIMEOUT_MS: "60000" });
  await under.load(bothOrganizations());
});
afterAll(async () => {
  tally.tell();
  await under[Symbol.asyncDispose]();
  await metroculus[Symbol.asyncDispose]();
});

/** Answers of the other endpoints, as the built-in Metroculus gives them. */
const particulars = {
  namespaces: [{ name: "web", kind: "workload", total_cost: 1.5, cpu_cost: 1, ram_cost: 0.5, cpu_efficiency: 0.4 }],
  nodes: [{ name: "node-1", provider_id: "aws:///z/i-0acme", flavor: "m5.large", hourly_price: 0.5, last_seen: from }],
  volumes: [],
  load_balancers: [],
  days: [{ date: from, total_cost: 1, cpu_cost: 1, coverage: 1 }],
  daily: [{ start_date: from, end_date: from + 86_400, summary: { total_cost: 1 } }],
};
const known: readonly object[] = [...Object.values(bodies).filter((body) => typeof body === "object"), particulars];

const json = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...known).chain((body) => changedAnywhere(body)) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 6, arbitrary: json.map((body) => answer(body)) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...known)
      .chain((body) => mutated(Buffer.from(JSON.stringify(body))))
      .map((bytes) => text(bytes.toString("latin1"))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(json, fc.constantFrom(201, 204, 206, 301, 304, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503, 504, 599))
      .map(([body, status]) => answer(body, status)),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom("1e999", "-1e999", '{"total_cost":1e999}', "NaN", "[[[[", "null", '"x"', "\ufeff{}"))
      .map(([body]) => text(body)),
  },
);

/** Each number of an answer is one: neither infinite nor none. */
function expectFinite(value: unknown, path = ""): void {
  if (typeof value === "number") expect(Number.isFinite(value), `${path} is ${value}`).toBe(true);
  else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) expectFinite(inner, `${path}.${key}`);
  }
}

test(
  "whatever the answer: the client makes a cost of finite numbers of it, or a status without a cost",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(behaviour, { minLength: 24, maxLength: 24 }), async (behaviours) => {
        // A client of its own, whose circuit the answers before did not open.
        await using one = serviceFor(metroculus.url);
        let next = 0;
        metroculus.behave((...call) => (behaviours[next++ % behaviours.length] as Behaviour)(...call));
        const cluster = { cloudAccountId: ids.cluster, window: settled };
        const [costs, namespaces, inventory] = await Promise.all([
          one.service.load(
            behaviours.map((_one, index) => ({
              cloudAccountId: `cluster-${index}`,
              window: { start: settled.start - index * 86_400, end: settled.end },
              currency: "USD",
            })),
          ),
          one.service.namespaces(cluster),
          one.service.inventory(cluster),
        ]);
        for (const cost of costs) {
          tally.count(cost.status);
          const hasCost = ["OK", "ZERO", "PARTIAL", "CURRENCY_MISMATCH"].includes(cost.status);
          expect(cost.cost !== null, JSON.stringify(cost)).toBe(hasCost);
          if (cost.status === "ZERO") expect(cost.cost).toBe(0);
          expectNothingRevealed(JSON.stringify(cost.warnings));
        }
        expectFinite({ costs, namespaces, inventory });
      }),
      cases(60),
    );
    for (const status of ["OK", "MALFORMED", "UNAVAILABLE"]) expect(tally.of(status)).toBeGreaterThan(0);
  },
  timeout,
);

let asked = 0;
const everything = (start: number) => `{
  cleanExpenses(organizationId: "${ids.organization}", startDate: ${start}, endDate: ${to}) {
    totalCost
    k8sCosts {
      totalCost complete
      clusters {
        status cost currency method coverage asOf efficiency { cpu ram total } warnings { code message }
        components { management cpu ram pv network loadBalancer unattributed }
        namespaces { name kind cost efficiency { cpu } components { cpu } }
      }
      overlap { cost matchedNodes unmatchedClusters { id } } daily { date cost } unknownDays
    }
    unified(policy: REPLACE_OVERLAP) { total cloud kubernetes overlap complete }
  }
}`;

test(
  "whatever the answer: GraphQL and REST tell the bill as ever, and the cluster as data",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(behaviour, { minLength: 3, maxLength: 3 }), async (behaviours) => {
        let next = 0;
        metroculus.behave((...call) => (behaviours[next++ % behaviours.length] as Behaviour)(...call));
        // Answers are remembered by their window, so each case asks for one of its own.
        const start = from - 60 * ++asked;
        const headers = { authorization: `Bearer ${tokens.acme}`, "content-type": "application/json" };
        const [graphql, rest] = await Promise.all([
          fetch(`${under.url}/graphql`, {
            method: "POST",
            headers,
            body: JSON.stringify({ query: everything(start) }),
          }),
          fetch(
            `${under.url}/restapi/v2/organizations/${ids.organization}/clean_expenses?start_date=${start - 1}&end_date=${to}`,
            { headers },
          ),
        ]);
        const texts = [await graphql.text(), await rest.text()];
        expect([graphql.status, rest.status], texts.join("\n")).toEqual([200, 200]);
        tally.count("through the gateway");
        const { data, errors } = JSON.parse(texts[0] as string);
        expect(errors, texts[0]).toBeUndefined();
        expect(data.cleanExpenses.totalCost).toBeCloseTo(totalOfAcme, 6);
        for (const one of texts) {
          expectNothingRevealed(one);
          for (const marker of markersOf("rival")) expect(one).not.toContain(marker);
        }
      }),
      cases(6),
    );
  },
  timeout,
);
