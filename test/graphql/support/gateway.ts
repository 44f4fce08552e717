import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { loadConfig } from "../../../src/config.js";
import { startGateway } from "../../../src/gateway.js";
import { importSnapshot } from "../../../src/imports/snapshot.js";
import { createLogger } from "../../../src/log.js";
import type { Databases, Relational } from "../../../src/stores/relational.js";
import { openStores, type Stores } from "../../../src/stores/stores.js";
import { CLUSTER_ONE, CLUSTER_TWO, given, RIVAL_CLUSTER, SECRET, TOKEN } from "./acme.js";
import { type StandIn, startMetroculus } from "./metroculus.js";

export interface GraphQLBody {
  readonly data?: unknown;
  readonly errors?: {
    readonly message: string;
    readonly path?: unknown;
    readonly extensions: Readonly<Record<string, unknown>>;
  }[];
}

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly stores: Stores;
  readonly metroculus: StandIn;
  /** `model.operation` of each query to the relational store so far. */
  readonly queries: string[];
  /** Posts a query, with Acme's token unless other headers are given. */
  post(query: string, variables?: object, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
  ask(query: string, variables?: object, headers?: Record<string, string>): Promise<GraphQLBody>;
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export interface TestGatewayOptions {
  /** Settings beside those that the test gateway needs itself. */
  readonly environment?: Record<string, string>;
  /** Where log lines go instead of nowhere. */
  readonly logLines?: string[];
}

/** The whole gateway on real stores with Acme's data, and a Metroculus that stands in for a remote one. */
export async function startTestGateway({ environment, logLines }: TestGatewayOptions = {}): Promise<TestGateway> {
  const directory = await mkdtemp(join(tmpdir(), "gateway-graphql-"));
  const metroculus = await startMetroculus({ [CLUSTER_ONE]: 40, [CLUSTER_TWO]: 60, [RIVAL_CLUSTER]: 8_888 });
  const config = loadConfig({
    DATA_DIR: directory,
    PORT: "0",
    METROCULUS_URL: metroculus.url,
    CLUSTER_SECRET: SECRET,
    // What is tested is what clients get that ask again and again.
    GRAPHQL_COMPILE_AFTER: "0",
    LOG_LEVEL: process.env.LOG_LEVEL ?? "silent",
    ...environment,
  });
  const stores = await openStores(config);
  await importSnapshot(stores, given);
  const queries: string[] = [];
  const gateway = await startGateway({
    config,
    stores: { ...stores, ...counted(stores, queries) },
    clusterSecret: SECRET,
    log: logLines ? pino({ level: "info" }, { write: (line) => void logLines.push(line) }) : createLogger(config),
  });
  const post = (
    query: string,
    variables: object = {},
    headers: Record<string, string> = bearer(TOKEN),
    signal?: AbortSignal,
  ) =>
    fetch(`${gateway.url}/graphql`, {
      method: "POST",
      ...(signal && { signal }),
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query, variables }),
    });
  return {
    url: gateway.url,
    stores,
    metroculus,
    queries,
    post,
    ask: async (...request) => (await (await post(...request)).json()) as GraphQLBody,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await stores[Symbol.asyncDispose]();
      await metroculus[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function counted({ relational, own }: Databases, queries: string[]): Databases {
  const counting = (client: Relational) =>
    client.$extends({
      query: {
        $allModels: {
          $allOperations({ model, operation, args, query }) {
            queries.push(`${model}.${operation}`);
            return query(args);
          },
        },
      },
    }) as unknown as Relational;
  return { relational: counting(relational), own: counting(own as Relational) };
}
