import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatFocusReport } from "../../src/imports/focus.js";
import { type Charge, charge, charges, csvOf, sumsOf } from "./focus-files.js";
import { expectSums, FocusImporter } from "./focus-importer.js";

/**
 * The sample is not ours to keep here. Where it does not lie beside this project its tests do not exist, rather than
 * be skipped: nothing that one could install would bring them back.
 */
const sample = new URL("../../../shared/data/focus/focus_1.0_sample.csv", import.meta.url).pathname;
const sampleText = await readFile(sample, "utf8").catch(() => undefined);

let importer: FocusImporter;
beforeAll(async () => {
  importer = await FocusImporter.create();
});
afterAll(() => importer[Symbol.asyncDispose]());

function sampleTests(text: string) {
  test("is stored to the last charge, and again without a change", async () => {
    const rows = parse(text, { columns: true }) as Charge[];
    const organization = importer.acme();
    const report = await importer.bring(organization, sample);
    const known = rows.map((row) => ({
      ...row,
      SubAccountId: row.SubAccountId === "NULL" ? null : (row.SubAccountId ?? null),
    }));
    expectSums(await importer.storedSums(organization), sumsOf(known));
    expect(report).toMatchObject({ charges: 1_000, leftOut: [], unreadableTags: 0 });
    expect(report.days).toEqual({ first: "2024-09-01", last: "2024-09-30" });
    const types = new Set(report.accounts.map(({ type }) => type));
    expect(types).toEqual(new Set(["AWS_CNR", "AZURE_CNR", "OTHER"]));

    const { clickHouse } = importer.stores;
    const state = () =>
      clickHouse.query(
        `SELECT (SELECT groupArray(x) FROM (SELECT (cloud_account_id, resource_id, date, sum(e.cost * e.sign)) AS x
                 FROM expenses AS e GROUP BY cloud_account_id, resource_id, date HAVING sum(e.sign) > 0 ORDER BY x)) AS expenses,
                (SELECT groupArray(x) FROM (SELECT (cloud_account_id, id, document) AS x FROM resources FINAL ORDER BY x)) AS resources,
                (SELECT groupArray(x) FROM (SELECT (cloud_account_id, resource_id, record, cost) AS x FROM raw_expenses ORDER BY x)) AS records`,
      );
    const before = await state();
    expect(await importer.bring(organization, sample)).toEqual({
      ...report,
      organization: { ...report.organization, created: false },
    });
    expect(await state()).toEqual(before);
  });

  test("takes the cost from the column that was asked for, and counts what has none", async () => {
    const rows = parse(text, { columns: true }) as Charge[];
    const organization = importer.acme();
    const report = await importer.bring(organization, sample, { cost: "ContractedCost" });
    const priced = rows.filter((row) => row.ContractedCost !== "NULL");
    expect(report.leftOut).toEqual([
      { reason: "NO_COST", currency: "USD", charges: rows.length - priced.length, cost: null },
    ]);
    expectSums(await importer.storedSums(organization), sumsOf(priced, "ContractedCost"));
  });
}

if (sampleText !== undefined) describe("the sample of the FinOps Foundation", () => sampleTests(sampleText));

describe("forms of files", () => {
  const rows = charges(
    { EffectiveCost: 1.25, Tags: '{"team": "web", "a b": "c\\"d"}' },
    { EffectiveCost: -0.5, ChargeCategory: "Credit", ResourceId: null },
    { EffectiveCost: 2, SubAccountId: "222", SubAccountName: "Acme Data", ResourceName: 'quoted "name", and more' },
    { EffectiveCost: 1e-7, ChargePeriodStart: "2024-09-03 23:00:00", ChargePeriodEnd: "2024-09-04 00:00:00" },
  );

  test("CSV, gzip and Parquet with tags as text, as a map, as a list of pairs or as a structure bring the same", async () => {
    const csv = await importer.file(rows);
    const { clickHouse } = importer.stores;
    const parquet = async (name: string, columns: string) => {
      const path = importer.path(name);
      await clickHouse.command(
        `INSERT INTO FUNCTION file({path:String}, 'Parquet') SELECT ${columns} FROM file({csv:String}, 'CSVWithNames')
         SETTINGS format_csv_null_representation = 'NULL'`,
        { path, csv },
      );
      return path;
    };
    const typed = `* REPLACE (CAST(EffectiveCost, 'Nullable(Decimal(18, 10))') AS EffectiveCost,
      parseDateTimeBestEffort(toString(ChargePeriodStart), 'UTC') AS ChargePeriodStart`;
    const plain = await parquet("text.parquet", `${typed})`);
    const map = await parquet(
      "map.parquet",
      `${typed}, CAST(JSONExtract(ifNull(Tags, '{}'), 'Map(String, String)'), 'Map(String, String)') AS Tags)`,
    );
    const pairs = (name: string, form: string, type: string) =>
      parquet(
        name,
        `${typed}, CAST(arrayMap(pair -> ${form}, JSONExtractKeysAndValues(ifNull(Tags, '{}'), 'String')), 'Array(${type})') AS Tags)`,
      );
    const list = await pairs("list.parquet", "pair", "Tuple(key String, value String)");
    const turned = await pairs("turned.parquet", "(pair.2, pair.1)", "Tuple(Value Nullable(String), Key String)");
    const structure = await parquet(
      "structure.parquet",
      `${typed}, CAST(JSONExtract(ifNull(Tags, '{}'), 'Tuple(team Nullable(String), "a b" Nullable(String), unset Nullable(String))'),
        'Tuple(team Nullable(String), "a b" Nullable(String), unset Nullable(String))') AS Tags)`,
    );
    const packed = importer.path("text.parquet.gz");
    await writeFile(packed, gzipSync(await readFile(plain)));
    const results = [];
    let last = "";
    for (const path of [csv, await importer.file(rows, "csv.gz"), plain, map, list, turned, structure, packed]) {
      last = importer.acme();
      const report = await importer.bring(last, path);
      const documents = await importer.documentsOf(report);
      results.push({
        accounts: report.accounts.map(({ name, type, charges, cost, daily }) => ({ name, type, charges, cost, daily })),
        resources: documents.map(({ id: _id, cloud_account_id: _account, ...document }) => document),
      });
    }
    for (const result of results) expect(result).toEqual(results[0]);
    expectSums(await importer.storedSums(last), sumsOf(rows));
  });

  test("nested columns that cannot be read are refused where they matter, and named where they do not", async () => {
    const csv = await importer.file(rows);
    const nested = async (name: string, columns: string) => {
      const path = importer.path(name);
      await importer.stores.clickHouse.command(
        `INSERT INTO FUNCTION file({path:String}, 'Parquet') SELECT ${columns} FROM file({csv:String}, 'CSVWithNames')
         SETTINGS format_csv_null_representation = 'NULL'`,
        { path, csv },
      );
      return path;
    };
    const deep = "CAST(tuple(tuple('web')), 'Tuple(team Tuple(name String))')";
    await expect(
      importer.bring(importer.acme(), await nested("deep.parquet", `* REPLACE (${deep} AS Tags)`)),
    ).rejects.toMatchObject({
      code: "BAD_IMPORT_FILE",
      message: expect.stringMatching(/deep\.parquet: column Tags: .*: write it as JSON text, a map, /),
      details: { column: "Tags" },
    });
    await expect(
      importer.bring(importer.acme(), await nested("cost.parquet", "* REPLACE ([EffectiveCost] AS EffectiveCost)")),
    ).rejects.toMatchObject({
      code: "BAD_IMPORT_FILE",
      message: expect.stringMatching(/cost\.parquet: column EffectiveCost: .*: write it as plain values/),
    });
    const report = await importer.bring(
      importer.acme(),
      await nested("more.parquet", `*, ${deep} AS x_Team, CAST(tuple('a'), 'Tuple(b String)') AS x_Plain`),
    );
    expect(report.leftOutColumns).toEqual(["x_Team"]);
    expect(formatFocusReport(report)).toContain("nested values cannot be read: x_Team.");
    const [{ record = "" } = {}] = await importer.stores.clickHouse.query<{ record: string }>(
      "SELECT record FROM raw_expenses WHERE cloud_account_id = {id:String} LIMIT 1",
      { id: report.accounts[0]?.id },
    );
    expect(JSON.parse(record)).toMatchObject({ x_Plain: '{"b":"a"}' });
    expect(JSON.parse(record)).not.toHaveProperty("x_Team");
  });

  test("several files in one call are one import, and naming one twice is refused", async () => {
    const paths = [await importer.file(rows.slice(0, 2)), await importer.file(rows.slice(2), "csv.gz")];
    const organization = importer.acme();
    const report = await importer.bring(organization, paths);
    expect(report.charges).toBe(4);
    expectSums(await importer.storedSums(organization), sumsOf(rows));
    await expect(importer.bring(importer.acme(), [paths[0] ?? "", paths[0] ?? ""])).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
    });
  });

  test("empty lines between charges are passed over", async () => {
    const rows = charges({ ResourceId: "a", EffectiveCost: 2 }, { ResourceId: "b", EffectiveCost: 3 });
    const path = importer.path("spaced.csv");
    await writeFile(path, csvOf(rows).replaceAll("\n", "\r\n\r\n"));
    const organization = importer.acme();
    await importer.bring(organization, path);
    expectSums(await importer.storedSums(organization), sumsOf(rows));
  });

  test("headers in any case and order, with a byte order mark, CRLF and further columns", async () => {
    const path = importer.path("odd.csv");
    const text = csvOf(rows.map((row) => ({ x_Extra: "more", ...Object.fromEntries(Object.entries(row).reverse()) })));
    const [header = "", ...lines] = text.split("\n");
    await writeFile(path, `\uFEFF${[header.toLowerCase(), ...lines].join("\r\n")}`);
    const organization = importer.acme();
    await importer.bring(organization, path);
    expectSums(await importer.storedSums(organization), sumsOf(rows));
  });

  test("FOCUS 1.3, which names a service's provider and not the publisher", async () => {
    const { ProviderName: _, ...rest } = charge();
    const path = await importer.file([
      { ...rest, ServiceProviderName: "Amazon Web Services", HostProviderName: "AWS" },
    ]);
    const newer = await importer.bring(importer.acme(), path);
    expect(newer.accounts[0]?.type).toBe("AWS_CNR");
    const organization = importer.acme();
    const [before, after] = [
      await importer.bring(organization, await importer.file(charges({}))),
      await importer.bring(organization, path),
    ];
    expect(after.accounts.map(({ id }) => id)).toEqual(before.accounts.map(({ id }) => id));
  });
});

describe("what charges become", () => {
  test("accounts by provider and sub account, with the type of the provider", async () => {
    const names = {
      AWS: "AWS_CNR",
      "Amazon Web Services": "AWS_CNR",
      Microsoft: "AZURE_CNR",
      "Google Cloud": "GCP_CNR",
      "Alibaba Cloud": "ALIBABA_CNR",
      Databricks: "DATABRICKS",
      Nebius: "NEBIUS",
      Oracle: "OTHER",
    };
    const report = await importer.bring(
      importer.acme(),
      await importer.file(
        Object.keys(names).map((ProviderName) => charge({ ProviderName, SubAccountName: ProviderName })),
      ),
    );
    // AWS and Amazon Web Services are one provider, so their accounts with one id are one account.
    expect(report.accounts).toHaveLength(Object.keys(names).length - 1);
    for (const account of report.accounts) {
      const provider = account.name.replace(/ \(111\)$/, "") as keyof typeof names;
      expect(account.type, account.name).toBe(names[provider]);
    }
  });

  test("the billing account stands in where there is no sub account", async () => {
    const report = await importer.bring(
      importer.acme(),
      await importer.file(charges({ SubAccountId: null, SubAccountName: null })),
    );
    expect(report.accounts).toMatchObject([{ accountId: "billing-1", name: "Acme Billing" }]);
  });

  test("accounts of one name are told apart by their ids", async () => {
    const organization = importer.acme();
    await importer.bring(organization, await importer.file(charges({ SubAccountId: "1" }, { SubAccountId: "2" })));
    const accounts = await importer.stores.relational.cloudAccount.findMany({
      where: { name: { startsWith: "Acme Web" }, accountId: { in: ["1", "2"] } },
    });
    expect(accounts.map(({ name }) => name).sort()).toEqual(["Acme Web (1)", "Acme Web (2)"]);
  });

  test("a resource is what its latest charge says, from the first second of its charges to the last", async () => {
    const report = await importer.bring(
      importer.acme(),
      await importer.file(
        charges(
          {
            ResourceName: "old",
            Tags: '{"env": "dev"}',
            ChargePeriodStart: "2024-09-02T05:00:00Z",
            ChargePeriodEnd: "2024-09-02T06:00:00Z",
          },
          {
            ResourceName: "new",
            Tags: '{"env": "prod", "n": 1}',
            ChargePeriodStart: "2024-09-05T05:00:00Z",
            ChargePeriodEnd: "2024-09-05T06:00:00Z",
            AvailabilityZone: "us-east-1a",
          },
          { ResourceName: null, ChargePeriodStart: "2024-09-06T00:00:00Z", ChargePeriodEnd: "2024-09-07T00:00:00Z" },
        ).map((row) => ({ AvailabilityZone: null, ...row })),
      ),
    );
    expect(await importer.documentsOf(report)).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        cloud_account_id: report.accounts[0]?.id,
        cloud_resource_id: "i-1",
        name: "new",
        resource_type: "Instance",
        region: "us-east-1",
        service_name: "Amazon EC2",
        first_seen: Date.UTC(2024, 8, 2, 5) / 1000,
        last_seen: Date.UTC(2024, 8, 7) / 1000 - 1,
        created_at: Date.UTC(2024, 8, 2, 5) / 1000,
        deleted_at: 0,
        total_cost: 3,
        tags: { env: "prod", n: 1 },
        meta: { provider: "AWS", region_name: "US East" },
      },
    ]);
  });

  test("charges without a resource have one for each service and kind of charge, so no money is lost", async () => {
    const organization = importer.acme();
    const rows = charges(
      { ResourceId: null, EffectiveCost: 3 },
      { ResourceId: null, EffectiveCost: 4 },
      { ResourceId: null, EffectiveCost: -2, ChargeCategory: "Credit" },
      { ResourceId: null, EffectiveCost: 5, ServiceName: null, ChargeCategory: "Tax" },
    );
    const report = await importer.bring(organization, await importer.file(rows));
    const documents = await importer.documentsOf(report);
    expect(
      documents.map(({ name, cloud_resource_id, total_cost }) => ({ name, cloud_resource_id, total_cost })),
    ).toEqual([
      { name: "Amazon EC2 (Credit)", cloud_resource_id: null, total_cost: -2 },
      { name: "Amazon EC2 (Usage)", cloud_resource_id: null, total_cost: 7 },
      { name: "Charges (Tax)", cloud_resource_id: null, total_cost: 5 },
    ]);
    expectSums(await importer.storedSums(organization), sumsOf(rows));
  });

  test("a charge of a month belongs to the day it starts on", async () => {
    const organization = importer.acme();
    await importer.bring(
      organization,
      await importer.file(
        charges({
          ChargePeriodStart: "2024-09-01T00:00:00Z",
          ChargePeriodEnd: "2024-10-01T00:00:00Z",
          EffectiveCost: 30,
        }),
      ),
    );
    expect(await importer.storedSums(organization)).toEqual(new Map([["111 2024-09-01", 30]]));
  });

  test("billing records are kept without their nulls", async () => {
    const report = await importer.bring(
      importer.acme(),
      await importer.file(charges({ ChargeDescription: 'a "b" \\ c\nd', ResourceName: "" })),
    );
    const [{ record = "" } = {}] = await importer.stores.clickHouse.query<{ record: string }>(
      "SELECT record FROM raw_expenses WHERE cloud_account_id = {id:String}",
      { id: report.accounts[0]?.id },
    );
    const { ResourceName: _name, Tags: _tags, ...expected } = charge({ ChargeDescription: 'a "b" \\ c\nd' });
    expect(JSON.parse(record)).toEqual(
      Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, String(value)])),
    );
  });

  test("tags without braces are read, and others that are no JSON object are counted", async () => {
    const report = await importer.bring(
      importer.acme(),
      await importer.file(
        charges(
          { ResourceId: "a", Tags: '"team": "web"' },
          { ResourceId: "b", Tags: "team=web" },
          { ResourceId: "c", Tags: "" },
        ),
      ),
    );
    expect(report.unreadableTags).toBe(1);
    const tags = new Map(
      (await importer.documentsOf(report)).map((document) => [document.cloud_resource_id, document.tags]),
    );
    expect(tags).toEqual(
      new Map([
        ["a", { team: "web" }],
        ["b", {}],
        ["c", {}],
      ]),
    );
  });
});

describe("currencies", () => {
  const mixed = charges(
    { EffectiveCost: 1 },
    { EffectiveCost: 2, BillingCurrency: "EUR" },
    { EffectiveCost: 3, BillingCurrency: "EUR" },
  );

  test("a new organization takes the currency of its first file", async () => {
    const report = await importer.bring(importer.acme(), await importer.file(charges({ BillingCurrency: "CHF" })));
    expect(report.organization).toMatchObject({ currency: "CHF", created: true });
  });

  test("several need a choice, and what is left out is counted", async () => {
    const path = await importer.file(mixed);
    const organization = importer.acme();
    await expect(importer.bring(organization, path)).rejects.toMatchObject({
      code: "BAD_IMPORT_FILE",
      message: expect.stringMatching(/EUR \(2 charges\), USD \(1 charges\).*--currency/),
    });
    expect(await importer.stores.relational.organization.findFirst({ where: { name: organization } })).toBeNull();
    const report = await importer.bring(organization, path, { currency: "EUR" });
    expect(report).toMatchObject({
      organization: { currency: "EUR" },
      charges: 2,
      cost: 5,
      leftOut: [{ reason: "CURRENCY", currency: "USD", charges: 1, cost: 1 }],
    });
    expect(await importer.storedSums(organization)).toEqual(new Map([["111 2024-09-02", 5]]));
    expect(formatFocusReport(report)).toContain("Left out: 1 charges in USD, 1.000000 USD in all");
  });

  test("the organization's currency decides once it has one", async () => {
    const organization = importer.acme();
    await importer.bring(organization, await importer.file(charges({})));
    expect(await importer.bring(organization, await importer.file(mixed))).toMatchObject({ charges: 1 });
    await expect(importer.bring(organization, await importer.file(mixed.slice(1)))).rejects.toMatchObject({
      message: expect.stringContaining("no charge is in USD"),
    });
    await expect(importer.bring(organization, await importer.file(mixed), { currency: "EUR" })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      message: expect.stringContaining("is kept in USD"),
    });
  });
});
