import { afterAll, beforeAll, expect, test } from "vitest";
import { acme, from, ids, to } from "./acme.js";
import { type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";
import { growthDuring, readAway, writeManyResources } from "./many-resources.js";

const formats = ["advanced_json", "xlsx"];
const ROWS = 200_000;
const MOST_GROWTH = 150 * 1024 * 1024;

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.load({ ...acme, resources: [], expenses: [], traffic_expenses: [] });
  await writeManyResources(under.stores.clickHouse, ROWS);
});
afterAll(() => under[Symbol.asyncDispose]());

/** Has the whole answer read away, and tells how far this process, the gateway's, grew while it was. */
async function exported(format: string, query = ""): Promise<{ growth: number; bytes: number; seconds: number }> {
  const url = `${under.url}/restapi/v2/organizations/${ids.organization}/clean_expenses?start_date=${from}&end_date=${to}&format=${format}${query}`;
  const { growth, result } = await growthDuring(async () => {
    const began = performance.now();
    return { ...(await readAway(url)), seconds: (performance.now() - began) / 1000 };
  });
  expect(result.status).toBe(200);
  return { growth, ...result };
}

test(`${ROWS} rows are exported by a process that grows by less than 150 MB`, async () => {
  for (const format of formats) await exported(format, "&limit=2000");
  for (const format of formats) {
    const { growth, bytes, seconds } = await exported(format);
    process.stdout.write(
      `export of ${ROWS} rows as ${format}: ${(bytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s, process grew by ${(growth / 1e6).toFixed(0)} MB\n`,
    );
    expect(growth).toBeLessThan(MOST_GROWTH);
  }
}, 300_000);
