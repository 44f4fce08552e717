import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterSettings } from "../../src/accounts/cluster-settings.js";
import { importFocus } from "../../src/imports/focus.js";
import { importSnapshot } from "../../src/imports/snapshot.js";
import { clickHouseTables } from "../../src/stores/clickhouse-tables.js";
import { type ClickHouseOverHttp, clickHouseOverHttp } from "../clickhouse-over-http.js";
import { ACME, CLUSTER_ONE, given, JANUARY_1, JANUARY_31, SECRET } from "../graphql/support/acme.js";
import { startTestGateway, type TestGateway } from "../graphql/support/gateway.js";
import { packed } from "../metroculus/remote-write.js";
import { gauge } from "../metroculus/running-metroculus.js";

const file = resolve(import.meta.dirname, "../../prisma/migrations/clickhouse/cluster.sql");
const statements = (await readFile(file, "utf8"))
  .replaceAll(/^--.*$/gm, "")
  .split(/;\s*$/m)
  .map((statement) => statement.trim())
  .filter((statement) => statement !== "");
/** Without what takes a Keeper: copies, and statements that run on all servers. */
const alone = statements.map((statement) =>
  statement.replace(" ON CLUSTER '{cluster}'", "").replace(/Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?/, "$1("),
);

const names = clickHouseTables.map(({ name }) => name);
const QUERY = `{ cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) {
  totalCount totalCost totalSaving
  expenses(first: 7, orderBy: { field: COST, direction: DESC }) { nodes { id cost tags } pageInfo { endCursor } }
  breakdown(by: REGION) { total groups { key total } }
  availableFilters { regions serviceNames tags }
  unified { total overlap }
} }`;
const FILTERED = QUERY.replace("endDate:", 'filter: { regions: ["eu-west-1"], nameLike: "machine" }, endDate:');
const rest = ["clean_expenses", "summary_expenses", "available_filters", "breakdown_expenses", "region_expenses"];

describe("a ClickHouse cluster of one shard (the engine in this process behind an HTTP front; its copies take a Keeper, which it has not)", () => {
  let directory: string;
  let clickHouse: ClickHouseOverHttp;
  let gateway: TestGateway;
  let onPlainTables: unknown;

  async function answers() {
    const window = `start_date=${JANUARY_1}&end_date=${JANUARY_31}`;
    const got = [];
    for (const query of [QUERY, FILTERED]) got.push(await gateway.ask(query));
    for (const path of rest) {
      const response = await fetch(`${gateway.url}/restapi/v2/organizations/${ACME}/${path}?${window}`, {
        headers: { secret: SECRET, authorization: "Bearer tok-acme" },
      });
      got.push({ status: response.status, body: await response.json() });
    }
    return got;
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "gateway-cluster-"));
    const configuration = join(directory, "cluster.xml");
    await writeFile(
      configuration,
      `<clickhouse>
         <tcp_port>9000</tcp_port>
         <macros><cluster>acme</cluster><shard>1</shard><replica>one</replica></macros>
         <remote_servers><acme><shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard></acme></remote_servers>
       </clickhouse>`,
    );
    clickHouse = await clickHouseOverHttp({ configuration });
    gateway = await startTestGateway({ environment: { CLICKHOUSE_URL: clickHouse.url } });
    onPlainTables = await answers();
  });
  afterAll(async () => {
    await gateway?.[Symbol.asyncDispose]();
    await clickHouse?.[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  test("the engine's parser takes every statement of the file, copies and ON CLUSTER included", async () => {
    expect(statements).toHaveLength(2 * names.length);
    const store = gateway.stores.clickHouse;
    for (const statement of statements) {
      const [row] = await store.query<{ formatted: string }>("SELECT formatQuery({statement:String}) AS formatted", {
        statement,
      });
      expect(row?.formatted).toMatch(/ON CLUSTER `\{cluster\}`/);
      expect(row?.formatted).toMatch(
        /ENGINE = (Replicated\w*MergeTree\('\/clickhouse\/tables\/\{shard\}\/\{database\}\/|Distributed\()/,
      );
    }
  });

  test("its tables are those of a single server, column for column and key for key", async () => {
    const store = gateway.stores.clickHouse;
    for (const statement of alone.filter((statement) => !statement.includes("Distributed(")))
      await store.command(statement);
    const shape = (suffix: string) =>
      Promise.all([
        store.query(
          `SELECT replaceOne(table, {suffix:String}, '') AS called, name AS column, type, default_kind, default_expression, compression_codec
           FROM system.columns WHERE database = currentDatabase() AND table IN {names:Array(String)} ORDER BY table, position`,
          { names: names.map((name) => name + suffix), suffix },
        ),
        store.query(
          `SELECT replaceOne(name, {suffix:String}, '') AS called, engine, sorting_key, partition_key, extract(engine_full, 'SETTINGS.*') AS settings,
             extract(engine_full, '^[^ ]+') AS call
           FROM system.tables WHERE database = currentDatabase() AND name IN {names:Array(String)} ORDER BY called`,
          { names: names.map((name) => name + suffix), suffix },
        ),
      ]);
    const [columns, tables] = await shape("");
    expect(await shape("_local")).toEqual([columns, tables]);
    expect(tables).toHaveLength(names.length);
    const declared = clickHouseTables.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column}`));
    expect(
      (columns as { called: string; column: string }[]).map(({ called, column }) => `${called}.${column}`).sort(),
    ).toEqual(declared.sort());
  });

  test("GraphQL and REST answer the same of Distributed tables", async () => {
    const store = gateway.stores.clickHouse;
    for (const name of names) {
      await store.command(`DROP TABLE ${name}_local`);
      await store.command(`RENAME TABLE ${name} TO ${name}_local`);
    }
    for (const statement of alone.filter((statement) => statement.includes("Distributed(")))
      await store.command(statement);
    expect(await answers()).toEqual(onPlainTables);
    expect(onPlainTables).toMatchObject([
      { data: { cleanExpenses: { totalCost: 300 } } },
      { data: { cleanExpenses: {} } },
      ...rest.map(() => ({ status: 200 })),
    ]);
    await store.insert("expenses", [{ cloud_account_id: "x", resource_id: "y", date: JANUARY_1, cost: 1, sign: 1 }]);
    expect(await store.query("SELECT count() AS count FROM expenses_local WHERE cloud_account_id = 'x'")).toEqual([
      { count: 1 },
    ]);
  });

  test("samples are written to Distributed tables, and the built-in Metroculus tells the cost from them", async () => {
    await new ClusterSettings(gateway.stores.own).change(CLUSTER_ONE, {
      metricsCredentials: { username: "acme", password: "correct horse" },
    });
    const hours = { start: JANUARY_1, end: JANUARY_1 + 7_200 };
    const response = await fetch(`${gateway.url}/storage/api/v2/write?cloud_account_id=${CLUSTER_ONE}`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from("acme:correct horse").toString("base64")}`,
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
      },
      body: new Uint8Array(
        packed([gauge({ __name__: "kubecost_cluster_management_cost", provisioner_name: "EKS" }, hours, 3)]),
      ),
    });
    expect(response.status).toBe(204);
    const costs = await fetch(
      `${gateway.url}/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${CLUSTER_ONE}&start_date=${hours.start}&end_date=${hours.end}`,
      { headers: { secret: SECRET } },
    );
    expect(costs.status).toBe(200);
    const { summary } = (await costs.json()) as { summary: { total_cost: number } };
    expect(summary.total_cost).toBeCloseTo(6, 1);
  });

  test("imports into Distributed tables refuse with a code, before anything is staged", async () => {
    for (const attempt of [
      () => importSnapshot(gateway.stores, given),
      () => importFocus(gateway.stores, { files: ["/nowhere.csv"], organization: "Acme" }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        code: "DATABASE_READ_ONLY",
        message: expect.stringMatching(/^CLICKHOUSE_URL is a cluster whose table \w+ is Distributed/),
      });
    }
  });
});
