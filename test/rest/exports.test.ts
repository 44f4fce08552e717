import { readSheet } from "read-excel-file/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acme, from, ids, to } from "./acme.js";
import { type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.load(acme);
});
afterAll(() => under[Symbol.asyncDispose]());

function ask(path: string, query: string): Promise<Response> {
  return fetch(`${under.url}/restapi/v2${path}?start_date=${from}&end_date=${to}${query}`, {
    headers: { authorization: "Bearer tok-acme" },
  });
}

const expenses = `/organizations/${ids.organization}/clean_expenses`;
const sheetOf = async (answer: Response) => readSheet(Buffer.from(await answer.arrayBuffer()));

test("csv is RFC 4180 with nested keys as dotted columns, dearest first", async () => {
  const answer = await ask(expenses, "&format=csv&field=resource_id&field=cost&field=owner&field=tags&field=active");
  expect(answer.headers.get("content-type")).toBe('text/csv; charset="utf-8"');
  expect(await answer.text()).toBe(
    [
      "cost,owner.id,owner.name,resource_id,tags.team,tags.cost-center,active",
      `60.25,${ids.ada},Ada Example,${ids.resource},checkout,42,true`,
      `40,,,${ids.vm},data,,false`,
      `1.5,${ids.bob},Bob Example,${ids.bucket},,,false`,
      "",
    ].join("\r\n"),
  );
});

test("csv text that a spreadsheet would run as a formula is defused, and quotes are doubled", async () => {
  const answer = await ask(expenses, `&format=csv&field=resource_name&_id=${ids.resource}`);
  expect(await answer.text()).toBe(`resource_name\r\n"'=checkout, ""one"""\r\n`);
});

test("a workbook has numbers as numbers and headings of nested keys above each other", async () => {
  const answer = await ask(expenses, "&format=xlsx&field=resource_name&field=cost&field=owner&field=active");
  expect(answer.headers.get("content-type")).toBe("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
  expect(await sheetOf(answer)).toEqual([
    ["resource_name", "cost", "owner", null, "active"],
    [null, null, "id", "name", null],
    ['=checkout, "one"', 60.25, ids.ada, "Ada Example", true],
    ["vm", 40, null, null, false],
    ["bucket", 1.5, ids.bob, "Bob Example", false],
  ]);
});

test("a workbook of whole rows holds every key that some row has", async () => {
  const sheet = await sheetOf(await ask(expenses, "&format=xlsx"));
  const headings = sheet[0] ?? [];
  for (const key of ["resource_name", "tags", "meta", "pool", "traffic_expenses", "cloud_account_type"]) {
    expect(headings).toContain(key);
  }
  expect(sheet).toHaveLength(2 + 3);
});

test("an export without rows has the headings that rows have anyway", async () => {
  const table = await (await ask(expenses, "&format=csv&region=nowhere")).text();
  expect(table.endsWith("\r\n")).toBe(true);
  const headings = table.trimEnd().split(",");
  const [withRows] = (await (await ask(expenses, "&format=csv")).text()).split("\r\n", 1);
  expect(headings.slice(0, 4)).toEqual(["resource_name", "cloud_resource_id", "resource_type", "service_name"]);
  expect(
    headings.filter((heading) => !withRows?.split(",").some((one) => `${one}.`.startsWith(`${heading}.`))),
  ).toEqual([]);

  const sheet = await sheetOf(await ask(expenses, "&format=xlsx&region=nowhere"));
  expect(sheet).toHaveLength(2);
  expect(sheet[0]?.filter((heading) => heading !== null)).toEqual([
    ...new Set(headings.map((one) => one.split(".")[0])),
  ]);
  expect(sheet[1]?.filter((heading) => heading !== null)).toEqual(["id", "name", "id", "name", "purpose"]);
  expect(await (await ask(expenses, "&format=json&region=nowhere")).text()).toBe("[]");
});

test("an export without rows has the headings of the fields that were asked for, and no others", async () => {
  const fields = "&field=cost&field=owner.name&field=owned_by_nobody&region=nowhere";
  expect(await (await ask(expenses, `&format=csv${fields}`)).text()).toBe("cost,owner.name\r\n");
  expect(await sheetOf(await ask(expenses, `&format=xlsx${fields}`))).toEqual([
    ["cost", "owner"],
    [null, "name"],
  ]);
});

test("records of a time without any have headings", async () => {
  const answer = await fetch(
    `${under.url}/restapi/v2/resources/${ids.vm}/raw_expenses?start_date=1&end_date=2&format=csv`,
    {
      headers: { authorization: "Bearer tok-acme" },
    },
  );
  expect(await answer.text()).toBe("cost,cloud_account_id,resource_id,start_date,end_date\r\n");
});

test("json is the bare array, indented by four, its keys in order", async () => {
  const text = await (await ask(expenses, `&format=json&field=owner&field=cost&_id=${ids.bucket}`)).text();
  expect(text).toBe(
    `[\n    {\n        "cost": 1.5,\n        "owner": {\n            "id": "${ids.bob}",\n            "name": "Bob Example"\n        }\n    }\n]`,
  );
});

test("limit holds in exports", async () => {
  expect(await (await ask(expenses, "&format=csv&limit=1&field=cost")).text()).toBe("cost\r\n60.25\r\n");
});

test("a summary is a table of one row", async () => {
  const summary = `/organizations/${ids.organization}/summary_expenses`;
  expect(await sheetOf(await ask(summary, "&format=xlsx"))).toEqual([
    ["start_date", "end_date", "total_count", "total_cost", "total_saving"],
    [from, to, 3, 101.75, 12.5],
  ]);
  expect(JSON.parse(await (await ask(summary, "&format=json")).text())).toMatchObject({ total_cost: 101.75 });
});

test("a format that is not offered is refused by name, letter case counts", async () => {
  for (const name of ["pdf", "CSV", "Json"]) {
    const answer = await ask(expenses, `&format=${name}`);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { error_code: "OE0473", params: [name], reason: `Format ${name} is not allowed` },
    });
  }
});
