import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Gateway } from "../../src/gateway.js";
import {
  answer as metroculusAnswer,
  type RemoteMetroculus,
  remoteMetroculus,
} from "../kubernetes/remote-metroculus.js";
import { CLUSTER_SECRET } from "../rest/gateway-under-test.js";
import { gatewayInFrontOf } from "./in-front.js";
import { envelope, json, type Misbehaving, misbehaving } from "./misbehaving.js";

const ORGANIZATION = "10000000-0000-4000-8000-0000000000a1";
const CLUSTER = "20000000-0000-4000-8000-0000000000a3";
const AWS = "20000000-0000-4000-8000-0000000000a1";

let optScale: Misbehaving;
let metroculus: RemoteMetroculus;
let front: Gateway;
beforeAll(async () => {
  optScale = await misbehaving();
  metroculus = await remoteMetroculus();
  front = await gatewayInFrontOf(optScale.url, {
    METROCULUS_URL: metroculus.url,
    OPTSCALE_TIMEOUT_MS: "1500",
  });
});
afterAll(async () => {
  await front.close();
  await optScale[Symbol.asyncDispose]();
  await metroculus[Symbol.asyncDispose]();
});

const row = {
  id: "50000000-0000-4000-8000-0000000000a1",
  resource_id: "50000000-0000-4000-8000-0000000000a1",
  resource_name: 'a "quoted", [bracketed] {braced} \\ name: ü',
  cloud_account_id: AWS,
  cost: 145.5,
  saving: 0,
  big: "12345678901234567890",
};
const k8s = {
  k8s_total_cost: 105,
  k8s_cost_breakdown: [{ cloud_account_id: CLUSTER, cloud_account_name: "K8s", cost: 105, breakdown: {} }],
};
const plain = { start_date: 0, end_date: 1, total_count: 1, total_cost: 145.5, clean_expenses: [row] };

/** A token of its own for each test, because rights are remembered by token. */
let number = 0;
let token = "";
/** What `clean_expenses` does; everything else works. */
let cleanExpenses: (request: IncomingMessage, response: ServerResponse) => void;
let organization: (request: IncomingMessage, response: ServerResponse) => void;
let cloudAccounts: (request: IncomingMessage, response: ServerResponse) => void;
beforeEach(() => {
  token = `tok-${++number}`;
  metroculus.calls.length = 0;
  optScale.requests.length = 0;
  metroculus.behave(metroculusAnswer({ summary: { total_cost: 20, cpu_cost: 20 }, coverage: 1 }));
  cleanExpenses = (_request, response) => json(response, 200, plain);
  organization = (_request, response) =>
    json(response, 200, { id: ORGANIZATION, name: "Acme", currency: "USD", pool_id: null, deleted_at: 0 });
  cloudAccounts = (_request, response) =>
    json(response, 200, {
      cloud_accounts: [
        { id: AWS, name: "AWS", type: "aws_cnr", organization_id: ORGANIZATION, config: {}, deleted_at: 0 },
        { id: CLUSTER, name: "K8s", type: "kubernetes_cnr", organization_id: ORGANIZATION, deleted_at: 0 },
      ],
    });
  optScale.behave((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://optscale");
    const inOrganization = `/restapi/v2/organizations/${ORGANIZATION}`;
    if (pathname === inOrganization) return organization(request, response);
    if (pathname === `${inOrganization}/cloud_accounts`) {
      return cloudAccounts(request, response);
    }
    if (pathname === `${inOrganization}/clean_expenses`) {
      // What the cluster's own rows cost: nothing.
      if (searchParams.has("cloud_account_id")) return json(response, 200, { ...plain, total_count: 0, total_cost: 0 });
      return cleanExpenses(request, response);
    }
    json(response, 404, envelope(404, "OE0257", "Not Found"));
  });
});

/** A window of its own for each test, because cluster costs are remembered by cluster and window. */
const ask = (query = "", headers: Record<string, string> = { authorization: `Bearer ${token}` }) =>
  fetch(
    `${front.url}/restapi/v2/organizations/${ORGANIZATION}/clean_expenses?start_date=${number}&end_date=${number + 86_400}${query}`,
    { headers },
  );

async function graphql(fields = "totalCost", headers: Record<string, string> = { authorization: `Bearer ${token}` }) {
  const response = await fetch(`${front.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({
      query: `{ cleanExpenses(organizationId: "${ORGANIZATION}", startDate: ${number}, endDate: ${number + 86_400}) { ${fields} } }`,
    }),
  });
  return (await response.json()) as {
    data?: { cleanExpenses: Record<string, unknown> } | null;
    errors?: { message: string; extensions: { code: string } }[];
  };
}
const codeOf = async (fields?: string) => (await graphql(fields)).errors?.map(({ extensions }) => extensions.code);

describe("Kubernetes costs", () => {
  test("are joined to OptScale's answer, and its rows stay as they were written", async () => {
    const text = `{ "total_cost" : 145.50, "clean_expenses": [ ${JSON.stringify(row).replace('"12345678901234567890"', "12345678901234567890")} ], "total_count":1, "start_date": 0}`;
    cleanExpenses = (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      // In pieces that part names, numbers and characters.
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
      response.end();
    };
    const answer = await ask();
    const body = await answer.text();
    expect(body).toContain('"big":12345678901234567890');
    expect(JSON.parse(body)).toMatchObject({
      total_cost: 165.5,
      k8s_costs: { k8s_total_cost: 20 },
      clean_expenses: [{ resource_name: row.resource_name }],
    });
    expect(answer.headers.get("x-k8s-costs")).toBe("complete");
  });

  test("that the upstream has joined are not added twice, and Metroculus is not asked", async () => {
    cleanExpenses = (_request, response) => json(response, 200, { ...plain, total_cost: 250.5, k8s_costs: k8s });
    const answer = await ask();
    expect(await answer.json()).toEqual({ ...plain, total_cost: 250.5, k8s_costs: k8s });
    expect(answer.headers.get("x-k8s-costs")).toBe("upstream");
    expect(metroculus.calls).toEqual([]);
  });

  test("are no part of GraphQL's totalCost, whoever joined them", async () => {
    cleanExpenses = (_request, response) => json(response, 200, { ...plain, total_cost: 250.5, k8s_costs: k8s });
    const { data, errors } = await graphql(
      "totalCost totalCount k8sCosts { totalCost } unified { total cloud kubernetes }",
    );
    expect(errors).toBeUndefined();
    expect(data?.cleanExpenses).toEqual({
      totalCost: 145.5,
      totalCount: 1,
      k8sCosts: { totalCost: 20 },
      unified: { total: 165.5, cloud: 145.5, kubernetes: 20 },
    });
  });

  test("are left out under a filter that clusters cannot be selected by", async () => {
    const answer = await ask("&region=eu");
    expect(await answer.json()).toEqual(plain);
    expect(answer.headers.get("x-k8s-costs")).toBe("excluded");
    expect(metroculus.calls).toEqual([]);
  });

  test("join an answer that is too large to be held back", async () => {
    const many = Array.from({ length: 40_000 }, (_, index) => ({ ...row, id: String(index), cost: 1 }));
    cleanExpenses = (_request, response) =>
      json(response, 200, { ...plain, total_count: many.length, clean_expenses: many });
    const body = (await (await ask()).json()) as { total_cost: number; clean_expenses: unknown[] };
    expect(body.total_cost).toBe(165.5);
    expect(body.clean_expenses).toHaveLength(40_000);
  });

  test("are missing, and said to be, when OptScale does not tell the organization", async () => {
    organization = (_request, response) => json(response, 500, envelope(500, "U0500", "Internal Server Error"));
    const answer = await ask();
    expect(await answer.json()).toEqual(plain);
    expect(answer.headers.get("x-k8s-costs")).toBe("partial");
  });

  test.each([
    ["json", "application/json"],
    ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
  ])("are told of beside an export as %s, which stays OptScale's own", async (format, contentType) => {
    cleanExpenses = (_request, response) => response.writeHead(200, { "content-type": contentType }).end("rows");
    const known = await ask(`&format=${format}`);
    expect([known.headers.get("content-type"), await known.text()]).toEqual([contentType, "rows"]);
    expect(known.headers.get("x-k8s-costs")).toBe("complete");
    expect((await ask(`&format=${format}&region=eu`)).headers.get("x-k8s-costs")).toBe("excluded");
    cleanExpenses = (_request, response) =>
      response.writeHead(200, { "content-type": contentType, "x-k8s-costs": "none" }).end("rows");
    expect((await ask(`&format=${format}`)).headers.get("x-k8s-costs")).toBe("none");
  });

  test("join csv never, whose rows are OptScale's", async () => {
    const answer = await ask("&format=csv&field=cost");
    expect(answer.headers.get("content-type")).toContain("text/csv");
    expect(answer.headers.get("x-k8s-costs")).toBe("complete");
    expect(await answer.text()).toContain("145.5");
    expect(optScale.requests.every(({ target }) => !target.includes("format=csv"))).toBe(true);
  });
});

describe("credentials", () => {
  test("are passed on as they came", async () => {
    await (await ask("", { authorization: "Bearer tok-x", secret: "s" })).text();
    expect(optScale.requests[0]?.headers).toMatchObject({ authorization: "Bearer tok-x", secret: "s" });
    await graphql("totalCost", { secret: CLUSTER_SECRET });
    expect(optScale.requests.at(-1)?.headers.secret).toBe(CLUSTER_SECRET);
    expect(optScale.requests.at(-1)?.headers.authorization).toBeUndefined();
  });

  test.each([
    [403, "OE0234"],
    [404, "OE0002"],
  ])("without a right to the organization (%i) cause no call to Metroculus, in any face", async (status, code) => {
    const refuse = (_request: IncomingMessage, response: ServerResponse) =>
      json(response, status, envelope(status, code, "No"));
    organization = refuse;
    cleanExpenses = refuse;
    const rest = await ask();
    expect([rest.status, await rest.json()]).toEqual([status, envelope(status, code, "No")]);
    const { errors } = await graphql("k8sCosts { totalCost } unified { total } totalCost");
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["NOT_FOUND"]);
    expect(errors?.[0]?.message).toContain("There is no such organization, or it is not yours to see");
    expect(metroculus.calls).toEqual([]);
  });

  test("that OptScale does not know are UNAUTHENTICATED", async () => {
    organization = (_request, response) => json(response, 401, envelope(401, "OE0235", "Unauthorized"));
    expect(await codeOf("k8sCosts { totalCost }")).toEqual(["UNAUTHENTICATED"]);
    expect(metroculus.calls).toEqual([]);
  });

  test("and the right that they give are remembered, not asked for again by each request", async () => {
    await graphql();
    await graphql();
    const asked = optScale.requests.filter(({ target }) => target === `/restapi/v2/organizations/${ORGANIZATION}`);
    expect(asked).toHaveLength(1);
  });
});

describe("an OptScale that is too old to have a path for one organization", () => {
  beforeEach(() => {
    organization = (_request, response) => json(response, 404, envelope(404, "OE0257", "Not Found"));
  });

  test("shows an organization to whoever it shows accounts of", async () => {
    const { data, errors } = await graphql("organization { id name currency } totalCost k8sCosts { totalCost }");
    expect(errors).toBeUndefined();
    expect(data?.cleanExpenses).toEqual({
      organization: { id: ORGANIZATION, name: ORGANIZATION, currency: "USD" },
      totalCost: 145.5,
      k8sCosts: { totalCost: 20 },
    });
    expect((await ask()).headers.get("x-k8s-costs")).toBe("complete");
  });

  test("hides it from everyone else, and Metroculus is not asked", async () => {
    cloudAccounts = (_request, response) => json(response, 403, envelope(403, "OE0234", "Forbidden"));
    expect(await codeOf("totalCost k8sCosts { totalCost }")).toEqual(["NOT_FOUND"]);
    expect(metroculus.calls).toEqual([]);
  });
});

test("OptScale's own refusals keep their envelope in REST, and have a code in GraphQL", async () => {
  const refusal = envelope(400, "OE0218", 'region "x" has incorrect format', ["region", "x"]);
  cleanExpenses = (_request, response) => json(response, 400, refusal);
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([400, refusal]);
  expect(await codeOf()).toEqual(["BAD_USER_INPUT"]);
});

const faults: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>> = {
  "never answers": () => {},
  "shows a page": (_request, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"),
  "shows a page as JSON": (_request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end("<html>"),
  "fails with a page": (_request, response) => response.writeHead(502, { "content-type": "text/html" }).end("<html>"),
  "breaks off": (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    response.write(JSON.stringify(plain).slice(0, 80), () => response.destroy());
  },
  "ends too early": (_request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(plain).slice(0, -30)),
  "stops in the middle": (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write(JSON.stringify(plain).slice(0, 80));
  },
  "hangs up": (request) => request.socket.resetAndDestroy(),
  redirects: (_request, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end(),
  "tells a total that is no number": (_request, response) => json(response, 200, { ...plain, total_cost: "145.5" }),
  "answers a list": (_request, response) => json(response, 200, [plain]),
};

test.each(Object.entries(faults))(
  "an OptScale that %s is UPSTREAM_UNAVAILABLE, never a wrong figure",
  async (_, fault) => {
    cleanExpenses = fault;
    const answer = await ask();
    const body = (await answer.json()) as { error: { error_code: string; reason: string } };
    expect([answer.status, body.error.error_code]).toEqual([503, "OE0003"]);
    expect(body.error.reason).toContain("OPTSCALE_URL");
    expect(await codeOf()).toEqual(["UPSTREAM_UNAVAILABLE"]);
  },
);

test("a failing OptScale with an envelope keeps it in REST", async () => {
  const failure = envelope(500, "U0500", "Internal Server Error");
  cleanExpenses = (_request, response) => json(response, 500, failure);
  const answer = await ask();
  expect([answer.status, await answer.json()]).toEqual([500, failure]);
  expect(await codeOf()).toEqual(["UPSTREAM_UNAVAILABLE"]);
});

test("readiness is that of OptScale, as there is no store", async () => {
  const ready = await fetch(`${front.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { status: "ready", optscale: true, metroculus: true }]);
  optScale.behave((_request, response) => json(response, 502, {}));
  const unavailable = await fetch(`${front.url}/readyz`);
  expect([unavailable.status, await unavailable.json()]).toEqual([
    503,
    { status: "unavailable", optscale: false, metroculus: true },
  ]);
});

test("rows of wrong types are refused, not shown", async () => {
  cleanExpenses = (_request, response) => json(response, 200, { ...plain, clean_expenses: [{ ...row, cost: "1" }] });
  expect(await codeOf("expenses { nodes { id cost } }")).toEqual(["UPSTREAM_UNAVAILABLE"]);
});
