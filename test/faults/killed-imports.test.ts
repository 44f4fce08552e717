import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@libsql/client";
import { expect, test } from "vitest";
import { importFocus } from "../../src/imports/focus.js";
import { recoverImports } from "../../src/imports/recovery.js";
import { importSnapshotFile } from "../../src/imports/snapshot.js";
import type { Stores } from "../../src/stores/stores.js";
import { CommandLine, temporaryDirectory } from "../cli/command-line.js";
import { charge, csvOf } from "../imports/focus-files.js";
import { gatewayProcess, tablesOf, withStores } from "./support/gateway-process.js";

/** Charges or resources of one import. */
const ROWS = 2_000;
const DAY = "2024-09-02";

/** What an import brings, in one of two versions that share no amount. */
interface Kind {
  readonly name: string;
  readonly file: string;
  command(path: string): readonly string[];
  /** The same without a process of its own, which takes less time where nothing is killed. */
  import(stores: Stores, path: string): Promise<unknown>;
  content(costOfEach: number): string;
}

const kinds: readonly Kind[] = [
  {
    name: "FOCUS",
    file: "bill.csv",
    command: (path) => ["import", "focus", path, "--organization", "Acme"],
    import: (stores, path) => importFocus(stores, { files: [path], organization: "Acme" }),
    content: (cost) =>
      csvOf(
        Array.from({ length: ROWS }, (_, row) =>
          charge({ ResourceId: `i-${row}`, EffectiveCost: cost, ChargePeriodStart: `${DAY}T00:00:00Z` }),
        ),
      ),
  },
  {
    name: "snapshot",
    file: "snapshot.json",
    command: (path) => ["import", "snapshot", path],
    import: importSnapshotFile,
    content: (cost) =>
      JSON.stringify({
        organizations: [{ id: "acme", name: "Acme", currency: "USD", deleted_at: 0 }],
        cloud_accounts: [
          { id: "aws", organization_id: "acme", name: `aws at ${cost}`, type: "aws_cnr", deleted_at: 0 },
        ],
        resources: Array.from({ length: ROWS }, (_, row) => ({
          id: `r-${row}`,
          cloud_account_id: "aws",
          cloud_resource_id: `i-${row}`,
          first_seen: 1_725_235_200,
          last_seen: 1_725_321_599,
          created_at: 1_725_235_200,
        })),
        expenses: Array.from({ length: ROWS }, (_, row) => ({
          cloud_account_id: "aws",
          resource_id: `r-${row}`,
          date: 1_725_235_200,
          cost,
          sign: 1,
        })),
      }),
  },
];

/** Moments of an import at which its process is killed, and who opens the store then. */
const moments: readonly {
  readonly name: string;
  hasCome(seen: Seen): boolean;
  readonly opened: (directory: string) => Promise<Found>;
}[] = [
  { name: "once rows are staged", hasCome: ({ staged }) => staged > 0, opened: recovered },
  { name: "once it is committed", hasCome: ({ isCommitted }) => isCommitted, opened: askedAndKilled },
  {
    name: "once what was staged is being cleared away",
    hasCome: ({ staged, mostStaged }) => staged < mostStaged,
    opened: recovered,
  },
];

/** What can be seen of an import from outside. */
interface Seen {
  readonly staged: number;
  readonly mostStaged: number;
  readonly isCommitted: boolean;
}

interface Found {
  readonly totalCost: number;
  readonly totalCount: number;
}

test.each(kinds)(
  "kill -9 during a $name import: the store opens, and holds the one version or the other, once",
  async ({ file, command, content, import: importFile }) => {
    await using directory = await temporaryDirectory();
    const DATA_DIR = join(directory.path, "data");
    const path = join(directory.path, file);
    const write = (cost: number) => writeFile(path, content(cost));
    await write(1);
    await withStores(DATA_DIR, (stores) => importFile(stores, path));
    let stored = 1;
    let cost = 1;
    for (const { name, hasCome, opened } of moments) {
      cost += 1;
      await write(cost);
      await using importing = new CommandLine(command(path), { DATA_DIR });
      const over = new AbortController();
      const outcome = importing.outcome().finally(() => over.abort());
      await seen(DATA_DIR, hasCome, over.signal);
      importing.signal("SIGKILL");
      const { code } = await outcome;
      const { totalCost, totalCount } = await opened(DATA_DIR);
      // Whether it had been committed when it was killed, only the outcome tells; what was acknowledged has to be there.
      expect([stored * ROWS, cost * ROWS], name).toContain(totalCost);
      if (code === 0) expect(totalCost).toBe(cost * ROWS);
      expect(totalCount).toBe(ROWS);
      stored = totalCost / ROWS;
    }
    await write(cost);
    await withStores(DATA_DIR, async (stores) => {
      await importFile(stores, path);
      const { clickHouse, relational } = stores;
      expect(
        await clickHouse.query(
          "SELECT sum(cost * sign) AS cost, sum(sign) AS rows, uniq(resource_id) AS ids FROM expenses",
        ),
      ).toEqual([{ cost: cost * ROWS, rows: ROWS, ids: ROWS }]);
      expect(await clickHouse.query("SELECT count() AS count FROM resources FINAL")).toEqual([{ count: ROWS }]);
      expect(await relational.import.count({ where: { finishedAt: null } })).toBe(0);
    });
    expect(await stagingTables(DATA_DIR)).toBe(0);
  },
);

/** Opens the store as every command does. */
function recovered(directory: string): Promise<Found> {
  return withStores(directory, async (stores) => {
    await recoverImports(stores);
    const [found] = await stores.clickHouse.query<Found>(
      "SELECT sum(cost * sign) AS totalCost, toUInt32(sum(sign)) AS totalCount FROM expenses",
    );
    return found as Found;
  });
}

/** What a gateway answers that has just recovered; then it dies, too. */
async function askedAndKilled(directory: string): Promise<Found> {
  await using gateway = await gatewayProcess(directory);
  const [organization] = (await gateway.ask("{ viewer { organizations { id } } }")).data.viewer.organizations;
  const answer = await gateway.ask(
    `query ($id: ID!) { cleanExpenses(organizationId: $id, startDate: "${DAY}", endDate: "${DAY}T23:59:59Z") {
      totalCount totalCost expenses(first: 1) { nodes { cost } }
    } }`,
    { id: organization.id },
  );
  await gateway.kill();
  return answer.data.cleanExpenses;
}

async function stagingTables(directory: string): Promise<number> {
  const tables = await readdir(tablesOf(directory)).catch(() => []);
  return tables.filter((name) => name.startsWith("import_")).length;
}

/** Waits for a moment of an import that runs, or for its end. */
async function seen(directory: string, hasCome: (seen: Seen) => boolean, over: AbortSignal): Promise<void> {
  const client = createClient({ url: `file:${join(directory, "gateway.sqlite")}`, timeout: 10_000 });
  try {
    let mostStaged = 0;
    while (!over.aborted) {
      const staged = await stagingTables(directory);
      const { rows } = await client.execute("SELECT 1 FROM gateway_import WHERE finished_at IS NULL");
      mostStaged = Math.max(mostStaged, staged);
      if (hasCome({ staged, mostStaged, isCommitted: rows.length > 0 })) return;
      await sleep(1);
    }
  } finally {
    client.close();
  }
}
