import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Fastify, { type FastifyInstance } from "fastify";
import { columnsOf } from "../../src/accounts/cluster-settings.js";
import { sealMetricsCredentials } from "../../src/accounts/metrics-credentials.js";
import { loadConfig } from "../../src/config.js";
import { createLogger } from "../../src/log.js";
import { registerMetroculus } from "../../src/metroculus/server.js";
import { openStores, type Stores } from "../../src/stores/stores.js";
import { packed, type WrittenSeries } from "./remote-write.js";

export const SECRET = "acme-cluster-secret";
export const PASSWORD = "acme-password";
const sealed = sealMetricsCredentials({ username: "acme", password: PASSWORD });

export const basicAuth = (password = PASSWORD) => `Basic ${Buffer.from(`acme:${password}`).toString("base64")}`;

/** A built-in Metroculus on real stores in a directory of its own. */
export class RunningMetroculus implements AsyncDisposable {
  private accounts = 0;
  private readonly others: FastifyInstance[] = [];

  private constructor(
    private readonly directory: string,
    readonly stores: Stores,
    readonly app: FastifyInstance,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<RunningMetroculus> {
    const directory = await mkdtemp(join(tmpdir(), "gateway-metroculus-"));
    const stores = await openStores({ DATA_DIR: directory, CLICKHOUSE_URL: undefined, DATABASE_URL: undefined });
    return new RunningMetroculus(directory, stores, await served(stores, environment));
  }

  /** Another one on the same stores, configured otherwise. It is closed with this one. */
  async another(environment: Record<string, string>): Promise<FastifyInstance> {
    const app = await served(this.stores, environment);
    this.others.push(app);
    return app;
  }

  /** A new Kubernetes account; its id. */
  async cluster({
    credentials = true,
    ...overrides
  }: {
    type?: "KUBERNETES_CNR" | "AWS_CNR";
    deletedAt?: number;
    credentials?: boolean;
  } = {}): Promise<string> {
    const id = `00000000-0000-4000-8000-${String(++this.accounts).padStart(12, "0")}`;
    await this.stores.relational.cloudAccount.create({
      data: {
        id,
        name: `Acme ${id}`,
        type: "KUBERNETES_CNR",
        config: "encrypted, as OptScale keeps it",
        organizationId: "acme",
        createdAt: 1,
        ...overrides,
      },
    });
    if (credentials) {
      await this.stores.own.clusterSettings.create({ data: { cloudAccountId: id, ...columnsOf(sealed) } });
    }
    return id;
  }

  post(cloudAccountId: string, body: Buffer, headers: Record<string, string | undefined> = {}) {
    const all: Record<string, string | undefined> = {
      "cloud-account-id": cloudAccountId,
      authorization: basicAuth(),
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
      ...headers,
    };
    return this.app.inject({
      method: "POST",
      url: "/storage/api/v2/write",
      headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
      payload: body,
    });
  }

  /** Writes samples and insists that they were taken. */
  async write(cloudAccountId: string, series: readonly WrittenSeries[]): Promise<void> {
    const response = await this.post(cloudAccountId, packed(series));
    if (response.statusCode !== 204) throw new Error(`${response.statusCode} ${response.body}`);
  }

  get(path: string, query: Record<string, string | number>, headers: Record<string, string> = { secret: SECRET }) {
    const search = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    return this.app.inject({ method: "GET", url: `/metroculus/v2/${path}?${search}`, headers });
  }

  /** The answer for one account and a window of epoch seconds, half-open. */
  async answer(path: string, account: string, start: number, end: number, more: Record<string, string> = {}) {
    const response = await this.get(path, { cloud_account_id: account, start_date: start, end_date: end, ...more });
    if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${response.body}`);
    return response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.app, ...this.others].map((app) => app.close()));
    await this.stores[Symbol.asyncDispose]();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function served(stores: Stores, environment: Record<string, string>): Promise<FastifyInstance> {
  // A connection that a client keeps is not waited for: that would be 72 s.
  const app = Fastify({ forceCloseConnections: true });
  const config = loadConfig({ LOG_LEVEL: "silent", ...environment });
  const { clickHouse, relational, own } = stores;
  await registerMetroculus(app, {
    clickHouse,
    relational,
    own,
    clusterSecret: SECRET,
    config,
    log: createLogger(config),
  });
  await app.ready();
  return app;
}

/** A series that is sampled each `every` seconds from `start` until before `end` (epoch seconds). */
export function gauge(
  labels: Record<string, string>,
  { start, end, every = 60 }: { start: number; end: number; every?: number },
  value: number | ((time: number) => number),
): WrittenSeries {
  const samples: [number, number][] = [];
  for (let time = start; time < end; time += every) {
    samples.push([time * 1000, typeof value === "number" ? value : value(time)]);
  }
  return { labels, samples };
}
