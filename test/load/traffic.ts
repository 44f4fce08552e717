import type { Request } from "autocannon";
import { DEMO_ORGANIZATION } from "../../src/demo/organization.js";
import { packed } from "../metroculus/remote-write.js";

/** A Prometheus that writes for a cluster. */
export interface Sender {
  readonly cloudAccountId: string;
  readonly username: string;
  readonly password: string;
}

/** What was answered otherwise than well, by what it was. */
export class Findings {
  readonly errors = new Map<string, number>();
  shed = 0;
  /** 503 that do not say when to come back. */
  shedWithoutWord = 0;
  /** Answers that say of a cluster that its cost could not be looked up. */
  incomplete = 0;

  note(status: number, body: string, headers: Readonly<Record<string, string>> = {}): void {
    if (status === 503) {
      this.shed += 1;
      if (!Object.keys(headers).some((name) => name.toLowerCase() === "retry-after")) this.shedWithoutWord += 1;
    } else if (status >= 300) this.#count(`${status} ${body.slice(0, 120)}`);
    else if (body.startsWith('{"errors"')) this.#count(body.slice(0, 120));
    else if (body.includes('"status":"UNAVAILABLE"')) this.incomplete += 1;
  }

  #count(what: string): void {
    this.errors.set(what, (this.errors.get(what) ?? 0) + 1);
  }
}

const DAY = 86_400;
const organization = DEMO_ORGANIZATION.id;

/**
 * What clients of all kinds ask, in the shares in which they come: four times GraphQL, three times REST, two times
 * samples. Each connection goes round it. Windows are some that many look at, as those of a dashboard are.
 */
export function mixedTraffic(token: string, sender: Sender, findings: Findings): Request[] {
  const today = Math.floor(Date.now() / 1000 / DAY) * DAY;
  let round = 0;
  const window = () => {
    const start = today - (8 + (round++ % 8)) * DAY;
    return { start, end: start + 7 * DAY - 1 };
  };
  const onResponse = (status: number, body: string, _context: object, headers?: object) =>
    findings.note(status, body, headers as Record<string, string>);
  const bearer = { authorization: `Bearer ${token}` };

  const graphql = (selection: string): Request => ({
    method: "POST",
    path: "/graphql",
    headers: { ...bearer, "content-type": "application/json" },
    setupRequest: (request) => ({
      ...request,
      body: JSON.stringify({
        query: `query ($id: ID!, $start: Timestamp!, $end: Timestamp!) {
          cleanExpenses(organizationId: $id, startDate: $start, endDate: $end) { ${selection} }
        }`,
        variables: { id: organization, ...window() },
      }),
    }),
    onResponse,
  });
  const rest = (endpoint: string, more = ""): Request => ({
    method: "GET",
    headers: bearer,
    setupRequest: (request) => {
      const { start, end } = window();
      return {
        ...request,
        path: `/restapi/v2/organizations/${organization}/${endpoint}?start_date=${start}&end_date=${end}${more}`,
      };
    },
    onResponse,
  });
  let node = 0;
  const samples = (): Request => ({
    method: "POST",
    path: "/storage/api/v2/write",
    headers: {
      "cloud-account-id": sender.cloudAccountId,
      authorization: `Basic ${Buffer.from(`${sender.username}:${sender.password}`).toString("base64")}`,
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
    },
    setupRequest: (request) => ({ ...request, body: batchOf(node++ % 50) }),
    onResponse,
  });
  const overview = "totalCount totalCost k8sCosts { totalCost complete clusters { status cost } }";
  const page = "expenses(first: 50) { nodes { id resourceName cost cloudAccount { name } owner { name } } }";
  return [
    graphql(overview),
    rest("clean_expenses", "&limit=50"),
    samples(),
    graphql(`totalCost ${page}`),
    rest("summary_expenses"),
    graphql("breakdown(by: SERVICE_NAME) { total groups { key } }"),
    samples(),
    rest("available_filters"),
    graphql(overview),
  ];
}

/** Two hundred series of a node, sampled now. */
function batchOf(node: number): Buffer {
  const now = Date.now();
  return packed(
    Array.from({ length: 200 }, (_, pod) => ({
      labels: { __name__: "container_cpu_allocation", node: `soak-${node}`, namespace: "soak", pod: `pod-${pod}` },
      samples: [[now, 0.1]],
    })),
  );
}
