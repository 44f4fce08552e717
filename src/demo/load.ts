import { Accounts } from "../accounts/accounts.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import { assertWritable } from "../stores/read-only.js";
import type { Databases } from "../stores/relational.js";
import type { Stores } from "../stores/stores.js";
import { type EpochSeconds, SECONDS_PER_DAY, startOfDay } from "../time.js";
import { catalogueResources } from "./catalogue-resources.js";
import { CLUSTERS } from "./clusters.js";
import { storeExpenses, storeTraffic } from "./expenses.js";
import { accountId, createOrganization, DEMO_ACCOUNTS, DEMO_ORGANIZATION, removeOrganization } from "./organization.js";
import { DEMO_DAYS, type DemoTime } from "./plan.js";
import { storeSamples } from "./samples.js";
import { singleResources } from "./single-resources.js";

export interface DemoOptions {
  /** The demo ends here: expenses with the whole day, Kubernetes samples with the last one before. */
  readonly now: EpochSeconds;
  /** The share of the catalogue of resources to load; 1, the default, is some 5,000. */
  readonly scale?: number;
  /** Stops before the next step; the organization then does not count as loaded. */
  readonly signal?: AbortSignal;
  readonly report?: (step: string, share: number) => void;
}

/**
 * Loads the demo organization, replacing what there is of it. The organization itself is made last: while it does
 * not exist, nothing counts as loaded, and a load that was cut off is simply done again.
 * @returns false when it was stopped on the way
 * @throws GatewayError DATABASE_READ_ONLY in front of an OptScale database
 */
export async function loadDemo(stores: Stores, { now, scale = 1, signal, report }: DemoOptions): Promise<boolean> {
  await assertWritable(stores);
  const { clickHouse, relational } = stores;
  const today = startOfDay(now);
  const time: DemoTime = { since: today - (DEMO_DAYS - 1) * SECONDS_PER_DAY, recommendedAt: today };
  const steps: readonly (readonly [name: string, run: () => Promise<void>])[] = [
    ["making room", () => removeDemo(stores)],
    [
      "resources and expenses",
      () => storeExpenses(clickHouse, [...singleResources(time), ...catalogueResources(time, scale)], time.since),
    ],
    ["traffic", () => storeTraffic(clickHouse, accountId("aws"), time.since, DEMO_DAYS)],
    ...CLUSTERS.map(
      (cluster) => [`samples of ${cluster.key}`, () => storeSamples(clickHouse, cluster, time.since, now)] as const,
    ),
    ["organization", () => createOrganization(relational, time)],
  ];
  for (const [index, [name, run]] of steps.entries()) {
    if (signal?.aborted) return false;
    report?.(name, index / steps.length);
    await run();
  }
  return true;
}

/** Midnight UTC of the day on which the demo ends, or null where it is not there, all of it. */
export async function demoLoadedUntil(stores: Databases): Promise<EpochSeconds | null> {
  const accounts = new Accounts(stores);
  const organization = await accounts.organization(DEMO_ORGANIZATION.id);
  return organization && accounts.lastCompletedChecklist(organization.id);
}

async function removeDemo({ clickHouse, relational }: Stores): Promise<void> {
  await removeOrganization(relational);
  const accounts = DEMO_ACCOUNTS.map(({ key }) => accountId(key));
  for (const table of ["resources", "expenses", "traffic_expenses", "k8s_series", "k8s_samples"]) {
    await removeRows(clickHouse, table, "cloud_account_id IN {accounts:Array(String)}", { accounts });
  }
  await removeRows(clickHouse, "resources", "cloud_account_id = '' AND organization_id = {organization:String}", {
    organization: DEMO_ORGANIZATION.id,
  });
}

async function removeRows(
  clickHouse: ClickHouse,
  table: string,
  where: string,
  parameters: Readonly<Record<string, unknown>>,
): Promise<void> {
  // Deleting rewrites parts even where nothing matches.
  const [found] = await clickHouse.query(`SELECT 1 FROM ${table} WHERE ${where} LIMIT 1`, parameters);
  if (found !== undefined) await clickHouse.command(`DELETE FROM ${table} WHERE ${where}`, parameters);
}
