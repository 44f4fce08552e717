import fc from "fast-check";
import { Agent, request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { endpoints } from "../../src/rest/endpoints.js";
import { errorSchema } from "../../src/rest/schemas/shared.js";
import { runs, timeout } from "../hostile/judge.js";
import { acme, from, ids, to } from "./acme.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

let under: GatewayUnderTest;
const agent = new Agent({ connections: 8 });
beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.load(acme);
});
afterAll(async () => {
  await agent.close();
  await under[Symbol.asyncDispose]();
  process.stdout.write(`fuzzing: ${sent} requests, answered ${JSON.stringify(Object.fromEntries(statuses))}\n`);
});

let sent = 0;
const statuses = new Map<number, number>();

/** Whatever belongs to the rival may only come back if it was sent. */
const rivals = [ids.rivalAws, ids.rivalPool, ids.rivalOwner, ids.rivalResource, "i-0rival", "rival-secret", "Rival"];

const knownNames = [...new Set(endpoints.flatMap(({ parameters }) => parameters.map(({ name }) => name)))];
const name = fc.oneof(
  { weight: 24, arbitrary: fc.constantFrom(...knownNames) },
  { weight: 1, arbitrary: fc.constantFrom("filter_by", "resource_id", "offset", "__proto__", "toString", "") },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 5 }) },
);
const value = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      "",
      "true",
      "False",
      "00000000-0000-0000-0000-000000000000",
      "ANY",
      "team",
      "Instance:regular",
      "Instance:cluster",
      "Bucket:environment",
      "eu-central-1",
      "eu-central-1:aws_cnr",
      "*o*",
      "?",
      "AmazonEC2",
      "csv",
      "json",
      "xlsx",
      "advanced_json",
      "owner.name",
      "__proto__.x",
      "cost",
      "pool_id",
      "region",
      "service",
      "cloud",
      "0",
      "1",
      "2147483647",
      "-1",
      String(from),
      String(to),
      "253402300799",
      ...Object.values(ids),
      `${ids.rootPool}+`,
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 1, arbitrary: fc.bigInt().map(String) },
  { weight: 1, arbitrary: fc.constantFrom("' OR 1=1 --", "{x:String}", "\\", "%", "_", "\u0000", "(?:", ".*", "[") },
);
/** As it goes over the wire: mostly well encoded, sometimes raw bytes that mean nothing. */
const encoded = (text: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 12, arbitrary: text.map((one) => encodeURIComponent(Buffer.from(one).toString())) },
    { weight: 1, arbitrary: fc.stringMatching(/^(%[0-9a-fA-F]{2}|%|\+|;|[a-z]){0,6}$/) },
  );
/** Half of the time a value that the parameter can take. */
const usable: Readonly<Record<string, readonly string[]>> = {
  pool_id: [ids.rootPool, `${ids.rootPool}+`, `${ids.teamPool}+`],
  cloud_account_id: [ids.aws, ids.azure, ids.cluster],
  owner_id: [ids.ada, ids.bob],
  active: ["true", "false", ""],
  recommendations: ["true", "FALSE"],
  constraint_violated: ["false"],
  resource_type: ["Instance:regular", "Bucket:regular", "a:b:cluster"],
  traffic_from: ["ANY", "eu-central-1:aws_cnr"],
  traffic_to: ["ANY", "External:AWS_CNR"],
  format: ["csv", "json", "xlsx", "advanced_json"],
  limit: ["1", "2", " 2147483647 "],
  name_like: ["o", "*o?", "\\", "(", "%", "[^a]"],
  filter_by: ["cloud", "pool", "employee", "service"],
  breakdown_by: ["pool_id", "region", "resource_type"],
  start_date: [String(from)],
  end_date: [String(to)],
};
const pair = fc.oneof(
  fc.tuple(encoded(name), encoded(value)).map(([one, other]) => `${one}=${other}`),
  fc
    .constantFrom(...Object.keys(usable))
    .chain((one) =>
      fc.constantFrom(...(usable[one] as string[])).map((other) => `${one}=${encodeURIComponent(other)}`),
    ),
  fc
    .tuple(fc.constantFrom("region", "service_name", "tag", "without_tag", "k8s_node", "field", "_id"), encoded(value))
    .map(([one, other]) => `${one}=${other}`),
);
const window = fc.constantFrom(
  `start_date=${from}&end_date=${to}`,
  `start_date=${from - 86_400}&end_date=${from}`,
  "start_date=0&end_date=253402300799",
  "",
);
const query = fc
  .tuple(
    fc.oneof({ weight: 8, arbitrary: window }, { weight: 1, arbitrary: pair }),
    fc.array(fc.oneof({ weight: 20, arbitrary: pair }, { weight: 1, arbitrary: encoded(value) }), { maxLength: 5 }),
    fc.boolean(),
  )
  .map(([dates, pairs, windowLast]) => (windowLast ? [...pairs, dates] : [dates, ...pairs]).join("&"));

/** Mostly what the path asks for, so that the query is what is judged. */
const fitting: Readonly<Record<string, readonly string[]>> = {
  organization_id: [ids.organization],
  resource_id: [ids.resource, ids.bucket],
  pool_id: [ids.rootPool, ids.teamPool],
  cloud_account_id: [ids.aws, ids.cluster],
  employee_id: [ids.ada],
};
const segmentOf = (segmentName: string) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...(fitting[segmentName] as string[])) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.values(ids)) },
    { weight: 1, arbitrary: encoded(value).filter((text) => text !== "" && !/^\.{1,2}$/.test(text)) },
  );
const target = fc.constantFrom(...endpoints).chain(({ path }) => {
  const segmentName = /\{(\w+)\}/.exec(path)?.[1];
  return segmentName === undefined
    ? query.map((search) => `/restapi/v2${path}?organization_id=${ids.organization}&${search}`)
    : fc
        .tuple(segmentOf(segmentName), query)
        .map(([one, search]) => `/restapi/v2${path.replace(/\{\w+\}/, one)}?${search}`);
});

async function judge(path: string, headers: Record<string, string>, mayAlsoSee: readonly string[]): Promise<void> {
  const answer = await request(under.url + path, { dispatcher: agent, headers });
  const bytes = Buffer.from(await answer.body.arrayBuffer());
  sent++;
  statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
  expect(answer.statusCode).toBeLessThan(500);
  if (answer.statusCode !== 200) {
    expect(errorSchema.parse(JSON.parse(bytes.toString())).error.status_code).toBe(answer.statusCode);
    return;
  }
  // A workbook is compressed; what it may show, the same rows as text show, too.
  const text = bytes.toString("utf8");
  for (const foreign of rivals) if (!mayAlsoSee.includes(foreign)) expect(text).not.toContain(foreign);
}

test(
  "whatever is asked with Acme's token: never a 5xx, never another envelope, nothing of the rival",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(target, { minLength: 8, maxLength: 8 }), async (targets) => {
        await Promise.all(targets.map((path) => judge(path, { authorization: "Bearer tok-acme" }, [])));
      }),
      { numRuns: runs(120) },
    );
  },
  timeout,
);

test(
  "whatever is asked with the cluster's secret: never a 5xx, never another envelope",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(target, { minLength: 8, maxLength: 8 }), async (targets) => {
        await Promise.all(targets.map((path) => judge(path, { secret: CLUSTER_SECRET }, rivals)));
      }),
      { numRuns: runs(24) },
    );
  },
  timeout,
);

/** What a header may hold and still be sent: Latin-1 without control characters. */
const headerText = fc.stringMatching(/^[ -~\u00a1-\u00ff]{0,40}$/);
const headers = fc
  .record(
    {
      authorization: fc.oneof(
        fc.constantFrom(
          "Bearer tok-acme",
          "Bearer tok-rival",
          "tok-acme",
          "Bearer",
          "Basic Zm9vOmJhcg==",
          "1234567tok-acme",
        ),
        headerText,
      ),
      secret: fc.oneof(fc.constantFrom("", CLUSTER_SECRET.toUpperCase(), `${CLUSTER_SECRET}x`), headerText),
      accept: fc.constantFrom("text/html", "application/xml;q=0", "*/*", ""),
      "accept-encoding": fc.constantFrom("gzip", "identity;q=0", "br, *;q=0.1"),
      "content-type": fc.constantFrom("application/json", "text/plain; charset=utf-7", "multipart/form-data", ";"),
      range: fc.constantFrom("bytes=0-1", "bytes=-"),
      "if-none-match": fc.constantFrom("*", '"x"'),
      "x-forwarded-host": headerText,
      "x-http-method-override": fc.constantFrom("DELETE", "POST"),
      "accept-version": fc.constantFrom("2.x", "1"),
      origin: fc.constantFrom("https://acme.example", "null"),
    },
    { requiredKeys: [] },
  )
  // `1234567tok-acme` and the like are Acme's token by the rules of v2, and the rival's is the rival's.
  .map((sentHeaders) => ({ sentHeaders, isRivals: /^.{7}tok-rival *$/.test(sentHeaders.authorization ?? "") }));

test(
  "whatever headers come along, and whoever asks: never a 5xx, never another envelope, nothing of others",
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(target, headers), { minLength: 8, maxLength: 8 }), async (requests) => {
        await Promise.all(
          requests.map(([path, { sentHeaders, isRivals }]) => judge(path, sentHeaders, isRivals ? rivals : [])),
        );
      }),
      { numRuns: runs(24) },
    );
  },
  timeout,
);
