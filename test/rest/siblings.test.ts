import { afterAll, beforeAll, expect, test } from "vitest";
import { acme, from, ids, to } from "./acme.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

const day = 86_400;
let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.load(acme);
});
afterAll(() => under[Symbol.asyncDispose]());

async function ask(path: string, headers: Record<string, string> = { authorization: "Bearer tok-acme" }) {
  const answer = await fetch(`${under.url}/restapi/v2${path}`, { headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
}

const dates = `start_date=${from}&end_date=${to}`;
const organization = `/organizations/${ids.organization}`;
const refusal = (body: unknown) => (body as { error: { error_code: string; params: unknown[] } }).error;

test("breakdown_expenses by pool names pools, and keeps what has none apart", async () => {
  const { body } = await ask(`${organization}/breakdown_expenses?${dates}&breakdown_by=pool_id`);
  expect(body).toMatchObject({
    total: 101.75,
    previous_total: 7,
    previous_range_start: from - 3 * day,
    breakdown_by: "pool_id",
    counts: {
      [ids.teamPool]: { total: 60.25, previous_total: 7, name: "Checkout", purpose: "team" },
      [ids.rootPool]: { total: 1.5, previous_total: 0, name: "Acme", purpose: "business_unit" },
      null: { total: 40, previous_total: 0 },
    },
  });
  expect(Object.keys(body.breakdown ?? {})).toEqual([0, 1, 2].map((index) => String(from + index * day)));
});

test("breakdown_expenses judges in order: wildcards, names, existence, then the length of the window", async () => {
  const year = `start_date=0&end_date=${400 * day}`;
  const judged = async (query: string) => refusal((await ask(`${organization}/breakdown_expenses?${query}`)).body);
  expect(await judged(`${year}&breakdown_by=*`)).toMatchObject({ error_code: "OE0496", params: ["breakdown_by"] });
  expect(await judged(`${year}&breakdown_by=toString`)).toMatchObject({ error_code: "OE0217" });
  expect(await judged(`${year}&pool_id=x`)).toMatchObject({ error_code: "OE0470" });
  expect(await judged(year)).toMatchObject({ error_code: "OE0515", params: [] });
  const { status } = await ask(`${organization}/breakdown_expenses?start_date=0&end_date=${365 * day - 1}`);
  expect(status).toBe(200);
});

test("available_filters shows traffic where there was some, and empties filters in use", async () => {
  const all = await ask(`${organization}/available_filters?${dates}`);
  expect(all.body.filter_values).toMatchObject({
    traffic_from: [{ name: "eu-central-1", cloud_type: "aws_cnr" }, "ANY"],
    traffic_to: [{ name: "External", cloud_type: "aws_cnr" }, "ANY"],
    tag: expect.arrayContaining(["team", "cost-center"]),
    pool: expect.arrayContaining([null, { id: ids.teamPool, name: "Checkout", purpose: "team" }]),
    active: expect.arrayContaining([true, false]),
    recommendations: expect.arrayContaining([true, false]),
  });
  const used = await ask(
    `${organization}/available_filters?${dates}&region=eu-central-1&tag=team&active=true&pool_id=${ids.teamPool}`,
  );
  expect(used.body.filter_values).toMatchObject({
    region: [],
    tag: [],
    without_tag: ["cost-center"],
    active: [],
    pool: [],
    service_name: [{ name: "AmazonEC2", cloud_type: "aws_cnr" }],
  });
});

test("raw_expenses lists what is known of a resource's bill, dearest first, and its cost before limit", async () => {
  const { body } = await ask(`/resources/${ids.resource}/raw_expenses?${dates}&limit=2`);
  expect(body).toEqual({
    start_date: from,
    end_date: to,
    limit: 2,
    total_cost: 60.25,
    raw_expenses: [2, 1].map((index) => ({
      cloud_account_id: ids.aws,
      resource_id: "i-0acme",
      start_date: new Date((from + index * day) * 1000).toISOString().slice(0, 19),
      end_date: new Date((from + (index + 1) * day) * 1000).toISOString().slice(0, 19),
      cost: index === 2 ? 30 : 20,
    })),
  });
});

test("raw_expenses tells a resource of others from one that does not exist as v2 does, and takes no filters", async () => {
  const rival = await ask(`/resources/${ids.rivalResource}/raw_expenses?${dates}`);
  expect([rival.status, refusal(rival.body).error_code]).toEqual([403, "OE0234"]);
  const none = await ask("/resources/nothing/raw_expenses");
  expect(refusal(none.body)).toMatchObject({ error_code: "OE0002", params: ["Resource", "nothing"] });
  const service = await ask("/resources/nothing/raw_expenses", { secret: CLUSTER_SECRET });
  expect(refusal(service.body)).toMatchObject({ error_code: "OE0216" });
  const filtered = await ask(`/resources/${ids.resource}/raw_expenses?${dates}&region=x`);
  expect(refusal(filtered.body)).toMatchObject({ error_code: "OE0212", params: ["region"] });
});

test("region_expenses sums by region and kind of cloud", async () => {
  const { body } = await ask(`${organization}/region_expenses?${dates}`);
  const unknownPlace = { longitude: null, latitude: null };
  expect(body.expenses).toEqual({
    total: 101.75,
    previous_total: 7,
    previous_range_start: from - 3 * day,
    regions: [
      { id: "eu-central-1", name: "eu-central-1", type: "aws_cnr", total: 60.25, previous_total: 7, ...unknownPlace },
      { id: "westeurope", name: "westeurope", type: "azure_cnr", total: 40, previous_total: 0, ...unknownPlace },
      { id: "us-east-1", name: "us-east-1", type: "aws_cnr", total: 1.5, previous_total: 0, ...unknownPlace },
    ],
  });
});

test("pools_expenses of the root pool are those of all accounts, of another pool those of its subtree", async () => {
  const root = await ask(`/pools_expenses/${ids.rootPool}?${dates}&filter_by=cloud`);
  expect(root.body.expenses).toMatchObject({
    id: ids.rootPool,
    name: "Acme",
    total: 101.75,
    previous_total: 7,
    cloud: [
      { id: ids.aws, name: "Acme AWS", type: "aws_cnr", total: 61.75, previous_total: 7 },
      { id: ids.azure, name: "Acme Azure", type: "azure_cnr", total: 40, previous_total: 0 },
    ],
  });
  const team = await ask(`/pools_expenses/${ids.teamPool}?${dates}`);
  expect(team.body.expenses).toEqual({
    id: ids.teamPool,
    name: "Checkout",
    total: 60.25,
    previous_total: 7,
    previous_range_start: from - 3 * day,
    breakdown: { [from]: 10.25, [from + day]: 20, [from + 2 * day]: 30 },
  });
  const byEmployee = await ask(`/pools_expenses/${ids.rootPool}?${dates}&filter_by=employee`);
  expect(byEmployee.body.expenses).toMatchObject({
    employee: [
      { id: ids.ada, name: "Ada Example", total: 60.25 },
      { id: "00000000-0000-0000-0000-000000000000", name: "(not set)", total: 40 },
      { id: ids.bob, name: "Bob Example", total: 1.5 },
    ],
  });
});

test("clouds_expenses and employees_expenses need filter_by, and group by it", async () => {
  const cloud = `/clouds_expenses/${ids.aws}?${dates}`;
  expect(refusal((await ask(cloud)).body)).toMatchObject({ error_code: "OE0216", params: ["filter_by"] });
  for (const wrong of ["cloud", "", "toString"]) {
    expect(refusal((await ask(`${cloud}&filter_by=${wrong}`)).body)).toMatchObject({ error_code: "OE0217" });
  }
  expect((await ask(`${cloud}&filter_by=service`)).body.expenses).toMatchObject({
    type: "aws_cnr",
    total: 61.75,
    service: [
      { id: "AmazonEC2", name: "AmazonEC2", total: 60.25, previous_total: 7 },
      { id: "AmazonS3", name: "AmazonS3", total: 1.5, previous_total: 0 },
    ],
    breakdown: { [from + day]: [{ id: "AmazonEC2", name: "AmazonEC2", expense: 20 }] },
  });
  const owner = await ask(`/employees_expenses/${ids.ada}?${dates}&filter_by=pool`);
  expect(owner.body.expenses).toMatchObject({
    id: ids.ada,
    name: "Ada Example",
    total: 60.25,
    pool: [{ id: ids.teamPool, name: "Checkout", purpose: "team", total: 60.25 }],
  });
});

test.each([
  ["Pool", `/pools_expenses/`, ids.rivalPool],
  ["CloudAccount", `/clouds_expenses/`, ids.rivalAws],
  ["Employee", `/employees_expenses/`, ids.rivalOwner],
  ["Pool", `/pools/`, ids.rivalPool],
  ["CloudAccount", `/cloud_accounts/`, ids.rivalAws],
])("a %s of another organization is forbidden, one that does not exist is not found", async (kind, path, id) => {
  expect(refusal((await ask(path + id)).body)).toMatchObject({ error_code: "OE0234", params: [] });
  expect(refusal((await ask(`${path}nothing`)).body)).toMatchObject({
    error_code: "OE0002",
    params: [kind, "nothing"],
  });
});

test("cloud_accounts filters by type and shows no credentials", async () => {
  const all = await ask(`${organization}/cloud_accounts`);
  expect(all.body.cloud_accounts).toMatchObject([
    { id: ids.aws, name: "Acme AWS", type: "aws_cnr", config: null },
    { id: ids.azure, type: "azure_cnr" },
    { id: ids.cluster, type: "kubernetes_cnr" },
  ]);
  const azure = await ask(`${organization}/cloud_accounts?type=azure_cnr`, { secret: CLUSTER_SECRET });
  expect(azure.body.cloud_accounts).toHaveLength(1);
  expect(refusal((await ask(`${organization}/cloud_accounts?type=AZURE_CNR`)).body)).toMatchObject({
    error_code: "OE0217",
    params: ["type"],
  });
  expect((await ask(`${organization}/cloud_accounts?auto_import=false`)).body.cloud_accounts).toEqual([]);
});

test("pools carry their path, and one pool its children", async () => {
  const { body } = await ask(`${organization}/pools`);
  expect(body.pools).toMatchObject([
    { id: ids.rootPool, full_name: "Acme", pool_purpose: "business_unit", policies: null },
    { id: ids.teamPool, full_name: "Checkout", parent_id: ids.rootPool },
  ]);
  const rival = await ask(`/organizations/${ids.rival}/pools`);
  expect([rival.status, refusal(rival.body).error_code]).toEqual([403, "OE0378"]);
  expect(refusal((await ask(`${organization}/pools?condition=xor`)).body)).toMatchObject({ error_code: "OE0217" });
  const root = await ask(`/pools/${ids.rootPool}?children=true&details=true`);
  expect(root.body).toMatchObject({
    cost: 0,
    saving: 12.5,
    total_recommendations: 1,
    children: [{ id: ids.teamPool, cost: 0 }],
  });
});

test("what holders of a token may ask, the secret alone does not open", async () => {
  for (const path of [`${organization}/region_expenses`, `${organization}/pools`, `/pools_expenses/${ids.rootPool}`]) {
    const { status, body } = await ask(path, { secret: CLUSTER_SECRET });
    expect([status, refusal(body).error_code]).toEqual([401, "OE0235"]);
  }
});
