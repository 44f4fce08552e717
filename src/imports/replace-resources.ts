import type { ClickHouse } from "../stores/clickhouse.js";

export interface ResourceCoverage {
  readonly accountIds: readonly string[];
  /** Whose cluster records are covered. */
  readonly organizationIds: readonly string[];
  /** The staged rows carry it already. */
  readonly version: number;
}

/** Above every version in the store, so that the rows of an import win. */
export async function nextVersion(clickHouse: ClickHouse): Promise<number> {
  const [row] = await clickHouse.query<{ version: number }>("SELECT max(version) AS version FROM resources");
  return Math.max(Date.now(), (row?.version ?? 0) + 1);
}

/** Makes the covered resources equal to the staged ones. Doing it again changes nothing. */
export async function replaceResources(
  clickHouse: ClickHouse,
  staging: string,
  { accountIds, organizationIds, version }: ResourceCoverage,
): Promise<void> {
  await clickHouse.command(
    `
INSERT INTO resources (cloud_account_id, id, organization_id, version, removed)
SELECT cloud_account_id, id, organization_id, {version:UInt64}, 1
FROM resources FINAL
WHERE (cloud_account_id IN {accountIds:Array(String)}
    OR (cloud_account_id = '' AND organization_id IN {organizationIds:Array(String)}))
  AND (cloud_account_id, id) NOT IN (SELECT cloud_account_id, id FROM ${staging})
SETTINGS max_execution_time = 0`,
    { accountIds, organizationIds, version },
  );
  await clickHouse.command(`INSERT INTO resources SELECT * FROM ${staging} SETTINGS max_execution_time = 0`);
}
