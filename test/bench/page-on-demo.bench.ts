import type { ClickHouseClient } from "@clickhouse/client";
import { expect, test } from "vitest";
import { Tokens } from "../../src/accounts/tokens.js";
import { loadDemo } from "../../src/demo/load.js";
import { DEMO_ORGANIZATION } from "../../src/demo/organization.js";
import { SECONDS_PER_DAY } from "../../src/time.js";
import { gatewayUnderTest } from "../rest/gateway-under-test.js";
import { report } from "./report.js";
import { inTurns } from "./store/rounds.js";

const END = Date.parse("2026-06-30T23:59:59Z") / 1_000;

const QUERY = `query Page($organization: ID!, $start: Timestamp!, $end: Timestamp!) {
  cleanExpenses(organizationId: $organization, startDate: $start, endDate: $end) {
    expenses(first: 100) { nodes { id cloudResourceId resourceName resourceType region serviceName cost active } }
  }
}`;

/**
 * What somebody would write who wants these rows and knows the tables, but neither clusters nor corrections nor sums that are
 * the same each time.
 */
const PLAIN = `
  SELECT id, cloud_resource_id, name, resource_type, region, service_name, active, spent.cost AS cost
  FROM resources FINAL
  LEFT JOIN (
    SELECT cloud_account_id, resource_id, sum(cost * sign) AS cost
    FROM expenses
    WHERE cloud_account_id IN {accounts:Array(String)}
      AND date BETWEEN toDateTime({start:UInt32}, 'UTC') AND toDateTime({end:UInt32}, 'UTC')
    GROUP BY cloud_account_id, resource_id) AS spent
    ON spent.cloud_account_id = resources.cloud_account_id AND spent.resource_id = resources.id
  WHERE cloud_account_id IN {accounts:Array(String)} AND deleted_at = 0
    AND first_seen <= {end:Int64} AND last_seen >= {start:Int64}
  ORDER BY cost DESC, id
  LIMIT 100`;

type Call = { query: string } & Record<string, unknown>;

test("a page of 100 rows of 8 fields on demo data, through the whole stack", async () => {
  await using under = await gatewayUnderTest();
  await loadDemo(under.stores, { now: END });
  const token = await new Tokens(under.stores.own).create({ organizationIds: [DEMO_ORGANIZATION.id] });
  const variables = {
    organization: DEMO_ORGANIZATION.id,
    start: new Date((END + 1 - 30 * SECONDS_PER_DAY) * 1_000),
    end: new Date(END * 1_000),
  };
  const page = async () => {
    const answer = await fetch(`${under.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({ query: QUERY, variables }),
    });
    return answer.text();
  };

  const { client } = under.stores.clickHouse as unknown as { client: ClickHouseClient };
  const statements = await recorded(client, page);
  const rowsOf = async ({ asked, call }: { asked: "query" | "exec"; call: Call }) => {
    if (asked === "query") return (await client.query(call as never)).json<unknown>();
    let lines = "";
    for await (const chunk of (await client.exec(call)).stream) lines += chunk;
    return lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  };
  const bare = async () => {
    let rows: unknown[] = [];
    for (const statement of statements) rows = (await rowsOf(statement)) as unknown[];
    return rows;
  };
  const accounts = await under.stores.relational.cloudAccount.findMany({ select: { id: true } });
  const query_params = { accounts: accounts.map(({ id }) => id), start: END + 1 - 30 * SECONDS_PER_DAY, end: END };
  const plain = async () => (await client.query({ query: PLAIN, query_params, format: "JSONEachRow" })).json<unknown>();
  expect(await plain()).toHaveLength(100);
  expect(await bare()).toHaveLength(100);
  expect(JSON.parse(await page())).toHaveProperty("data.cleanExpenses.expenses.nodes.length", 100);

  const measured = await inTurns({ gateway: page, sql: bare, plain }, { warmups: 10, rounds: 30 });
  const { gateway } = measured;
  for (const [id, against, sql] of [
    ["C", "the SQL of the same page through `@clickhouse/client`, same process", measured.sql],
    ["C2", "one statement of a person's that knows neither clusters nor corrections, the same way", measured.plain],
  ] as const) {
    const ratio = gateway.milliseconds / sql.milliseconds;
    report({
      id,
      measure: "`cleanExpenses` page of 100 rows × 8 fields, whole stack on demo data, median",
      against,
      ours: `${gateway.milliseconds.toFixed(1)} ms`,
      theirs: `${sql.milliseconds.toFixed(1)} ms`,
      ratio,
      goal: "at most 1.3",
      reached: ratio <= 1.3,
    });
  }
});

/** The statements that the store is asked while something runs. */
async function recorded(client: ClickHouseClient, run: () => Promise<unknown>) {
  const statements: { asked: "query" | "exec"; call: Call }[] = [];
  const { query, exec } = client;
  const noting =
    (asked: "query" | "exec", original: (call: never) => unknown) =>
    ({ abort_signal: _, ...call }: Call) => {
      statements.push({ asked, call });
      return original.call(client, call as never);
    };
  Object.assign(client, { query: noting("query", query as never), exec: noting("exec", exec as never) });
  try {
    await run();
  } finally {
    Object.assign(client, { query, exec });
  }
  return statements;
}
