import { type ClickHouseClient, ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { GatewayError } from "../errors.js";

/** What goes wrong is thrown, and said where it is caught; the client would print it once more, with its stack. */
const silent = { level: ClickHouseLogLevel.OFF };

/**
 * The engine in this process, on the files of a directory that nobody else has open.
 * @throws GatewayError STORE_UNAVAILABLE when it is not installed, DATA_DIR_UNUSABLE when its files cannot be opened
 */
export async function openEngine(path: string): Promise<ClickHouseClient> {
  const { createChdbConnection } = await import("chdb/connection").catch((error: unknown) => {
    throw new GatewayError(
      "STORE_UNAVAILABLE",
      "There is no ClickHouse: set CLICKHOUSE_URL, or install the embedded engine (`npm ci` with optional dependencies; an image with EMBEDDED=1).",
      { cause: error },
    );
  });
  try {
    return createClient({
      connection: createChdbConnection({ path }),
      log: silent,
    } as Parameters<typeof createClient>[0]);
  } catch (error) {
    throw new GatewayError(
      "DATA_DIR_UNUSABLE",
      `The ClickHouse files in ${path} cannot be opened: restore them, or choose another DATA_DIR.`,
      { cause: error },
    );
  }
}

/** Statements of one process that a server works on at once; further ones wait here. */
const CONNECTIONS = 32;

/** Longer than any statement may run (max_execution_time), so that the server's own word on it arrives. Milliseconds. */
const REQUEST_TIMEOUT = 90_000;

/**
 * A server; whether it answers shows at the first statement.
 * @param ca PEM, in place of the authorities that the system trusts
 */
export function openServer(url: string, ca: string | undefined): ClickHouseClient {
  return createClient({
    url,
    // Answers are JSON, which packs to a seventh (of the demo's resources; to a sixth of its expenses) on the server's
    // cores. What is inserted would pack as well, but on the one core of this process.
    compression: { response: true, request: false },
    keep_alive: { enabled: true },
    max_open_connections: CONNECTIONS,
    request_timeout: REQUEST_TIMEOUT,
    ...(ca !== undefined && { tls: { ca_cert: Buffer.from(ca) } }),
    clickhouse_settings: {
      // On a cluster, lists and joined rows are gathered once and sent to every shard.
      distributed_product_mode: "global",
      // What was inserted is there when the call returns, on all shards.
      distributed_foreground_insert: 1,
    },
    // Long lists of ids do not fit into a URL.
    use_multipart_params_auto: true,
    log: silent,
  });
}
