import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayError } from "../../src/errors.js";
import { importSnapshot, importSnapshotFile } from "../../src/imports/snapshot.js";
import { CLUSTER_SECRET, type GatewayUnderTest, gatewayUnderTest } from "../rest/gateway-under-test.js";
import { changedAnywhere } from "./json-mutations.js";
import { cases, expectNothingRevealed, mutated, Tally, timeout } from "./judge.js";
import { bothOrganizations, from, idsOf, to } from "./two-organizations.js";

/** A snapshot is refused with the place of its mistake, or what it brought can be read. */
const tally = new Tally("snapshots");
const given = bothOrganizations() as Record<string, unknown>;
const ids = idsOf("acme");
let under: GatewayUnderTest;
let directory: string;
let holdsSomething = false;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hostile-snapshots-"));
  under = await gatewayUnderTest();
});
afterAll(async () => {
  tally.tell();
  await under[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function brought(bring: () => Promise<unknown>, sent: string, path = ""): Promise<boolean> {
  // What the last one brought could be what this one is refused for.
  if (holdsSomething) await under.empty();
  holdsSomething = false;
  try {
    await bring();
    tally.count("imported");
    holdsSomething = true;
    return true;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    tally.count(error.code);
    expect(error.code, `${error.message} ${String(error.cause)}`).toBe("BAD_IMPORT_FILE");
    expect(error.message).toMatch(/^[^\n\r]+$/);
    expect(error.message.length).toBeLessThan(2_000);
    expectNothingRevealed(path === "" ? error.message : error.message.replaceAll(path, ""), sent);
    return false;
  }
}

const window = `start_date=${from}&end_date=${to}`;
const query = `{ cleanExpenses(organizationId: "${ids.organization}", startDate: ${from}, endDate: ${to}) {
  totalCost totalSaving currency organization { name cloudAccounts { name type } pools { name purpose } }
  expenses { nodes { id resourceName resourceType region serviceName cost saving active tags meta firstSeen lastSeen
    cloudAccount { name } pool { name } owner { name } } }
  breakdown(by: POOL) { total groups { key label total } } availableFilters { tags regions owners { name } }
} }`;

/** What is read of an imported snapshot: never a failure of ours. */
async function readBack(): Promise<void> {
  const headers = { secret: CLUSTER_SECRET };
  const paths = [
    `/organizations/${ids.organization}/clean_expenses?${window}`,
    `/organizations/${ids.organization}/clean_expenses?${window}&format=csv`,
    `/organizations/${ids.organization}/available_filters?${window}`,
    `/organizations/${ids.organization}/cloud_accounts?details=true`,
    `/pools_expenses/${ids.pool}?${window}`,
  ];
  await Promise.all([
    ...paths.map(async (path) => {
      const response = await fetch(`${under.url}/restapi/v2${path}`, { headers });
      expect(response.status, `${path}: ${await response.text()}`).toBeLessThan(500);
    }),
    (async () => {
      const response = await fetch(`${under.url}/graphql`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify({ query }),
      });
      const text = await response.text();
      expect(response.status, text).toBeLessThan(500);
      expect(text).not.toContain('"INTERNAL"');
    })(),
  ]);
}

const { resources: _resources, expenses: _expenses, traffic_expenses: _traffic, ...organizational } = given;

test(
  "whatever is changed among organizations and what belongs to them: refused by name, or imported",
  async () => {
    await fc.assert(
      fc.asyncProperty(changedAnywhere(organizational), async (changed) => {
        await brought(() => importSnapshot(under.stores, changed), JSON.stringify(changed) ?? "");
      }),
      cases(50),
    );
  },
  timeout,
);

test(
  "whatever is changed in a snapshot's structure: refused by name, or imported and read without a failure",
  async () => {
    await fc.assert(
      fc.asyncProperty(changedAnywhere(given), async (changed) => {
        if (await brought(() => importSnapshot(under.stores, changed), JSON.stringify(changed) ?? "")) await readBack();
      }),
      cases(15),
    );
    expect(tally.of("imported")).toBeGreaterThan(0);
    expect(tally.of("BAD_IMPORT_FILE")).toBeGreaterThan(0);
  },
  timeout,
);

test(
  "whatever is changed in a snapshot's bytes: refused in one line that names the file, or imported",
  async () => {
    const path = join(directory, "snapshot.json");
    await fc.assert(
      fc.asyncProperty(mutated(Buffer.from(JSON.stringify(given))), async (bytes) => {
        await writeFile(path, bytes);
        await brought(() => importSnapshotFile(under.stores, path), bytes.toString("latin1"), path);
      }),
      cases(50),
    );
  },
  timeout,
);

/** A resource whose `meta` is as deep as this, and whole. */
function nested(levels: number): Buffer {
  return Buffer.from(`{"resources":[{"id":"x","meta":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}]}`);
}

test.each([
  ["an object nested a million deep", Buffer.from(`{"organizations":${'[{"a":'.repeat(1_000_000)}`)],
  ["lists nested a million deep", Buffer.from(`{"tokens":${"[".repeat(1_000_000)}`)],
  ["nothing but a list", Buffer.from("[".repeat(1_000_000))],
  ["a document nested deeper than anything", nested(50_000)],
  ["half a character", Buffer.from('{"tokens":[{"token":"\\ud800","organizations":[]}]}')],
  ["a name that a store would cut off", Buffer.from('{"organizations":[{"id":"a","name":"Ac\\u0000me"}]}')],
  ["a time beyond its column", Buffer.from('{"checklists":[{"organization_id":"a","last_run":4294967296}]}')],
  [
    "a charge with which no sum is a number",
    Buffer.from('{"expenses":[{"cloud_account_id":"a","resource_id":"r","date":0,"cost":-1e308}]}'),
  ],
  ["a key without end", Buffer.from(`{"${"x".repeat(4_000_000)}`)],
  ["a key that is everybody's prototype", Buffer.from('{"__proto__":{"organizations":[]},"constructor":[{}]}')],
  ["no text", Buffer.alloc(1_000_000, 0xff)],
])("%s is refused in one line", async (_what, bytes) => {
  const path = join(directory, "deep.json");
  await writeFile(path, bytes);
  expect(await brought(() => importSnapshotFile(under.stores, path), "", path)).toBe(false);
});
