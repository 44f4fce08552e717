import { join, resolve } from "node:path";
import type { Config } from "../../config.js";
import { GatewayError } from "../../errors.js";
import { readCa } from "../../stores/certificate-authority.js";
import { ClickHouse } from "../../stores/clickhouse.js";
import { readClock, withClock } from "./clock.js";
import { type Check, type Finding, ok } from "./finding.js";

export function clickHouseCheck(config: Config): Check {
  return { name: "ClickHouse", run: () => (config.CLICKHOUSE_URL === undefined ? embedded(config) : server(config)) };
}

async function embedded({ DATA_DIR }: Config): Promise<Finding> {
  try {
    await using clickHouse = await ClickHouse.open({ path: join(resolve(DATA_DIR), "clickhouse") });
    return ok(`in the process, ${await versionOf(clickHouse)}; its files open`);
  } catch (error) {
    if (error instanceof GatewayError && error.code === "DATA_DIR_IN_USE") {
      return ok("in the process; a gateway that runs holds its files");
    }
    throw error;
  }
}

async function server({ DATA_DIR, CLICKHOUSE_URL, CLICKHOUSE_CA_FILE }: Config): Promise<Finding> {
  await using clickHouse = await ClickHouse.open({
    url: CLICKHOUSE_URL,
    ca: CLICKHOUSE_CA_FILE === undefined ? undefined : readCa(CLICKHOUSE_CA_FILE, "CLICKHOUSE_CA_FILE"),
    path: DATA_DIR,
  });
  const clock = await readClock(1, async () => {
    const [row] = await clickHouse.query<{ now: number }>("SELECT toUnixTimestamp64Milli(now64(3)) AS now");
    return row?.now ?? Number.NaN;
  });
  return withClock(`server ${await versionOf(clickHouse)}; its tables are there`, clock);
}

async function versionOf(clickHouse: ClickHouse): Promise<string> {
  const [row] = await clickHouse.query<{ version: string }>("SELECT version() AS version");
  return row?.version ?? "";
}
