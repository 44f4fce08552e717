import type { DemoCloud } from "./organization.js";

/** A kind of cloud resource that the demo organization has many of. */
export interface ResourceKind {
  readonly cloud: DemoCloud;
  readonly service: string;
  readonly type: string;
  readonly count: number;
  /** Begins the names of its resources. */
  readonly name: string;
  readonly regions: readonly (string | null)[];
  /** USD a day: the usual bounds. Where there are flavors, they have the prices. */
  readonly price: readonly [low: number, high: number];
  readonly flavors?: readonly Flavor[];
  /** What a weekend day costs of a working day. */
  readonly weekend: number;
  /** How much dearer the last day is than the first: 0.2 is 20 %. */
  readonly growth: number;
  /** The share of resources that came or went within the 90 days. */
  readonly churn: number;
  /** The first ones have the most. */
  readonly pools: readonly string[];
  /** What a recommendation run can find out about it, and the share of the price that it would save. */
  readonly advice?: { readonly module: string; readonly share: number };
}

export interface Flavor {
  readonly name: string;
  /** USD an hour, on demand. */
  readonly hourly: number;
  readonly cpus: number;
  readonly gib: number;
}

export const EC2_FLAVORS: readonly Flavor[] = [
  { name: "t3.medium", hourly: 0.048, cpus: 2, gib: 4 },
  { name: "m5.large", hourly: 0.115, cpus: 2, gib: 8 },
  { name: "t3.large", hourly: 0.096, cpus: 2, gib: 8 },
  { name: "m5.xlarge", hourly: 0.23, cpus: 4, gib: 16 },
  { name: "c5.2xlarge", hourly: 0.388, cpus: 8, gib: 16 },
  { name: "r5.xlarge", hourly: 0.304, cpus: 4, gib: 32 },
  { name: "m5.2xlarge", hourly: 0.46, cpus: 8, gib: 32 },
  { name: "g5.xlarge", hourly: 1.258, cpus: 4, gib: 16 },
];

const AZURE_FLAVORS: readonly Flavor[] = [
  { name: "Standard_B2s", hourly: 0.048, cpus: 2, gib: 4 },
  { name: "Standard_D2s_v5", hourly: 0.115, cpus: 2, gib: 8 },
  { name: "Standard_D4s_v5", hourly: 0.23, cpus: 4, gib: 16 },
  { name: "Standard_E8s_v5", hourly: 0.608, cpus: 8, gib: 64 },
];

const GCP_FLAVORS: readonly Flavor[] = [
  { name: "e2-medium", hourly: 0.043, cpus: 2, gib: 4 },
  { name: "n2-standard-2", hourly: 0.125, cpus: 2, gib: 8 },
  { name: "n2-standard-8", hourly: 0.5, cpus: 8, gib: 32 },
];

const aws = { cloud: "aws", regions: ["eu-central-1", "eu-west-1", "us-east-1"] } as const;
const azure = { cloud: "azure", regions: ["westeurope", "northeurope"] } as const;
const gcp = { cloud: "gcp", regions: ["europe-west3", "us-central1"] } as const;

const SHOP = ["Checkout", "Web shop", "Search", "Platform", "Build and release", "Sandbox"] as const;
const FACTORY = ["Robot firmware", "Back office", "Build and release"] as const;
const DATA = ["Analytics", "Vision models", "Data"] as const;

const steady = { weekend: 1, growth: 0.04, churn: 0.12 } as const;
const busy = { weekend: 0.72, growth: 0.18, churn: 0.22 } as const;

/** What there is besides Kubernetes nodes and the few resources that `single-resources.ts` adds one by one. */
export const CATALOGUE: readonly ResourceKind[] = [
  {
    ...aws,
    ...busy,
    service: "AmazonEC2",
    type: "Instance",
    count: 380,
    name: "ec2",
    price: [1, 20],
    flavors: EC2_FLAVORS,
    pools: SHOP,
    advice: { module: "rightsizing_instances", share: 0.4 },
  },
  {
    ...aws,
    ...steady,
    service: "AmazonEC2",
    type: "Volume",
    count: 660,
    name: "ebs",
    price: [0.12, 6],
    pools: SHOP,
    advice: { module: "volumes_not_attached_for_long_time", share: 1 },
  },
  {
    ...aws,
    ...steady,
    churn: 0.42,
    service: "AmazonEC2",
    type: "Snapshot",
    count: 920,
    name: "snap",
    price: [0.01, 0.6],
    pools: SHOP,
    advice: { module: "obsolete_snapshots", share: 1 },
  },
  { ...aws, ...steady, service: "AmazonS3", type: "Bucket", count: 210, name: "s3", price: [0.05, 60], pools: SHOP },
  {
    ...aws,
    ...steady,
    service: "AmazonRDS",
    type: "RDS Instance",
    count: 64,
    name: "rds",
    price: [1.6, 48],
    pools: SHOP,
    advice: { module: "rightsizing_rds", share: 0.35 },
  },
  {
    ...aws,
    ...steady,
    service: "AmazonVPC",
    type: "IP Address",
    count: 130,
    name: "eip",
    price: [0.12, 0.13],
    pools: SHOP,
    advice: { module: "obsolete_ips", share: 1 },
  },
  {
    ...aws,
    ...busy,
    service: "AmazonVPC",
    type: "NAT Gateway",
    count: 12,
    name: "nat",
    price: [1.2, 22],
    pools: ["Platform"],
  },
  { ...aws, ...busy, service: "AWSELB", type: "Load Balancer", count: 44, name: "alb", price: [0.6, 4], pools: SHOP },
  { ...aws, ...busy, service: "AWSLambda", type: "Function", count: 240, name: "fn", price: [0.002, 3], pools: SHOP },
  {
    ...aws,
    ...busy,
    service: "AmazonCloudWatch",
    type: "Log Group",
    count: 180,
    name: "log",
    price: [0.01, 7],
    pools: SHOP,
  },
  {
    ...aws,
    ...busy,
    service: "AmazonCloudFront",
    type: "Distribution",
    count: 14,
    name: "cdn",
    regions: [null],
    price: [0.5, 60],
    weekend: 1.25,
    pools: ["Web shop"],
  },
  {
    ...azure,
    ...busy,
    service: "Microsoft.Compute",
    type: "Instance",
    count: 190,
    name: "vm",
    price: [1, 15],
    flavors: AZURE_FLAVORS,
    pools: FACTORY,
    advice: { module: "rightsizing_instances", share: 0.4 },
  },
  {
    ...azure,
    ...steady,
    service: "Microsoft.Compute",
    type: "Volume",
    count: 350,
    name: "disk",
    price: [0.1, 5],
    pools: FACTORY,
    advice: { module: "volumes_not_attached_for_long_time", share: 1 },
  },
  {
    ...azure,
    ...steady,
    churn: 0.4,
    service: "Microsoft.Compute",
    type: "Snapshot",
    count: 300,
    name: "disksnap",
    price: [0.01, 0.5],
    pools: FACTORY,
    advice: { module: "obsolete_snapshots", share: 1 },
  },
  {
    ...azure,
    ...steady,
    service: "Microsoft.Storage",
    type: "Bucket",
    count: 150,
    name: "storage",
    price: [0.05, 24],
    pools: FACTORY,
  },
  {
    ...azure,
    ...steady,
    service: "Microsoft.Sql",
    type: "Database",
    count: 60,
    name: "sql",
    price: [0.5, 36],
    pools: FACTORY,
  },
  {
    ...azure,
    ...steady,
    service: "Microsoft.Network",
    type: "IP Address",
    count: 90,
    name: "pip",
    price: [0.1, 0.13],
    pools: FACTORY,
  },
  {
    ...azure,
    ...busy,
    service: "Microsoft.OperationalInsights",
    type: "Workspace",
    count: 24,
    name: "logs",
    price: [0.2, 30],
    pools: FACTORY,
  },
  {
    ...gcp,
    ...busy,
    service: "Compute Engine",
    type: "Instance",
    count: 170,
    name: "gce",
    price: [1, 12],
    flavors: GCP_FLAVORS,
    pools: DATA,
    advice: { module: "rightsizing_instances", share: 0.4 },
  },
  {
    ...gcp,
    ...steady,
    service: "Compute Engine",
    type: "Volume",
    count: 260,
    name: "pd",
    price: [0.08, 5],
    pools: DATA,
  },
  {
    ...gcp,
    ...steady,
    churn: 0.4,
    service: "Compute Engine",
    type: "Snapshot",
    count: 220,
    name: "pdsnap",
    price: [0.01, 0.4],
    pools: DATA,
  },
  {
    ...gcp,
    ...steady,
    service: "Cloud Storage",
    type: "Bucket",
    count: 170,
    name: "gcs",
    price: [0.04, 40],
    pools: DATA,
  },
  {
    ...gcp,
    ...busy,
    service: "BigQuery",
    type: "Dataset",
    count: 80,
    name: "bq",
    price: [0.1, 48],
    weekend: 0.5,
    pools: DATA,
  },
  {
    ...gcp,
    ...steady,
    service: "Cloud SQL",
    type: "Database",
    count: 26,
    name: "cloudsql",
    price: [1, 30],
    pools: DATA,
  },
];
