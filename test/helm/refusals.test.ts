import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig } from "../../src/config.js";
import { Chart, type Values } from "./chart.js";

let chart: Chart;
beforeAll(async () => {
  chart = await Chart.open();
});
afterAll(() => chart?.[Symbol.asyncDispose]());

const servers = { clickhouse: { url: "http://clickhouse:8123" }, database: { url: "mysql://mariadb/restapi" } };

const refused: readonly [what: string, values: Values, message: string][] = [
  ["a value that does not exist", { repliccas: 2 }, "at '': additional properties 'repliccas' not allowed"],
  [
    "one that does not exist further down",
    { image: { tga: "1" } },
    "at '/image': additional properties 'tga' not allowed",
  ],
  ["a word for a number", { replicas: "two" }, "at '/replicas': got string, want integer"],
  ["a word for a switch", { ingress: { enabled: "yes" } }, "at '/ingress/enabled': got string, want boolean"],
  ["a pull policy of its own invention", { image: { pullPolicy: "Sometimes" } }, "must be one of 'Always'"],
  ["an address of another kind", { clickhouse: { url: "tcp://clickhouse:9000" } }, "at '/clickhouse/url'"],
  ["a password in one that takes none", { metroculus: { url: "http://user:hidden@host" } }, "at '/metroculus/url'"],
  ["a base with a query", { auth: { url: "http://auth?x=1" } }, "at '/auth/url'"],
  ["a proxy by its name", { trustedProxies: ["ingress"] }, "at '/trustedProxies/0'"],
  ["a log level that there is not", { config: { LOG_LEVEL: "loud" } }, "at '/config/LOG_LEVEL'"],
  ["too long a time", { config: { METROCULUS_TIMEOUT_MS: 600_001 } }, "maximum: got 600,001, want 600,000"],
  ["a secret that no header carries", { clusterSecret: { value: "hidden\n" } }, "at '/clusterSecret/value'"],
  ["a short token", { metrics: { token: "short" } }, "at '/metrics/token'"],
  ["too short a time to stop", { terminationGracePeriodSeconds: 5 }, "at '/terminationGracePeriodSeconds'"],
  [
    "too short a time for its delay",
    { config: { SHUTDOWN_DELAY_MS: 10_500 } },
    "terminationGracePeriodSeconds has to be 36 at least",
  ],
  ["replicas on one process's files", { replicas: 2 }, "More than one replica needs data that processes can share"],
  ["autoscaling on them", { autoscaling: { enabled: true } }, "set clickhouse.url and database.url"],
  ["half of the stores shared", { ...servers, database: {}, replicas: 2 }, "set clickhouse.url and database.url"],
  ["a Metroculus of its own on them", { metroculus: { standalone: true } }, "metroculus.standalone shares its data"],
  [
    "two Metroculus",
    { ...servers, metroculus: { standalone: true, url: "http://metroculusapi" } },
    "leave metroculus.standalone off, or the url empty",
  ],
  [
    "fewer replicas at most than at least",
    { ...servers, autoscaling: { enabled: true, minReplicas: 4, maxReplicas: 3 } },
    "autoscaling.minReplicas is more than autoscaling.maxReplicas",
  ],
  [
    "replicas in front of OptScale, each with a Metroculus of its own files",
    { optscale: { url: "http://restapi" }, replicas: 2 },
    "or optscale.url and metroculus.url",
  ],
  ["a proxy to nowhere", { optscale: { proxy: true } }, "optscale.proxy needs optscale.url"],
  [
    "two that decide who may see what",
    { optscale: { url: "http://restapi" }, auth: { url: "http://auth" } },
    "auth is not asked when optscale.url is set",
  ],
  [
    "an issuer for any audience",
    { auth: { oidc: { issuer: "https://id.example.com" } } },
    "auth.oidc.audience go together",
  ],
  ["a database of tokens beside SQLite", { tokenDatabase: { url: "tokens" } }, "tokenDatabase goes with database.url"],
  ["an Ingress without a name", { ingress: { enabled: true } }, "ingress.enabled needs a name in ingress.hosts"],
  [
    "an address given twice",
    { redis: { url: "redis://redis:6379", existingSecret: "cache" } },
    "redis.url is set, and redis.existingSecret too: leave one of them empty",
  ],
  [
    "a cluster secret given twice",
    { clusterSecret: { value: "secret", existingSecret: "cluster-secret" } },
    "clusterSecret.value is set, and clusterSecret.existingSecret too",
  ],
  [
    "two addresses under one key",
    { ...servers, redis: { url: "redis://redis:6379", key: "clickhouse_url" } },
    "clickhouse.key and redis.key are the same",
  ],
  [
    "a secret in the ConfigMap",
    { config: { CLUSTER_SECRET: "secret" } },
    "config.CLUSTER_SECRET is not the place for it: set clusterSecret",
  ],
  ["an address there", { config: { CLICKHOUSE_URL: "http://clickhouse" } }, "set clickhouse."],
  ["certificates there", { config: { REDIS_CA_FILE: "/ca.pem" } }, "set redis.caFile"],
  ["certificates at no path of the pod", { clickhouse: { caFile: "ca.pem" } }, "at '/clickhouse/caFile'"],
  ["a password there", { config: { OTHER_URL: "https://user:hidden@host" } }, "config.OTHER_URL holds a password"],
];

test.each(refused)("%s is refused with what to do", async (_, values, message) => {
  const failure = await chart.render(values).then(
    () => "it was taken",
    (error: Error) => error.message,
  );
  expect(failure).toContain(message);
  // One sentence, not a trace through templates.
  expect(failure).not.toMatch(/<include|error calling/);
});

test("of numbers the chart takes what the gateway takes", async () => {
  const schema = JSON.parse(await readFile(new URL("../../helm/values.schema.json", import.meta.url), "utf8")) as {
    properties: { config: { properties: Record<string, { minimum?: number; maximum?: number }> } };
  };
  const bounds = Object.entries(schema.properties.config.properties).flatMap(([name, { minimum, maximum }]) =>
    minimum === undefined || maximum === undefined ? [] : [{ name, minimum, maximum }],
  );
  expect(bounds.length).toBeGreaterThan(10);
  for (const { name, minimum, maximum } of bounds) {
    for (const taken of [minimum, maximum]) expect(loadConfig({ [name]: `${taken}` })).toHaveProperty(name, taken);
    for (const refused of [minimum - 1, maximum + 1]) {
      expect(() => loadConfig({ [name]: `${refused}` })).toThrow(`${name} is not usable`);
    }
  }
});
