import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { expect, test } from "vitest";
import type { ClickHouse } from "../../src/stores/clickhouse.js";
import { acme, from, ids, to } from "../rest/acme.js";
import { gatewayUnderTest } from "../rest/gateway-under-test.js";
import { growthDuring, readAway, writeManyResources } from "../rest/many-resources.js";
import { report } from "./report.js";
import { inTurns } from "./store/rounds.js";

const ROWS = 100_000;
const MEGABYTE = 1_000_000;
/** What the tests promise of an export of any length. */
const MOST_GROWTH = 150 * MEGABYTE;

const ROWS_OF_WINDOW = `
  SELECT resource.id AS id, cloud_resource_id, resource.cloud_account_id AS cloud_account_id, name, resource_type, region,
    service_name, employee_id, pool_id, first_seen, last_seen, active, constraint_violated, document,
    spent.cost AS cost
  FROM resources AS resource FINAL
  LEFT JOIN (
    SELECT cloud_account_id, resource_id, sum(cost * sign) AS cost
    FROM expenses
    WHERE cloud_account_id = {account:String} AND date BETWEEN {from:UInt32} AND {to:UInt32}
    GROUP BY cloud_account_id, resource_id
  ) AS spent ON spent.cloud_account_id = resource.cloud_account_id AND spent.resource_id = resource.id
  WHERE resource.cloud_account_id = {account:String} AND first_seen <= {to:Int64} AND last_seen >= {from:Int64}
    AND deleted_at = 0
  ORDER BY cost DESC, id`;

test("an export of all rows as JSON, against what ClickHouse writes of them", async () => {
  await using under = await gatewayUnderTest();
  await under.load({ ...acme, resources: [], expenses: [], traffic_expenses: [] });
  await writeManyResources(under.stores.clickHouse, ROWS);
  await using bare = await bareClickHouse(under.stores.clickHouse);
  const rest = `${under.url}/restapi/v2/organizations/${ids.organization}/clean_expenses?start_date=${from}&end_date=${to}`;
  const bytes = new Map<string, number>();
  const read = async (url: string) => {
    const answer = await readAway(url);
    expect(answer.status).toBe(200);
    bytes.set(url, answer.bytes);
  };

  const { gateway, clickHouse } = await inTurns(
    { gateway: () => read(rest), clickHouse: () => read(bare.url) },
    { warmups: 1, rounds: 5 },
  );
  const { growth } = await growthDuring(() => read(rest));
  const rate = (url: string, { milliseconds }: { milliseconds: number }) =>
    (bytes.get(url) ?? Number.NaN) / MEGABYTE / (milliseconds / 1_000);
  const ours = rate(rest, gateway);
  const theirs = rate(bare.url, clickHouse);
  const told = (megabytes: number, url: string, { milliseconds, cpuMilliseconds }: typeof gateway) =>
    `${megabytes.toFixed(0)} MB/s (${((bytes.get(url) ?? 0) / MEGABYTE).toFixed(0)} MB in ${milliseconds.toFixed(0)} ms, ${cpuMilliseconds.toFixed(0)} ms of processor time)`;
  report({
    id: "G",
    measure: `REST \`clean_expenses\` of ${ROWS} rows as JSON`,
    against: "ClickHouse writing the same rows as JSONEachRow to a socket",
    ours: `${told(ours, rest, gateway)}; process grew by ${(growth / MEGABYTE).toFixed(0)} MB`,
    theirs: told(theirs, bare.url, clickHouse),
    ratio: ours / theirs,
    goal: "at least 0.4; grows by less than 150 MB",
    reached: ours / theirs >= 0.4 && growth < MOST_GROWTH,
  });
});

/** The engine's own bytes of the rows, over HTTP as a server of ClickHouse sends them. */
async function bareClickHouse(clickHouse: ClickHouse) {
  const answer = async (response: ServerResponse) =>
    pipeline(await clickHouse.bytes(ROWS_OF_WINDOW, "JSONEachRow", { account: ids.aws, from, to }), response);
  const server = createServer((_request, response) => {
    answer(response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
