import { expect, test } from "vitest";
import { CLUSTER_ONE, CLUSTER_TWO, given } from "../graphql/support/acme.js";
import { packed } from "../metroculus/remote-write.js";
import { directoryWith, gatewayProcess, withStores } from "./support/gateway-process.js";

const T0 = 1_735_689_600;
const WRITERS = 4;
/** Samples of one write. */
const SAMPLES = 50;
/** Writes that are acknowledged before a gateway is killed. */
const ENOUGH = 40;

const credentials = { username: "acme", password: "acme-password" };
const clusters = [CLUSTER_ONE, CLUSTER_TWO];
const snapshot = {
  ...given,
  cloud_accounts: given.cloud_accounts.map((account) => ({
    ...account,
    ...(clusters.includes(account.id) && { metrics_credentials: credentials }),
  })),
};

interface Write {
  readonly writer: number;
  readonly number: number;
}

/** Each sample of each write has a value of its own. */
const amountOf = ({ writer, number }: Write, sample: number) => (number * WRITERS + writer) * SAMPLES + sample;

test("kill -9 while Prometheus writes: what was acknowledged is there, once, and what was not can be sent again", async () => {
  await using directory = await directoryWith(snapshot);
  const acknowledged: Write[] = [];
  const inDoubt: Write[] = [];
  const numbers = Array.from({ length: WRITERS }, () => 0);

  const send = async (url: string, { writer, number }: Write) => {
    const samples = Array.from(
      { length: SAMPLES },
      (_, sample) => [(T0 + number * SAMPLES + sample) * 1000, amountOf({ writer, number }, sample)] as const,
    );
    const response = await fetch(`${url}/storage/api/v2/write`, {
      method: "POST",
      headers: {
        "cloud-account-id": clusters[writer % clusters.length] as string,
        authorization: `Basic ${Buffer.from("acme:acme-password").toString("base64")}`,
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
      },
      body: new Uint8Array(
        packed([{ labels: { __name__: "node_total_hourly_cost", node: `node-${writer}` }, samples }]),
      ),
    });
    expect(response.status).toBe(204);
  };

  for (let round = 0; round < 3; round++) {
    await using gateway = await gatewayProcess(directory.path);
    const before = acknowledged.length;
    let killed: Promise<void> | undefined;
    const write = async (writer: number) => {
      while (killed === undefined) {
        const one = { writer, number: numbers[writer] as number };
        numbers[writer] = one.number + 1;
        try {
          await send(gateway.url, one);
          acknowledged.push(one);
        } catch (error) {
          // Only a connection that broke leaves a doubt.
          if (!(error instanceof TypeError)) throw error;
          inDoubt.push(one);
        }
        if (acknowledged.length - before >= ENOUGH) killed ??= gateway.kill();
      }
    };
    await Promise.all(numbers.map((_, writer) => write(writer)));
    await killed;
  }

  const stored = () =>
    withStores(directory.path, async ({ clickHouse }) => {
      const rows = await clickHouse.query<{ value: number; times: number; labels: number }>(
        `SELECT value, count() AS times,
           any((cloud_account_id, series) IN (SELECT cloud_account_id, series FROM k8s_series)) AS labels
         FROM k8s_samples FINAL GROUP BY value ORDER BY value`,
      );
      expect(rows.filter(({ times, labels }) => times !== 1 || labels !== 1)).toEqual([]);
      return new Set(rows.map(({ value }) => value));
    });
  const valuesOf = (writes: readonly Write[]) =>
    writes.flatMap((write) => Array.from({ length: SAMPLES }, (_, sample) => amountOf(write, sample)));

  const found = await stored();
  expect(valuesOf(acknowledged).filter((value) => !found.has(value))).toEqual([]);
  const sent = new Set(valuesOf([...acknowledged, ...inDoubt]));
  expect([...found].filter((value) => !sent.has(value))).toEqual([]);
  // A write whose answer was lost is there as a whole or not at all.
  for (const write of inDoubt) {
    expect([0, SAMPLES]).toContain(valuesOf([write]).filter((value) => found.has(value)).length);
  }

  {
    await using gateway = await gatewayProcess(directory.path);
    for (const write of inDoubt) await send(gateway.url, write);
    await gateway.kill();
  }
  expect(await stored()).toEqual(sent);
});
