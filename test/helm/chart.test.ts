import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { describeVariables } from "../../src/config.js";
import { Chart, type Values } from "./chart.js";
import { type Manifest, validate } from "./schemas.js";
import { secretsOfValueSets, valueSets } from "./value-sets.js";

let chart: Chart;
const rendered = new Map<string, Manifest[]>();
beforeAll(async () => {
  chart = await Chart.open();
  for (const [name, values] of Object.entries(valueSets)) rendered.set(name, await chart.render(values));
});
afterAll(() => chart?.[Symbol.asyncDispose]());

const of = (manifests: readonly Manifest[], kind: string) => manifests.filter((manifest) => manifest.kind === kind);
const workloads = (manifests: readonly Manifest[]) => of(manifests, "Deployment");
const container = (deployment: Manifest) => deployment.spec.template.spec.containers[0];
const all = () => [...rendered.values()].flat();

test("the schemas refuse a field that is mistyped, missing or unknown", async () => {
  const deployment = workloads(rendered.get("the defaults") ?? [])[0] as Manifest;
  const changed = (change: (copy: Manifest) => void) => {
    const copy = structuredClone(deployment);
    change(copy);
    return validate(copy);
  };
  await expect(changed(() => {})).resolves.toBeUndefined();
  await expect(changed((copy) => Object.assign(copy.spec, { replicas: "1" }))).rejects.toThrow(
    /replicas must be integer/,
  );
  await expect(changed((copy) => delete copy.spec.selector)).rejects.toThrow(/required property selector/);
  await expect(changed((copy) => Object.assign(container(copy), { livenesProbe: {} }))).rejects.toThrow(
    "unknown /spec/template/spec/containers/0/livenesProbe",
  );
});

describe.each(Object.keys(valueSets))("with %s", (name) => {
  const values = valueSets[name] as Values;

  test("lint finds nothing, and every object is one that Kubernetes takes", async () => {
    expect(await chart.lint(values)).toContain("0 chart(s) failed");
    for (const manifest of rendered.get(name) ?? []) await validate(manifest);
  });

  test("selectors find the pods that are meant, and no others", () => {
    const manifests = rendered.get(name) ?? [];
    const pods = workloads(manifests).map((deployment) => ({
      component: deployment.metadata.labels?.["app.kubernetes.io/component"],
      labels: deployment.spec.template.metadata.labels,
      selector: deployment.spec.selector.matchLabels,
    }));
    const matching = (selector: Readonly<Record<string, string>>) =>
      pods.filter(({ labels }) => Object.entries(selector).every(([label, value]) => labels[label] === value));
    for (const { component, selector } of pods) expect(matching(selector)).toMatchObject([{ component }]);
    const selecting = manifests.flatMap((manifest) => {
      const selector = {
        Service: manifest.spec?.selector,
        PodDisruptionBudget: manifest.spec?.selector?.matchLabels,
        NetworkPolicy: manifest.spec?.podSelector?.matchLabels,
      }[manifest.kind as string];
      return selector ? [{ manifest, selector }] : [];
    });
    for (const { manifest, selector } of selecting) {
      expect(matching(selector)).toMatchObject([
        { component: manifest.metadata.labels?.["app.kubernetes.io/component"] },
      ]);
    }
    const services = of(manifests, "Service");
    for (const monitor of of(manifests, "ServiceMonitor")) {
      const wanted = Object.entries(monitor.spec.selector.matchLabels);
      const found = services.filter(({ metadata }) =>
        wanted.every(([label, value]) => metadata.labels?.[label] === value),
      );
      expect(found.length).toBeGreaterThan(0);
    }
  });

  test("what is referred to is there", () => {
    const manifests = rendered.get(name) ?? [];
    const keys = (kind: string) =>
      Object.fromEntries(of(manifests, kind).map(({ metadata, data }) => [metadata.name, Object.keys(data)]));
    const secrets = keys("Secret");
    // Those are there before the chart.
    const foreign =
      JSON.stringify(values)
        .match(/"existingSecret":"[^"]+/g)
        ?.map((match) => match.split('"').at(-1)) ?? [];
    for (const deployment of workloads(manifests)) {
      for (const { valueFrom } of container(deployment).env) {
        if (valueFrom === undefined || foreign.includes(valueFrom.secretKeyRef.name)) continue;
        expect(secrets[valueFrom.secretKeyRef.name]).toContain(valueFrom.secretKeyRef.key);
      }
      for (const { configMapRef } of container(deployment).envFrom) {
        expect(Object.keys(keys("ConfigMap"))).toContain(configMapRef.name);
      }
      const ports = container(deployment).ports.map((port: { name: string }) => port.name);
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
        expect(ports).toContain(container(deployment)[probe].httpGet.port);
      }
    }
    const services = of(manifests, "Service").map(({ metadata }) => metadata.name);
    for (const { spec } of of(manifests, "Ingress")) {
      for (const { http } of spec.rules)
        for (const { backend } of http.paths) expect(services).toContain(backend.service.name);
    }
    const deployments = workloads(manifests).map(({ metadata }) => metadata.name);
    for (const { spec } of of(manifests, "HorizontalPodAutoscaler"))
      expect(deployments).toContain(spec.scaleTargetRef.name);
  });

  test("the notes say how to verify it, with names that are there", async () => {
    const notes = await chart.notes(values);
    const named = [...notes.matchAll(/(deployment|service)\/(\S+)/g)].map(([, kind, name]) => `${kind}/${name}`);
    const manifests = rendered.get(name) ?? [];
    const there = manifests.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`);
    expect(named.length).toBeGreaterThan(2);
    expect(there).toEqual(expect.arrayContaining(named));
    const images = workloads(manifests).map((deployment) => container(deployment).image);
    for (const image of images) expect(notes).toContain(`Should show: ${image}`);
    for (const step of ["kubecost_cluster_costs", "clean_expenses", "k8s_costs"]) expect(notes).toContain(step);
    expect(notes).not.toContain("%!");
  });
});

test("the environment has only variables that the gateway reads, or that extraEnv names", () => {
  const known = describeVariables().map(({ name }) => name);
  for (const manifests of rendered.values()) {
    for (const deployment of workloads(manifests)) {
      const given = container(deployment).env.map(({ name }: { name: string }) => name);
      expect([...known, "NODE_OPTIONS"]).toEqual(expect.arrayContaining(given));
      const maps = container(deployment).envFrom.map(
        (from: { configMapRef: { name: string } }) => from.configMapRef.name,
      );
      for (const { data, metadata } of of(manifests, "ConfigMap")) {
        if (maps.includes(metadata.name)) expect(known).toEqual(expect.arrayContaining(Object.keys(data)));
      }
    }
  }
});

test("secrets are in Secrets alone, and in none of the notes", async () => {
  const secrets = of(all(), "Secret").flatMap(({ data }) => Object.values(data as Record<string, string>));
  const decoded = secrets.map((value) => Buffer.from(value, "base64").toString());
  for (const secret of secretsOfValueSets) expect(decoded.some((value) => value.includes(secret))).toBe(true);
  const elsewhere = JSON.stringify(all().filter(({ kind }) => kind !== "Secret"));
  for (const secret of [...secretsOfValueSets, ...secrets, ...decoded]) expect(elsewhere).not.toContain(secret);
  const notes = await chart.notes(valueSets.everything as Values);
  for (const secret of secretsOfValueSets) expect(notes).not.toContain(secret);
});

test("pods satisfy the restricted Pod Security Standard, on a read-only root file system", () => {
  for (const deployment of workloads(all())) {
    const { securityContext, automountServiceAccountToken } = deployment.spec.template.spec;
    expect(automountServiceAccountToken).toBe(false);
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container(deployment).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container(deployment).resources).toMatchObject({ requests: { memory: expect.anything() }, limits: {} });
  }
});

test("a change of configuration or of an address makes new pods, and nothing else does", async () => {
  const base = valueSets["servers by address"] as Values;
  const annotations = async (values: Values) =>
    workloads(await chart.render(values))[0]?.spec.template.metadata.annotations as Record<string, string>;
  const before = await annotations(base);
  expect(await annotations(base)).toEqual(before);
  const reconfigured = await annotations({ ...base, config: { LOG_LEVEL: "debug" } });
  expect(reconfigured["checksum/config"]).not.toBe(before["checksum/config"]);
  expect(reconfigured["checksum/secrets"]).toBe(before["checksum/secrets"]);
  const moved = await annotations({ ...base, clickhouse: { url: "http://elsewhere:8123" } });
  expect(moved["checksum/secrets"]).not.toBe(before["checksum/secrets"]);
  expect(moved["checksum/config"]).toBe(before["checksum/config"]);
  const rekeyed = await annotations({ ...base, clusterSecret: { value: "another cluster secret" } });
  expect(rekeyed["checksum/secrets"]).not.toBe(before["checksum/secrets"]);
  expect(await annotations({ ...base, replicas: 5 })).toEqual(before);
});

test("numbers arrive as they were written", () => {
  const map = of(rendered.get("everything") ?? [], "ConfigMap").find(({ metadata }) => metadata.name === "spending");
  expect(map?.data).toMatchObject({ K8S_COSTS_BUDGET_MS: "600000", METROCULUS_TIMEOUT_MS: "2500" });
  expect(map?.data).toMatchObject({ GRAPHQL_MAX_BODY_BYTES: "4194304", MAX_WINDOW_DAYS: "3660" });
});

test("files of one process are never shared: the old pod goes before the new one comes, and the volume outlives the release", () => {
  const [deployment] = workloads(rendered.get("the defaults") ?? []);
  expect(deployment?.spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
  const [claim] = of(rendered.get("the defaults") ?? [], "PersistentVolumeClaim");
  expect(claim?.metadata.annotations).toMatchObject({ "helm.sh/resource-policy": "keep" });
  expect(deployment?.spec.template.spec.volumes).toMatchObject([
    { persistentVolumeClaim: { claimName: claim?.metadata.name } },
  ]);
  expect(of(rendered.get("servers by address") ?? [], "PersistentVolumeClaim")).toEqual([]);
  const [found] = workloads(rendered.get("embedded with a volume that is there") ?? []);
  expect(found?.spec.template.spec.volumes).toMatchObject([{ persistentVolumeClaim: { claimName: "expenses-data" } }]);
});

test("a Metroculus of its own is what the gateway calls, what Prometheus writes to, and what the policy lets it reach", () => {
  const manifests = rendered.get("everything") ?? [];
  expect(workloads(manifests).map((deployment) => container(deployment).args)).toEqual([["serve"], ["metroculus"]]);
  const [map] = of(manifests, "ConfigMap").filter(({ metadata }) => metadata.name === "spending");
  expect(map?.data.METROCULUS_URL).toBe("http://spending-metroculus");
  const [write, rest] = of(manifests, "Ingress")[0]?.spec.rules[0].http.paths ?? [];
  expect([write, rest]).toMatchObject([
    { path: "/storage/api/v2/write", backend: { service: { name: "spending-metroculus" } } },
    { path: "/", backend: { service: { name: "spending" } } },
  ]);
  const policies = of(manifests, "NetworkPolicy");
  expect(policies.map(({ metadata }) => metadata.name).sort()).toEqual(["spending", "spending-metroculus"]);
  const [own, its] = ["spending", "spending-metroculus"].map((name) =>
    policies.find(({ metadata }) => metadata.name === name),
  );
  const component = (name: string) => ({ podSelector: { matchLabels: { "app.kubernetes.io/component": name } } });
  expect(its?.spec.ingress[0].from).toContainEqual(expect.objectContaining({ podSelector: expect.anything() }));
  expect(its?.spec.ingress[0].from.at(-1)).toMatchObject(component("gateway"));
  expect(own?.spec.egress[1].to).toMatchObject([component("metroculus")]);
});

test("the image has ClickHouse in it where there is no server, and something to ask it", () => {
  const image = (name: string) => container(workloads(rendered.get(name) ?? [])[0] as Manifest).image;
  expect(image("the defaults")).toMatch(/^expense-gateway:[0-9.]+-embedded$/);
  expect(image("servers by address")).toMatch(/^expense-gateway:[0-9.]+$/);
  expect(image("an OptScale in front of which it stands")).toMatch(/^expense-gateway:[0-9.]+$/);
  expect(image("embedded with a volume that is there")).toMatch(/^expense-gateway@sha256:/);
});

test("what needs the Prometheus operator, and what only many replicas need, is there only then", () => {
  const optional = [
    "ServiceMonitor",
    "PrometheusRule",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "NetworkPolicy",
    "Ingress",
  ];
  const kinds = (name: string) => (rendered.get(name) ?? []).map(({ kind }) => kind);
  for (const kind of optional) expect(kinds("the defaults")).not.toContain(kind);
  for (const kind of ["ServiceMonitor", "HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "Ingress"]) {
    expect(kinds("everything")).toContain(kind);
  }
  expect(kinds("servers by address")).toContain("PodDisruptionBudget");
  // The autoscaler's business.
  expect(workloads(rendered.get("autoscaling") ?? [])[0]?.spec).not.toHaveProperty("replicas");
});

test("alerts reach Prometheus and the dashboard Grafana as they are written, braces and all", async () => {
  const summary = "{{ $labels.instance }} is down";
  const groups = [{ name: "gateway", rules: [{ alert: "Down", expr: "up < 1", annotations: { summary } }] }];
  const board = { title: "Expenses", panels: [{ legendFormat: "{{ job }}", expr: "rate(a[5m]) > 0" }] };
  const files = { "alerts.yaml": stringify({ groups }), "dashboard.json": JSON.stringify(board) };
  const manifests = await (await chart.with(files)).render(valueSets.everything as Values);
  for (const manifest of manifests) await validate(manifest);
  const [rule] = of(manifests, "PrometheusRule");
  expect(rule?.spec.groups).toEqual(groups);
  expect(rule?.metadata.labels).toMatchObject({ release: "prometheus" });
  const dashboard = of(manifests, "ConfigMap").find(({ metadata }) => metadata.labels?.grafana_dashboard === "1");
  expect(JSON.parse(dashboard?.data["spending.json"])).toEqual(board);
  await expect((await chart.with({ "alerts.yaml": "alerts" })).render(valueSets.everything as Values)).rejects.toThrow(
    "files/alerts.yaml is not a file of Prometheus rules",
  );
});

test("Prometheus scrapes with the token that the pods have", () => {
  const manifests = rendered.get("everything") ?? [];
  const { credentials } = of(manifests, "ServiceMonitor")[0]?.spec.endpoints[0].authorization ?? {};
  const variable = container(workloads(manifests)[0] as Manifest).env.find(
    ({ name }: { name: string }) => name === "METRICS_TOKEN",
  );
  expect(variable.valueFrom.secretKeyRef).toEqual(credentials);
});
