import type { Values } from "./chart.js";

const servers = {
  clickhouse: { url: "https://reader:click%20pass@clickhouse:8443/expenses" },
  database: { url: "mysql://gateway:maria-pass@mariadb:3306/restapi" },
};

/** What people install, by what it is called. */
export const valueSets: Readonly<Record<string, Values>> = {
  "the defaults": {},
  "embedded without a volume": { persistence: { enabled: false } },
  "embedded with a volume that is there": {
    image: { digest: `sha256:${"0a".repeat(32)}` },
    persistence: { existingClaim: "expenses-data" },
  },
  "servers by address": { ...servers, replicas: 3 },
  "Secrets that are there": {
    clusterSecret: { existingSecret: "cluster-secret" },
    clickhouse: { existingSecret: "stores" },
    database: { existingSecret: "stores" },
    redis: { existingSecret: "cache", key: "address" },
    metrics: { existingSecret: "scraping", key: "token" },
    metroculus: { url: "http://metroculusapi" },
  },
  autoscaling: { ...servers, autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 12 } },
  "an OptScale in front of which it stands": {
    optscale: { url: "http://restapi", proxy: true },
    metroculus: { url: "http://metroculusapi/" },
    config: { OPTSCALE_TIMEOUT_MS: 10_000 },
    replicas: 2,
  },
  "an Ingress with TLS": {
    ingress: {
      enabled: true,
      className: "nginx",
      annotations: { "cert-manager.io/cluster-issuer": "letsencrypt" },
      hosts: ["expenses.example.com", "costs.example.com"],
      tls: [{ secretName: "expenses-tls", hosts: ["expenses.example.com"] }],
    },
    trustedProxies: ["10.244.0.0/16", "fd00::1"],
  },
  "a Metroculus of its own": { ...servers, metroculus: { standalone: true, replicas: 2 } },
  everything: {
    clickhouse: { ...servers.clickhouse, caFile: "/etc/company-ca/ca.pem" },
    database: { ...servers.database, caFile: "/etc/company-ca/ca.pem" },
    redis: { url: "rediss://:redis-pass@redis:6379", caFile: "/etc/company-ca/ca.pem" },
    tokenDatabase: { url: "mysql://tokens:token-pass@mariadb:3306/expense_gateway" },
    auth: {
      url: "http://auth",
      oidc: { issuer: "https://id.example.com", audience: "expenses", organizationsClaim: "orgs" },
    },
    tracing: { endpoint: "http://otel-collector:4318" },
    thanos: { url: "https://scraper:thanos-pass@thanos:9090" },
    clusterSecret: { value: "a shared cluster secret" },
    metrics: { token: "a-metrics-token-of-ours" },
    fullnameOverride: "spending",
    imagePullSecrets: [{ name: "registry" }],
    metroculus: { standalone: true, replicas: 2 },
    autoscaling: { enabled: true },
    config: {
      LOG_LEVEL: "debug",
      K8S_COSTS_BUDGET_MS: 600_000,
      METROCULUS_TIMEOUT_MS: 2_500,
      GRAPHQL_MAX_BODY_BYTES: 4_194_304,
      MAX_WINDOW_DAYS: 3_660,
    },
    extraEnv: [{ name: "NODE_OPTIONS", value: "--max-old-space-size=1024" }],
    extraVolumes: [{ name: "authority", configMap: { name: "company-ca" } }],
    extraVolumeMounts: [{ name: "authority", mountPath: "/etc/company-ca", readOnly: true }],
    ingress: { enabled: true, hosts: ["expenses.example.com"] },
    service: { type: "LoadBalancer", port: 8080, annotations: { "example.com/internal": "true" } },
    networkPolicy: {
      enabled: true,
      from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } }],
      egress: [{ ports: [{ protocol: "TCP", port: 8443 }] }],
    },
    serviceMonitor: { enabled: true, labels: { release: "prometheus" }, interval: "15s" },
    prometheusRule: { enabled: true, labels: { release: "prometheus" } },
    dashboard: { enabled: true, annotations: { folder: "Costs" } },
    podAnnotations: { "example.com/owner": "finance" },
    podLabels: { team: "finance" },
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }],
    affinity: { nodeAffinity: {} },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" },
    ],
    priorityClassName: "important",
    serviceAccountName: "expenses",
  },
};

/** The passwords and secrets of the sets above, decoded as they would be found. */
export const secretsOfValueSets = [
  "click%20pass",
  "maria-pass",
  "token-pass",
  "redis-pass",
  "thanos-pass",
  "a shared cluster secret",
  "a-metrics-token-of-ours",
];
