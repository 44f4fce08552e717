import { writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeVariables, loadConfig } from "../../src/config.js";
import { run, startGateway, temporaryDirectory } from "../cli/command-line.js";
import { clickHouseOverHttp } from "../clickhouse-over-http.js";
import { otlpReceiver } from "../telemetry/otlp-receiver.js";
import { expectNothingRevealed } from "./judge.js";
import { bothOrganizations, from, idsOf, to } from "./two-organizations.js";

/**
 * A word that stands in every secret there is: the program runs with it while all that it depends on fails, and it comes
 * out nowhere. Passwords hold what addresses have to escape, so that careless ways of hiding them would fail.
 */
const CANARY = "c4n4ry";
const secret = (what: string) => `${CANARY}-${what}-p@ss/w:rd`;
const login = (what: string) => `acme:${encodeURIComponent(secret(what))}`;
const ids = idsOf("acme");

/** What would give a secret away: the word, and the ways in which logins travel. */
function expectNoCanary(text: string, where: string): void {
  const traces = [CANARY, ...basicAuths];
  const found = traces.find((trace) => text.includes(trace));
  if (found === undefined) return;
  const at = text.indexOf(found);
  expect.fail(`${where} tells a secret: …${text.slice(Math.max(0, at - 300), at + 200)}…`);
}
const basicAuths = [`acme:${CANARY}`, CANARY].map((text) => Buffer.from(text).toString("base64").slice(0, -4));

/** A port at which nobody listens, until somebody else happens to. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Answers everything with an error that repeats what it was sent, as careless servers do. */
async function echoing(): Promise<{ server: Server; port: number }> {
  const server = createServer((request, response) => {
    response.writeHead(500, { "content-type": "text/plain" });
    response.end(
      `cannot serve ${request.url} ${JSON.stringify(request.headers)} ${JSON.stringify(request.rawHeaders)}`,
    );
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let echo: Awaited<ReturnType<typeof echoing>>;
let closed: number;
beforeAll(async () => {
  directory = await temporaryDirectory();
  echo = await echoing();
  closed = await closedPort();
});
afterAll(async () => {
  echo.server.closeAllConnections();
  await new Promise((resolve) => echo.server.close(resolve));
  await directory[Symbol.asyncDispose]();
});

const token = secret("token").replaceAll(/[@/:]/g, "-");
const common = () => ({
  LOG_LEVEL: "trace",
  CLUSTER_SECRET: secret("cluster-secret"),
  METRICS_TOKEN: secret("metrics-token"),
  OTEL_EXPORTER_OTLP_HEADERS: `authorization=${encodeURIComponent(secret("otlp-header"))}`,
});

const window = `start_date=${from}&end_date=${to}`;
const graphql = JSON.stringify({
  query: `{ viewer { kind } cleanExpenses(organizationId: "${ids.organization}", startDate: ${from}, endDate: ${to}) {
    totalCost expenses { nodes { resourceName cloudAccount { name } } }
    k8sCosts { totalCost clusters { status warnings { code message } namespaces { name } } overlap { cost } daily { cost } }
  } }`,
});
const jwtLike = `${Buffer.from('{"alg":"RS256","kid":"x"}').toString("base64url")}.${Buffer.from("{}").toString("base64url")}.${CANARY}`;

/** Everything that a caller can see, asked with good and with wrong credentials that hold the word, too. */
async function exercised(url: string, passedOn: boolean): Promise<string> {
  const credentials: Record<string, string>[] = [
    {},
    { authorization: `Bearer ${token}` },
    { authorization: `Bearer ${token}-wrong` },
    { authorization: `Bearer ${jwtLike}` },
    { authorization: `Bearer ${secret("metrics-token")}` },
    { secret: secret("cluster-secret") },
    { secret: secret("wrong-secret") },
    { authorization: `Basic ${Buffer.from(`acme:${secret("write")}`).toString("base64")}` },
  ];
  const targets: [path: string, init?: RequestInit][] = [
    ...["/", "/graphiql", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics", "/nowhere", "/%zz"].map(
      (path): [string] => [path],
    ),
    [`/restapi/v2/organizations/${ids.organization}/clean_expenses?${window}`],
    [`/restapi/v2/organizations/${ids.organization}/clean_expenses?${window}&unknown=1`],
    ["/restapi/v2/organizations"],
    ["/restapi/v2/somewhere/else"],
    [`/restapi/v2/cloud_accounts/${ids.cluster}/nodes`],
    [`/metroculus/v2/kubecost_cluster_costs?cloud_account_id=${ids.cluster}&${window}`],
    ["/graphql", { method: "POST", headers: { "content-type": "application/json" }, body: graphql }],
    ["/graphql", { method: "POST", headers: { "content-type": "application/json" }, body: "{" }],
    [
      `/storage/api/v2/write?cloud_account_id=${ids.cluster}`,
      { method: "POST", headers: { "content-type": "application/x-protobuf" }, body: "no snappy" },
    ],
  ];
  const answers: string[] = [];
  for (const headers of credentials) {
    for (const [path, init = {}] of targets) {
      const response = await fetch(url + path, {
        ...init,
        headers: { ...init.headers, ...headers },
        redirect: "manual",
      });
      const head = JSON.stringify([...response.headers]);
      const text = withoutOwn(await response.text(), passedOn ? Object.values(headers) : []);
      // Pages are scripts; what a caller may read in them is data.
      if (!path.startsWith("/docs")) expectNothingRevealed(text, path);
      answers.push(`${response.status} ${path} ${head} ${text}`);
    }
  }
  return answers.join("\n");
}

/** An answer without what the caller said of itself: what stands behind the gateway may repeat that to the caller alone. */
function withoutOwn(answer: string, credentials: readonly string[]): string {
  return credentials.reduce((text, credential) => text.replaceAll(credential, "own"), answer);
}

/** Runs a gateway in this environment, exercises it, stops it, and looks through all that it said. */
async function expectSilence(
  environment: Record<string, string>,
  afterStart?: () => Promise<unknown>,
): Promise<string> {
  await using traces = await otlpReceiver();
  const { gateway, url } = await startGateway({
    ...common(),
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.url.replace("://", `://${login("otlp")}@`),
    ...environment,
  });
  await using _running = gateway;
  await afterStart?.();
  const answers = await exercised(url, environment.OPTSCALE_URL !== undefined);
  gateway.signal("SIGTERM");
  const { stdout, stderr } = await gateway.outcome();
  expectNoCanary(answers, "an answer");
  expectNoCanary(stdout, "standard output");
  expectNoCanary(stderr, "the log");
  for (const one of traces.raw) expectNoCanary(one, "a trace");
  return stderr;
}

/** A data directory with both organizations, one token and one cluster's password of which hold the word. */
async function filled(name: string): Promise<string> {
  const given = bothOrganizations();
  const accounts = (given as unknown as { cloud_accounts: { metrics_credentials?: object }[] }).cloud_accounts.map(
    (account) =>
      account.metrics_credentials === undefined
        ? account
        : { ...account, metrics_credentials: { username: "acme", password: secret("write") } },
  );
  const snapshot = join(directory.path, `${name}.json`);
  await writeFile(
    snapshot,
    JSON.stringify({
      ...given,
      cloud_accounts: accounts,
      cluster_secret: secret("cluster-secret"),
      tokens: [...given.tokens, { token, organizations: [ids.organization] }],
    }),
  );
  const DATA_DIR = join(directory.path, name);
  const { code, stdout, stderr } = await run(["import", "snapshot", snapshot], { ...common(), DATA_DIR });
  expect(code, stderr).toBe(0);
  expectNoCanary(stdout + stderr, "the import");
  return DATA_DIR;
}

describe("with everything failing that it depends on, the gateway tells no secret in logs, answers, metrics, pages or traces", () => {
  test.each(["refusing connections", "answering errors that repeat what they were sent"])(
    "Metroculus, Redis, the auth service and the identity provider %s",
    async (how) => {
      const port = how.startsWith("refusing") ? closed : echo.port;
      const at = `http://127.0.0.1:${port}`;
      const log = await expectSilence({
        DATA_DIR: await filled(`services-${port}`),
        METROCULUS_URL: at,
        REDIS_URL: `redis://${login("redis")}@127.0.0.1:${port}`,
        AUTH_URL: at,
        OIDC_ISSUER: at,
        OIDC_AUDIENCE: "expense-gateway",
      });
      // The log was there to be looked through.
      expect(log).toContain('"msg":"request"');
    },
  );

  test("the Prometheus that the built-in Metroculus reads", async () => {
    await expectSilence({
      DATA_DIR: await filled("thanos"),
      THANOS_URL: `http://${login("thanos")}@127.0.0.1:${echo.port}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${login("otlp")}@127.0.0.1:${closed}`,
    });
  });

  test("OptScale, before which it stands", async () => {
    await expectSilence({
      DATA_DIR: join(directory.path, "optscale"),
      OPTSCALE_URL: `http://127.0.0.1:${echo.port}`,
      OPTSCALE_PROXY: "true",
      METROCULUS_URL: `http://127.0.0.1:${echo.port}`,
    });
  });

  test("a ClickHouse server that goes away", async () => {
    await using server = await clickHouseOverHttp();
    await expectSilence(
      {
        DATA_DIR: await filled("clickhouse"),
        CLICKHOUSE_URL: server.url.replace("://", `://${login("clickhouse")}@`),
      },
      () => server.stop(),
    );
  });
});

test.each([
  ["DATABASE_URL", "mysql", "refuses connections"],
  ["TOKEN_DATABASE", "mysql", "refuses connections"],
  ["CLICKHOUSE_URL", "http", "answers errors that repeat what they were sent"],
])(
  "a start that fails because %s (%s) %s tells no secret, and neither does the doctor",
  async (variable, scheme, how) => {
    const port = how.startsWith("refuses") ? closed : echo.port;
    const environment = {
      ...common(),
      REDIS_URL: `redis://${login("redis")}@127.0.0.1:${port}`,
      METROCULUS_URL: `http://127.0.0.1:${port}`,
      ...(variable === "TOKEN_DATABASE" && {
        DATABASE_URL: `mysql://${login("database")}@127.0.0.1:${closed}/restapi`,
      }),
      [variable]: `${scheme}://${login(variable)}@127.0.0.1:${port}/restapi`,
    };
    const commands = [["serve"], ["doctor"], ["token", "create", "--organization", "x"]];
    await Promise.all(
      commands.map(async (command) => {
        await using own = await temporaryDirectory();
        const { code, stdout, stderr } = await run(command, { PORT: "0", ...environment, DATA_DIR: own.path });
        expect(code, command.join(" ")).not.toBe(0);
        // It failed for the reason that is meant here.
        if (command[0] !== "token") expect(stdout + stderr, command.join(" ")).toContain(variable);
        expectNoCanary(stdout + stderr, command.join(" "));
      }),
    );
  },
);

test("a value that a variable does not take is not repeated, whichever it is", () => {
  const wrong = [
    `${CANARY}://${CANARY}`,
    `http//${login("x")}@host`,
    `http://${login("x")}@host/?x`,
    `http://${login("x")}@host/#x`,
    `http://x:%zz${CANARY}@host`,
    `mysql:/${CANARY}\u0000`,
    `\n${CANARY}`,
    `-${CANARY}`,
  ];
  let refused = 0;
  for (const { name } of describeVariables()) {
    for (const value of wrong) {
      try {
        loadConfig({ [name]: value });
      } catch (error) {
        refused++;
        expectNoCanary(String((error as Error).stack), name);
        expectNoCanary(JSON.stringify(error), name);
      }
    }
  }
  expect(refused).toBeGreaterThan(60);
});
