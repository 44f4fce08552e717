import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { expect, test } from "vitest";
import { ClusterSettings } from "../../src/accounts/cluster-settings.js";
import { metricsCredentialsMatch, sealMetricsCredentials } from "../../src/accounts/metrics-credentials.js";
import { migrationsFor } from "../../src/stores/migration-files.js";
import { openRelationalOf } from "../../src/stores/stores.js";

test("what was kept of clusters in their accounts' config moves into a table of its own, and the rest stays", async () => {
  const directory = await mkdtemp(join(tmpdir(), "gateway-sqlite-"));
  try {
    const file = join(directory, "gateway.sqlite");
    const client = createClient({ url: `file:${file}` });
    await client.execute(
      "CREATE TABLE gateway_migration (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL)",
    );
    for (const { name, sql, sha256 } of (await migrationsFor("sqlite")).filter(({ name }) => name < "0004")) {
      await client.executeMultiple(sql);
      await client.execute({ sql: "INSERT INTO gateway_migration VALUES (?, ?, 1)", args: [name, sha256] });
    }
    const credentials = { username: "acme", password: "correct horse" };
    const configs = {
      both: JSON.stringify({ currency: "eur", metrics_credentials: sealMetricsCredentials(credentials), linked: true }),
      currency: JSON.stringify({ currency: "USD" }),
      odd: JSON.stringify({ currency: "all of them" }),
      neither: JSON.stringify({ linked: false }),
      encrypted: "gAAAAABl",
      list: "[1]",
    };
    for (const [id, config] of Object.entries(configs)) {
      await client.execute({
        sql: `INSERT INTO cloudaccount (id, name, type, config, organization_id, created_at) VALUES (?, ?, 'KUBERNETES_CNR', ?, 'acme', 1)`,
        args: [id, id, config],
      });
    }
    client.close();

    await using databases = await openRelationalOf({ DATA_DIR: directory });
    const settings = new ClusterSettings(databases.own);
    expect(Object.fromEntries(await settings.costCurrencies(Object.keys(configs)))).toEqual({
      both: "EUR",
      currency: "USD",
    });
    const sealed = await settings.metricsCredentials("both");
    expect(sealed && (await metricsCredentialsMatch(sealed, credentials))).toBe(true);
    const rows = await databases.relational.cloudAccount.findMany({ select: { id: true, config: true } });
    expect(Object.fromEntries(rows.map(({ id, config }) => [id, config]))).toEqual({
      ...configs,
      both: '{"linked":true}',
      currency: "{}",
      odd: "{}",
    });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("processes that open a new file at once apply each migration once", async () => {
  const directory = await mkdtemp(join(tmpdir(), "gateway-sqlite-"));
  try {
    const opened = await Promise.all(Array.from({ length: 4 }, () => openRelationalOf({ DATA_DIR: directory })));
    expect(await opened[0]?.relational.organization.count()).toBe(0);
    for (const databases of opened) await databases[Symbol.asyncDispose]();
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
