import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type ClusterCostRequest, clusterWindowKey } from "../../src/kubernetes/cluster-cost.js";
import { figuresSource } from "../../src/kubernetes/figures-source.js";
import type { Observation } from "../../src/kubernetes/observation.js";
import { askRedis, redisLocation } from "../../src/kubernetes/redis-cache.js";
import { hasOpenssl, selfSigned } from "../databases/certificate.js";
import { eventually } from "../eventually.js";
import { exporter, seed } from "./bodies.js";
import { freePort, hasRedis, redis } from "./redis.js";
import { answer, remoteMetroculus, text } from "./remote-metroculus.js";
import { request, type ServiceUnderTest, serviceFor } from "./service-under-test.js";

/** A service that shares what it reads. */
function sharing(url: string, redisUrl: string, redisCaFile?: string) {
  const observed: Observation[] = [];
  const under = serviceFor(url, {
    config: {
      METROCULUS_TIMEOUT_MS: 2_000,
      K8S_COSTS_BUDGET_MS: 4_000,
      K8S_COSTS_CONCURRENCY: 32,
      REDIS_URL: redisUrl,
      REDIS_CA_FILE: redisCaFile,
      METROCULUS_URL: url,
    },
    observe: (observation) => observed.push(observation),
  });
  return {
    ...under,
    observed,
    /** Asks for ever new clusters until Redis has been reached. */
    connected: () =>
      eventually(async () => {
        await under.service.load([request(`cluster-to-connect-${observed.length}`)]);
        expect(observed).toContainEqual({ kind: "shared-cache", outcome: "miss" });
      }),
  };
}

describe.skipIf(!hasRedis)("with a Redis (Debian: apt-get install redis-server)", () => {
  test("what one replica read, another answers without asking Metroculus", async () => {
    await using store = await redis();
    await using remote = await remoteMetroculus(answer(seed));
    await using one = sharing(remote.url, store.url);
    await using other = sharing(remote.url, store.url);
    await Promise.all([one.connected(), other.connected()]);
    await eventually(async () => {
      const shared = await kept(one, store.url);
      const [read] = await one.service.load([shared]);
      const calls = remote.calls.length;
      expect(await other.service.load([shared])).toEqual([read]);
      expect(remote.calls).toHaveLength(calls);
    });
    expect(other.observed).toContainEqual({ kind: "shared-cache", outcome: "hit" });
  });

  test("figures of another Metroculus are not found, though cluster, window and Redis are the same", async () => {
    await using store = await redis();
    await using remote = await remoteMetroculus(answer(seed));
    await using elsewhere = await remoteMetroculus(answer(exporter));
    await using before = sharing(remote.url, store.url);
    await before.connected();
    const moved = await kept(before, store.url);
    expect((await before.service.load([moved]))[0]?.cost).toBe(105);
    await using repointed = sharing(elsewhere.url, store.url);
    await repointed.connected();
    expect((await repointed.service.load([moved]))[0]?.cost).toBe(12.72);
  });

  describe.skipIf(!hasOpenssl)("that speaks TLS (skipped without openssl)", () => {
    let directory: string;
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "gateway-redis-ca-"));
    });
    afterAll(() => rm(directory, { recursive: true, force: true }));

    test("it is trusted with the authority in REDIS_CA_FILE, and with no other", async () => {
      const tls = await selfSigned(directory);
      await using store = await redis({ tls });
      await using remote = await remoteMetroculus(answer(seed));
      await using trusting = sharing(remote.url, store.url, tls.certificate);
      await trusting.connected();
      expect(await askRedis({ url: store.url, ca: await readFile(tls.certificate, "utf8") })).toMatchObject({
        version: expect.stringMatching(/^\d+\./),
      });
      await expect(askRedis({ url: store.url })).rejects.toThrow(/self.signed/i);
    });
  });

  test("the last good figures survive a restart", async () => {
    await using store = await redis();
    await using remote = await remoteMetroculus(answer(seed));
    const before = sharing(remote.url, store.url);
    await before.connected();
    const cluster = await kept(before, store.url);
    await before.service.close();
    remote.behave(text("down", 500));
    await using after = sharing(remote.url, store.url);
    await after.connected();
    after.time.at += 2 * 86_400;
    await eventually(async () => {
      // A failure is believed for seconds.
      after.time.at += 10;
      expect((await after.service.load([cluster]))[0]).toMatchObject({
        status: "STALE",
        cost: 105,
        asOf: before.time.at,
      });
    });
  });

  test("a Redis that hangs, dies or holds nonsense costs nothing but speed, and is used again afterwards", async () => {
    const port = await freePort();
    await using remote = await remoteMetroculus(answer(seed));
    await using under = sharing(remote.url, `redis://127.0.0.1:${port}`);
    {
      await using store = await redis({ port });
      await under.connected();
      const client = await createClient({ url: store.url }).connect();
      const keyOf = (one: ClusterCostRequest) =>
        `expense-gateway:2:${figuresSource({ METROCULUS_URL: remote.url })}:cost:${clusterWindowKey(one)}`;
      const good = JSON.parse((await client.get(keyOf(await kept(under, store.url)))) as string);
      const goodBut = (cloudAccountId: string, fields: object) =>
        JSON.stringify({ ...good, value: { ...good.value, cost: 7, cloudAccountId, ...fields } });
      for (const [index, nonsense] of [
        "{",
        "null",
        '{"value":{"cost":1},"readAt":1}',
        '{"value":7}',
        goodBut("another-cluster", {}),
        goodBut("nonsense-5", { window: { start: 1, end: 2 } }),
        goodBut("nonsense-6", { status: "FINE" }),
        goodBut("nonsense-7", { components: { cpu: "much" } }),
        goodBut("nonsense-8", { warnings: ["none"] }),
      ].entries()) {
        const one = request(`nonsense-${index}`);
        await client.set(keyOf(one), nonsense);
        expect((await under.service.load([one]))[0]).toMatchObject({ status: "OK", cost: 105 });
      }
      client.destroy();
      store.freeze(true);
      expect((await under.service.load([request("while it hangs")]))[0]?.status).toBe("OK");
      store.freeze(false);
    }
    expect((await under.service.load([request("while it is gone")]))[0]?.status).toBe("OK");
    expect(under.observed).toContainEqual({ kind: "shared-cache", outcome: "failed" });
    await using again = await redis({ port });
    under.observed.length = 0;
    await under.connected();
    expect(again.url).toContain(String(port));
  });
});

test("an address where no Redis is costs nothing but speed, and its password is not logged", async () => {
  const lines: string[] = [];
  await using remote = await remoteMetroculus(answer(exporter));
  await using under = serviceFor(remote.url, {
    config: {
      METROCULUS_TIMEOUT_MS: 2_000,
      K8S_COSTS_BUDGET_MS: 4_000,
      K8S_COSTS_CONCURRENCY: 32,
      REDIS_URL: `redis://acme:hush@127.0.0.1:${await freePort()}`,
    },
    log: pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }),
  });
  expect((await under.service.load([request()]))[0]).toMatchObject({ status: "OK", cost: 12.72 });
  await eventually(() => expect(lines.join("")).toContain("ECONNREFUSED"));
  expect(lines.join("")).not.toContain("hush");
});

test.each([
  ["where nothing is encrypted", "redis://cache:6379", /^REDIS_CA_FILE needs a REDIS_URL with rediss:/],
  ["that are not there", "rediss://cache:6379", /^REDIS_CA_FILE cannot be read \(ENOENT\)/],
])("certificates %s are refused", (_where, url, message) => {
  expect(() => redisLocation({ REDIS_URL: url, REDIS_CA_FILE: "/nowhere.pem" })).toThrow(message);
});

/** Reads ever new clusters until one is kept: once Redis was slow, as on a busy machine, it is left alone for seconds. */
function kept(under: ServiceUnderTest, storeUrl: string): Promise<ClusterCostRequest> {
  let attempt = 0;
  return eventually(async () => {
    const one = request(`kept-${performance.now()}-${attempt++}`);
    await under.service.load([one]);
    await vi.waitFor(async () => expect((await keysOf(storeUrl)).join()).toContain(one.cloudAccountId));
    return one;
  });
}

async function keysOf(url: string): Promise<string[]> {
  const client = await createClient({ url }).connect();
  try {
    return await client.keys("*");
  } finally {
    client.destroy();
  }
}
