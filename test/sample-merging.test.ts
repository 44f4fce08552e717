import { expect, test } from "vitest";
import { openStores, type Stores } from "../src/stores/stores.js";
import { temporaryDirectory } from "./cli/command-line.js";

test("samples are merged sparingly, also in a store that was made without; what it has stays", async () => {
  await using directory = await temporaryDirectory();
  const open = () => openStores({ DATA_DIR: directory.path, CLICKHOUSE_URL: undefined, DATABASE_URL: undefined });
  const isSparing = async ({ clickHouse }: Stores) => {
    const [table] = await clickHouse.query<{ engine: string }>(
      "SELECT engine_full AS engine FROM system.tables WHERE name = 'k8s_samples'",
    );
    return table?.engine.includes("merge_selector_base = 20");
  };
  {
    await using before = await open();
    expect(await isSparing(before)).toBe(true);
    await before.clickHouse.insert("k8s_samples", [
      { cloud_account_id: "a", metric: "m", series: "1", timestamp: 1578960000, value: 1 },
    ]);
    await before.clickHouse.command("ALTER TABLE k8s_samples RESET SETTING merge_selector_base");
    expect(await isSparing(before)).toBe(false);
  }
  await using after = await open();
  expect(await isSparing(after)).toBe(true);
  expect(await after.clickHouse.query("SELECT metric, value FROM k8s_samples")).toEqual([{ metric: "m", value: 1 }]);
});
