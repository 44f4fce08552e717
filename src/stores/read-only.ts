import { GatewayError } from "../errors.js";
import type { ClickHouse } from "./clickhouse.js";
import { assertReplaceable } from "./clickhouse-schema.js";

/**
 * For imports, which replace what there is.
 * @throws GatewayError DATABASE_READ_ONLY in front of an OptScale database or a sharded ClickHouse
 */
export async function assertWritable({
  databaseKind,
  clickHouse,
}: {
  readonly databaseKind: "sqlite" | "mariadb";
  readonly clickHouse: ClickHouse;
}): Promise<void> {
  if (databaseKind === "mariadb") throw readOnly();
  await assertReplaceable(clickHouse);
}

export function readOnly(): GatewayError {
  return new GatewayError(
    "DATABASE_READ_ONLY",
    "DATABASE_URL is OptScale's database, which is only read: change organizations and accounts in OptScale, or unset DATABASE_URL to import into a store of this gateway's own.",
  );
}
