import type { CloudAccount } from "../../../src/accounts/accounts.js";
import type { ExpenseScope } from "../../../src/expenses/source.js";
import type { ClickHouse } from "../../../src/stores/clickhouse.js";
import { SECONDS_PER_DAY, type Window } from "../../../src/time.js";

export const RESOURCES = 200_000;
/** Each resource is charged on one of so many days in turn. */
const EVERY_DAYS = 6;
const ACCOUNTS = 4;
const LAST_DAY = Date.parse("2026-06-30T00:00:00Z") / 1_000;

/** The last 30 days. */
export const WINDOW: Window = { start: LAST_DAY - 29 * SECONDS_PER_DAY, end: LAST_DAY + SECONDS_PER_DAY - 1 };

export interface LargeOrganization {
  readonly scope: ExpenseScope;
  readonly expenseRows: number;
}

/**
 * Writes an organization of 200,000 resources that are charged on so many days up to the end of the window. Amounts add
 * up to the same in any order, so that equal costs are equal for whoever adds them.
 */
export async function writeOrganization(
  clickHouse: ClickHouse,
  name: string,
  days: number,
): Promise<LargeOrganization> {
  const accounts = Array.from(
    { length: ACCOUNTS },
    (_, index): CloudAccount => ({
      id: `${name}-account-${index}`,
      name: `Account ${index}`,
      type: "AWS_CNR",
      organizationId: name,
    }),
  );
  const account = `concat({name:String}, '-account-', toString(number % ${ACCOUNTS}))`;
  const id = "concat({name:String}, '-', toString(cityHash64(number)))";
  await clickHouse.command(
    `INSERT INTO resources
       (cloud_account_id, id, cloud_resource_id, name, resource_type, region, service_name, tag_keys, first_seen,
        last_seen, deleted_at, active, document, version)
     SELECT ${account} AS account, ${id} AS resource, concat('i-', toString(number)) AS cloud_id,
       concat('resource ', toString(number)), 'Instance', 'eu-central-1', 'AmazonEC2', ['team'], {first:Int64},
       {last:Int64}, 0, true,
       concat('{"id":"', resource, '","cloud_resource_id":"', cloud_id, '","cloud_account_id":"', account,
         '","resource_type":"Instance","region":"eu-central-1","service_name":"AmazonEC2","active":true,',
         '"tags":{"team":"team ', toString(number % 50), '"},"meta":{"flavor":"t3.large","os":"Linux"}}'), 1
     FROM numbers({resources:UInt64})`,
    { name, resources: RESOURCES, first: LAST_DAY - days * SECONDS_PER_DAY, last: WINDOW.end },
  );
  // A month at a time: that many partitions are written at once.
  for (let day = 0; day < days; day += 30) {
    await clickHouse.command(
      `INSERT INTO expenses
       SELECT ${account}, ${id}, toDateTime({last:UInt32} - (day + {day:UInt32}) * ${SECONDS_PER_DAY}, 'UTC'),
         (cityHash64(number, day) % 20000) / 128, 1
       FROM (SELECT number FROM numbers({resources:UInt64})) AS resource
       CROSS JOIN (SELECT number AS day FROM numbers({days:UInt64})) AS charged
       WHERE resource.number % ${EVERY_DAYS} = (day + {day:UInt32}) % ${EVERY_DAYS}`,
      { name, resources: RESOURCES, last: LAST_DAY, day, days: Math.min(30, days - day) },
    );
  }
  const [stored] = await clickHouse.query<{ rows: number }>(
    "SELECT count() AS rows FROM expenses WHERE cloud_account_id IN {accounts:Array(String)}",
    { accounts: accounts.map(({ id }) => id) },
  );
  return {
    expenseRows: stored?.rows ?? 0,
    scope: {
      organization: { id: name, name, currency: "USD", poolId: null },
      window: WINDOW,
      filter: {},
      accounts,
      selectedAccountIds: accounts.map(({ id }) => id),
      includesClusterRecords: true,
      namesAccounts: false,
      poolIds: undefined,
      lastCompletedChecklist: 0,
    },
  };
}
