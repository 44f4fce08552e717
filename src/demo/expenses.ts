import { resourceRow } from "../imports/resource-row.js";
import type { ClickHouse } from "../stores/clickhouse.js";
import type { EpochSeconds } from "../time.js";
import type { DemoResource } from "./plan.js";

/** Where the price plans lie while ClickHouse makes expenses of them; dropped afterwards. */
const PLANS = "demo_price_plans";

/** Stores the resources and what each cost on each of its days. */
export async function storeExpenses(
  clickHouse: ClickHouse,
  resources: readonly DemoResource[],
  since: EpochSeconds,
): Promise<void> {
  await clickHouse.insert(
    "resources",
    resources.map(({ document }) => resourceRow(document, since)),
  );
  await clickHouse.command(`DROP TABLE IF EXISTS ${PLANS}`);
  await clickHouse.command(`
CREATE TABLE ${PLANS} (
  cloud_account_id String,
  resource_id      String,
  price            Float64,
  first_day        UInt16,
  last_day         UInt16,
  weekend          Float64,
  growth           Float64,
  noise            Float64
) ENGINE = Memory`);
  try {
    await clickHouse.insert(
      PLANS,
      resources
        .filter(({ plan }) => plan.price !== 0)
        .map(({ document, plan }) => ({
          cloud_account_id: document.cloud_account_id,
          resource_id: document.id,
          price: plan.price,
          first_day: plan.firstDay,
          last_day: plan.lastDay,
          weekend: plan.weekend,
          growth: plan.growth,
          noise: plan.noise,
        })),
    );
    await clickHouse.command(EXPENSES_OF_PLANS, { since });
  } finally {
    await clickHouse.command(`DROP TABLE IF EXISTS ${PLANS}`);
  }
}

/** A day strays with its resource and with its account, by the same chance at every load. */
const EXPENSES_OF_PLANS = `
INSERT INTO expenses (cloud_account_id, resource_id, date, cost, sign)
WITH toDateTime({since:UInt32}, 'UTC') + toIntervalDay(day) AS midnight
SELECT
  cloud_account_id,
  resource_id,
  midnight AS date,
  round(
    price
      * if(toDayOfWeek(midnight) >= 6, weekend, 1)
      * (1 + growth * day / 89)
      * (1 + noise * (
          cityHash64(resource_id, toUInt32(midnight)) % 2001 / 1000 - 1
          + cityHash64(cloud_account_id, toUInt32(midnight)) % 1001 / 1000 - 0.5)),
    6
  ) AS cost,
  1 AS sign
FROM ${PLANS}
ARRAY JOIN range(first_day, last_day + 1) AS day`;

/** Data that leaves the machines of the web shop: to another region, and to the world. */
export async function storeTraffic(
  clickHouse: ClickHouse,
  accountId: string,
  since: EpochSeconds,
  days: number,
): Promise<void> {
  await clickHouse.command(
    `
INSERT INTO traffic_expenses (cloud_account_id, resource_id, date, type, \`from\`, \`to\`, usage, cost, sign)
WITH
  cityHash64(cloud_resource_id, destination.1, day) AS chance,
  (1 + chance % 4000 / 100) * destination.3 AS gib
SELECT
  cloud_account_id, cloud_resource_id, toDateTime({since:UInt32}, 'UTC') + toIntervalDay(day) AS date,
  'outbound' AS type, region AS \`from\`, destination.1 AS \`to\`, round(gib, 3) AS usage, round(gib * destination.2, 6) AS cost, 1 AS sign
FROM (
  SELECT cloud_account_id, assumeNotNull(cloud_resource_id) AS cloud_resource_id, assumeNotNull(region) AS region
  FROM resources FINAL
  WHERE cloud_account_id = {account:String} AND resource_type = 'Instance' AND cityHash64(id) % 4 = 0
)
ARRAY JOIN [('External', 0.09, 1.), ('us-east-1', 0.02, 3.), ('eu-west-1', 0.02, 2.)] AS destination
ARRAY JOIN range({days:UInt16}) AS day
WHERE destination.1 != region AND chance % 3 = 0`,
    { account: accountId, since, days },
  );
}
