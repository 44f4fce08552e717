import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClusterSettings } from "../../src/accounts/cluster-settings.js";
import { eventually } from "../eventually.js";
import { ACME, CLUSTER_ONE, CLUSTER_TWO, TOKEN } from "../graphql/support/acme.js";
import { bearer, startTestGateway, type TestGateway } from "../graphql/support/gateway.js";
import { prometheusTitle, promtool, skipPrometheus } from "../metroculus/installed-prometheus.js";
import { packed } from "../metroculus/remote-write.js";
import { type PrometheusServer, startPrometheus } from "./prometheus-server.js";
import { alertFile, alerts, dashboard, matchers, metricNames } from "./promql.js";

const METRICS_TOKEN = "acme-metrics-token-of-tests";
const all = await alerts();
const { panels, variables } = await dashboard();

describe.skipIf(skipPrometheus)(prometheusTitle("with a real Prometheus that scrapes a gateway"), () => {
  let gateway: TestGateway;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    gateway = await startTestGateway({ environment: { METRICS_TOKEN } });
    gateway.metroculus.answer = (request, response) => {
      const account = new URL(request.url ?? "/", "http://metroculus").searchParams.get("cloud_account_id");
      response
        .writeHead(account === CLUSTER_TWO ? 500 : 200, { "content-type": "application/json" })
        .end(JSON.stringify({ summary: { total_cost: 40 }, coverage: 0.8, currency: "USD" }));
    };
    await new ClusterSettings(gateway.stores.own).change(CLUSTER_ONE, {
      metricsCredentials: { username: "acme", password: "acme-password" },
    });
    prometheus = await startPrometheus(gateway.url, METRICS_TOKEN, alertFile);
  });
  afterAll(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
  });

  let round = 0;

  /** A bit of everything that a gateway meets, faults included. */
  async function traffic(): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    const costs = `k8sCosts { totalCost complete }`;
    // Another window each time, so that it is looked up anew.
    const question = (fields: string) =>
      `query Totals { cleanExpenses(organizationId: "${ACME}", startDate: ${now - 90_000 - round++}, endDate: ${now}) { totalCost ${fields} } }`;
    await gateway.ask(question(costs));
    await gateway.ask("{ nothing }");
    const { clickHouse } = gateway.stores;
    await clickHouse.command("RENAME TABLE expenses TO expenses_away");
    await gateway.ask(question(""));
    await fetch(`${gateway.url}/restapi/v2/organizations/${ACME}/clean_expenses?start_date=0&end_date=1`, {
      headers: bearer(TOKEN),
    });
    await clickHouse.command("RENAME TABLE expenses_away TO expenses");
    await fetch(`${gateway.url}/readyz`);
    const written = await fetch(`${gateway.url}/storage/api/v2/write?cloud_account_id=${CLUSTER_ONE}`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from("acme:acme-password").toString("base64")}`,
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
      },
      body: packed([{ labels: { __name__: "kubecost_cluster_management_cost" }, samples: [[now * 1000, 0.1]] }]),
    });
    expect([written.status, await written.text()]).toEqual([204, ""]);
  }

  test("every panel of the dashboard shows something", async () => {
    await eventually(
      async () => {
        await traffic();
        const results = await Promise.all(panels.map(({ expr }) => prometheus.query(expr)));
        expect(panels.filter((_, index) => results[index]?.length === 0)).toEqual([]);
      },
      { timeout: 60_000, interval: 500 },
    );
  });

  test("every name, label and value that dashboard and alerts go by is one that the gateway tells", async () => {
    const known = new Set((await prometheus.get("label/__name__/values")) as string[]);
    const expressions = [...panels.map(({ expr }) => expr), ...variables, ...all.map(({ expr }) => expr)];
    expect(expressions.flatMap(metricNames).filter((name) => !known.has(name))).toEqual([]);
    const unmet: string[] = [];
    for (const { metric, label, isRegExp, value } of expressions.flatMap(matchers)) {
      const pattern = new RegExp(`^(${isRegExp ? value : value.replaceAll(/\W/g, "\\$&")})$`);
      const values = (await prometheus.get(`label/${label}/values?match[]=${metric}`)) as string[];
      if (!values.some((one) => pattern.test(one))) unmet.push(`${metric}{${label}="${value}"}: ${values}`);
    }
    expect(unmet).toEqual([]);
  });

  test("Prometheus evaluates every alert, and finds nothing amiss with them", async () => {
    await eventually(async () => {
      const { groups } = (await prometheus.get("rules")) as {
        groups: { rules: { name: string; health: string; lastError?: string }[] }[];
      };
      const rules = groups.flatMap((group) => group.rules);
      expect(rules.map(({ name, health, lastError }) => [name, health, lastError])).toEqual(
        all.map(({ alert }) => [alert, "ok", undefined]),
      );
    });
    for (const { expr } of all) await prometheus.query(expr);
  });

  test("promtool has nothing to say against the file of alerts", async () => {
    const { stdout } = await promisify(execFile)(promtool(), ["check", "rules", alertFile]);
    expect(stdout).toContain(`SUCCESS: ${all.length} rules found`);
  });
});
