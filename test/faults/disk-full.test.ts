import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { importSnapshot } from "../../src/imports/snapshot.js";
import { run, temporaryDirectory } from "../cli/command-line.js";
import { ACME, ACME_TOTAL, CLUSTER_ONE, given, JANUARY_1, JANUARY_31 } from "../graphql/support/acme.js";
import { packed } from "../metroculus/remote-write.js";
import { gatewayProcess, tablesOf, withStores } from "./support/gateway-process.js";
import { smallDisk } from "./support/small-disk.js";

const snapshot = {
  ...given,
  cloud_accounts: given.cloud_accounts.map((account) => ({
    ...account,
    ...(account.id === CLUSTER_ONE && { metrics_credentials: { username: "acme", password: "acme-password" } }),
  })),
};

test("on a full disk writes are refused and reads answered; with room again all is well without a restart, and nothing is lost or there twice", async () => {
  await using disk = await smallDisk(64);
  const data = join(disk.path, "data");
  await withStores(data, (stores) => importSnapshot(stores, snapshot));

  const total = async () => {
    const { codes, data } = await gateway.ask(
      `{ cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) { totalCost } }`,
    );
    return codes.length > 0 ? codes : data.cleanExpenses.totalCost;
  };
  const write = (minute: number) =>
    fetch(`${gateway.url}/storage/api/v2/write`, {
      method: "POST",
      headers: {
        "cloud-account-id": CLUSTER_ONE,
        authorization: `Basic ${Buffer.from("acme:acme-password").toString("base64")}`,
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
      },
      body: new Uint8Array(
        packed([
          {
            labels: { __name__: "node_total_hourly_cost", node: "n" },
            samples: [[(JANUARY_1 + minute * 60) * 1000, minute]],
          },
        ]),
      ),
    }).then(({ status }) => status);

  await using gateway = await gatewayProcess(data, {}, disk.command());
  expect(await write(0)).toBe(204);
  expect(await total()).toBe(ACME_TOTAL);
  await disk.fill(gateway.process);
  const refused = [];
  for (let minute = 1; minute <= 5; minute++) {
    const status = await write(minute);
    // Prometheus sends what is answered with 503 again; what is answered 204 has to be there later.
    expect([204, 503]).toContain(status);
    if (status === 503) refused.push(minute);
    expect(await total()).toBe(ACME_TOTAL);
  }
  expect(refused).not.toEqual([]);
  await disk.free(gateway.process);
  for (const minute of refused) {
    await vi.waitFor(async () => expect(await write(minute)).toBe(204), { timeout: 60_000, interval: 300 });
  }
  expect(await total()).toBe(ACME_TOTAL);
  expect(await gateway.isReady()).toBe(true);
  gateway.process.signal("SIGTERM");
  expect((await gateway.process.outcome()).code).toBe(0);

  // An import that finds no room stores nothing, says so in one line, and can be done again.
  await using elsewhere = await temporaryDirectory();
  const file = join(elsewhere.path, "snapshot.json");
  const expenses = snapshot.expenses.map((expense) => ({ ...expense, cost: 2 * expense.cost }));
  await writeFile(file, JSON.stringify({ ...snapshot, expenses }));
  const command = ["import", "snapshot", file];
  await disk.fill();
  const failed = await run(command, { DATA_DIR: data }, disk.command());
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/^expense-gateway: [^\n]+\.\n$/);
  await disk.free();
  const stored = () =>
    withStores(data, async ({ clickHouse }) => ({
      expenses: await clickHouse.query(
        "SELECT sum(cost * sign) AS cost FROM expenses WHERE resource_id != {rival:String}",
        {
          rival: "50000000-0000-4000-8000-000000000099",
        },
      ),
      samples: await clickHouse.query(
        "SELECT groupArray(value) AS values FROM (SELECT value FROM k8s_samples FINAL ORDER BY value)",
      ),
    }));
  const samples = [{ values: [0, 1, 2, 3, 4, 5] }];
  expect(await stored()).toEqual({ expenses: [{ cost: ACME_TOTAL }], samples });
  expect(await run(command, { DATA_DIR: data })).toMatchObject({ code: 0 });
  expect(await stored()).toEqual({ expenses: [{ cost: 2 * ACME_TOTAL }], samples });
  expect((await readdir(tablesOf(data))).filter((name) => name.startsWith("import_"))).toEqual([]);
});
