import { join } from "node:path";
import { importSnapshot } from "../../../src/imports/snapshot.js";
import { openStores, type Stores } from "../../../src/stores/stores.js";
import { type CommandLine, startGateway, temporaryDirectory } from "../../cli/command-line.js";
import { SECRET } from "../../graphql/support/acme.js";

/** The built gateway in a process of its own, asked as a service is allowed to ask. */
export interface GatewayProcess extends AsyncDisposable {
  readonly url: string;
  readonly process: CommandLine;
  /** Posts a query. Rejects when the connection does not hold or takes longer than anything may. */
  ask(query: string, variables?: object): Promise<GraphQLAnswer>;
  get(path: string): Promise<Response>;
  /** As a machine that fails would. */
  kill(): Promise<void>;
  /** Whether it runs, and can answer. */
  isReady(): Promise<boolean>;
}

export interface GraphQLAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly data: any;
  readonly codes: readonly string[];
}

/** No answer takes so long, on however busy a machine: a test that waits longer has found something that hangs. */
export const HANGS_MS = 60_000;

export async function gatewayProcess(
  directory: string,
  environment: Readonly<Record<string, string>> = {},
  command?: readonly string[],
): Promise<GatewayProcess> {
  const { gateway, url } = await startGateway(
    { DATA_DIR: directory, CLUSTER_SECRET: SECRET, LOG_LEVEL: "error", ...environment },
    command,
  );
  const signal = () => AbortSignal.timeout(HANGS_MS);
  return {
    url,
    process: gateway,
    async ask(query, variables = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", secret: SECRET },
        body: JSON.stringify({ query, variables }),
        signal: signal(),
      });
      const { data, errors = [] } = (await response.json()) as {
        data?: unknown;
        errors?: { extensions: { code: string } }[];
      };
      return { status: response.status, data, codes: errors.map(({ extensions }) => extensions.code) };
    },
    get: (path) => fetch(url + path, { headers: { secret: SECRET }, signal: signal() }),
    async kill() {
      gateway.signal("SIGKILL");
      await gateway.outcome();
    },
    isReady: () =>
      fetch(`${url}/readyz`, { signal: signal() }).then(
        ({ status }) => status === 200,
        () => false,
      ),
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** A data directory of an organization's, filled and closed again; it vanishes at the end. */
export async function directoryWith(snapshot: object): ReturnType<typeof temporaryDirectory> {
  const directory = await temporaryDirectory();
  await withStores(directory.path, (stores) => importSnapshot(stores, snapshot));
  return directory;
}

/** Opens the stores of a directory that no process holds, and closes them again. */
export async function withStores<Result>(path: string, run: (stores: Stores) => Promise<Result>): Promise<Result> {
  await using stores = await openStores({ DATA_DIR: path });
  return await run(stores);
}

/** Where the embedded ClickHouse of a data directory keeps the statements of its tables, one file each. */
export const tablesOf = (directory: string) => join(directory, "clickhouse", "metadata", "default");
