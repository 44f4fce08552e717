import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readRows } from "../../src/expenses/rows.js";
import type { ExpenseScope, RowsOptions } from "../../src/expenses/source.js";
import { type SpoolRequest, spooledRows } from "../../src/expenses/spooled-rows.js";
import { openStores, type Stores } from "../../src/stores/stores.js";
import { account, collected, DAY, keep, scopeOf, T0 } from "./acme.js";

const window = { start: T0, end: T0 + DAY };
const seen = { first_seen: T0, last_seen: T0, deleted_at: 0 };
const recommendations = { run_timestamp: T0, modules: [{ saving: 5 }] };
const charge = (resource_id: string, cost: number, cloud_account_id = "a1") => ({
  cloud_account_id,
  resource_id,
  date: T0,
  cost,
});

let directory: string;
let stores: Stores;
const scratch = () => readdir(join(directory, "clickhouse", "scratch")).catch(() => []);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "gateway-spool-"));
  await mkdir(join(directory, "clickhouse", "scratch", "of-a-process-that-was-killed"), { recursive: true });
  stores = await openStores({ DATA_DIR: directory });
});
afterAll(async () => {
  await stores[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Rows as they are set aside and put in order, whatever their number; beside many other resources, or not. */
const spooled = (
  scope: ExpenseScope,
  { limit, resources = 10, ...options }: RowsOptions & Partial<SpoolRequest> = {},
) => spooledRows(stores.clickHouse, scope, { limit, resources, slices: 3 }, options);

test("what a killed process had set aside is gone when the store is opened", async () => {
  expect(await scratch()).toEqual([]);
});

test("rows that are set aside on disk are those that are not, under every limit", async () => {
  const names = ["plain", "tab\there", "line\nbreak", "back\\slash \\t", "größer 日本 🦄", '"quoted"', "\u2028"];
  await keep(stores.clickHouse, {
    documents: [
      ...names.map((name, index) => ({ id: `r${index}`, cloud_account_id: "a1", name, tags: { name }, ...seen })),
      { id: "other account's", cloud_account_id: "a2", employee_id: "o1", recommendations, ...seen },
      { id: "c", organization_id: "acme", cluster_type_id: "t", ...seen },
      ...["m1", "m2"].map((id) => ({ id, cloud_account_id: "a1", cluster_id: "c", recommendations, ...seen })),
      { id: "environment", cloud_account_id: "a2", is_environment: true, ...seen },
      { id: "foreign", cloud_account_id: "rival", ...seen },
      { id: "foreign cluster", organization_id: "rival", cluster_type_id: "t", ...seen },
    ],
    charges: [
      charge("r0", 1.5),
      charge("r1", 1.5),
      charge("r2", -3),
      charge("r3", 0.1),
      charge("other account's", 7, "a2"),
      charge("m1", 4),
      charge("foreign", 99, "rival"),
    ],
  });
  // As a person would have indented it; blanks of JSON may be line breaks and tabs.
  await stores.clickHouse.command(
    `INSERT INTO resources (cloud_account_id, id, first_seen, last_seen, deleted_at, saving, document, version)
     VALUES ('a1', 'indented', {at:Int64}, {at:Int64}, 0, 0, '{\\n\\t"name": "indented",\\r\\n\\t"list": [1,\\n2]\\n}', 1)`,
    { at: T0 },
  );
  const accounts = [account("a1"), account("a2")];
  for (const filter of [{}, { cloudAccountIds: ["a1"] }, { ownerIds: ["o1"] }, { resourceIds: ["r2", "c"] }]) {
    const scope = scopeOf(accounts, window, filter);
    for (const limit of [undefined, 1, 3, 5, 8, 100]) {
      for (const clusterSaving of ["members", "v2"] as const) {
        const expected = await collected(readRows(stores.clickHouse, scope, limit, { clusterSaving }));
        expect(expected.length).toBeGreaterThan(0);
        const resources = clusterSaving === "v2" ? 1_000 : 10;
        expect(await collected(spooled(scope, { limit, clusterSaving, resources }))).toEqual(expected);
      }
    }
  }
});

test("nothing is left on disk, whether rows were read to the end, given up, aborted or failed", async () => {
  const scope = scopeOf([account("a1"), account("a2")], window);
  await collected(spooled(scope));
  expect(await scratch()).toEqual([]);

  for await (const batch of spooled(scope)) {
    expect(batch.length).toBeGreaterThan(0);
    expect(await scratch()).toHaveLength(1);
    break;
  }
  expect(await scratch()).toEqual([]);

  const abort = new AbortController();
  const aborted = collected(spooled(scope, { signal: abort.signal }));
  abort.abort();
  await expect(aborted).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
  expect(await scratch()).toEqual([]);

  const noNumber = { ...scope, window: { start: T0, end: Number.NaN } };
  await expect(collected(spooled(noNumber))).rejects.toThrow(expect.objectContaining({ code: "STORE_UNAVAILABLE" }));
  expect(await scratch()).toEqual([]);
});
