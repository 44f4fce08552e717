import type { CloudAccountType, PoolPurpose } from "../accounts/accounts.js";
import type { Relational } from "../stores/relational.js";
import type { EpochSeconds } from "../time.js";
import { demoId } from "./identity.js";

export const DEMO_ORGANIZATION = {
  id: demoId("organization"),
  name: "Acme Robotics",
  currency: "USD",
} as const;

interface DemoPool {
  readonly name: string;
  readonly purpose: PoolPurpose;
  /** The name of the pool above; the organization's own pool where there is none. */
  readonly parent?: string;
  /** What it may cost a month. */
  readonly limit: number;
  readonly owner: string;
}

export const DEMO_POOLS: readonly DemoPool[] = [
  { name: "Engineering", purpose: "BUSINESS_UNIT", limit: 195_000, owner: "Ana Example" },
  { name: "Web shop", purpose: "PROJECT", parent: "Engineering", limit: 95_000, owner: "Ben Sample" },
  { name: "Checkout", purpose: "TEAM", parent: "Web shop", limit: 42_000, owner: "Chloe Mockup" },
  { name: "Search", purpose: "TEAM", parent: "Web shop", limit: 25_000, owner: "Dmitri Dummy" },
  { name: "Robot firmware", purpose: "PROJECT", parent: "Engineering", limit: 26_000, owner: "Esra Fixture" },
  { name: "Platform", purpose: "TEAM", parent: "Engineering", limit: 65_000, owner: "Farid Stub" },
  { name: "Build and release", purpose: "CICD", parent: "Platform", limit: 36_000, owner: "Gesa Specimen" },
  { name: "Data", purpose: "BUSINESS_UNIT", limit: 80_000, owner: "Hugo Prototype" },
  { name: "Analytics", purpose: "PROJECT", parent: "Data", limit: 30_000, owner: "Ines Placeholder" },
  { name: "Vision models", purpose: "MLAI", parent: "Data", limit: 32_000, owner: "Jonas Testcase" },
  { name: "Back office", purpose: "BUDGET", limit: 18_000, owner: "Kira Template" },
  { name: "Sandbox", purpose: "ASSET_POOL", limit: 8_000, owner: "Farid Stub" },
];

export const DEMO_OWNERS: readonly string[] = [...new Set(DEMO_POOLS.map(({ owner }) => owner))];

export type DemoCloud = "aws" | "azure" | "gcp" | "environments";

const DEMO_CLUSTERS = ["k8s-production", "k8s-staging", "k8s-analytics", "k8s-edge"] as const;
export type DemoCluster = (typeof DEMO_CLUSTERS)[number];

interface DemoAccount {
  readonly key: DemoCloud | DemoCluster;
  readonly name: string;
  readonly type: CloudAccountType;
}

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  { key: "aws", name: "AWS main", type: "AWS_CNR" },
  { key: "azure", name: "Azure Europe", type: "AZURE_CNR" },
  { key: "gcp", name: "Google Cloud data", type: "GCP_CNR" },
  { key: "environments", name: "Environments", type: "ENVIRONMENT" },
  { key: "k8s-production", name: "Kubernetes production", type: "KUBERNETES_CNR" },
  { key: "k8s-staging", name: "Kubernetes staging", type: "KUBERNETES_CNR" },
  { key: "k8s-analytics", name: "Kubernetes analytics", type: "KUBERNETES_CNR" },
  { key: "k8s-edge", name: "Kubernetes edge (factory floor)", type: "KUBERNETES_CNR" },
];

export const poolId = (name: string) => demoId(`pool/${name}`);
export const ownerId = (name: string) => demoId(`owner/${name}`);
export const accountId = (key: DemoCloud | DemoCluster) => demoId(`account/${key}`);

const ROOT_POOL = demoId("pool");

/** Takes the organization away, so that what is being loaded does not count as loaded. Its tokens stay. */
export async function removeOrganization(relational: Relational): Promise<void> {
  const organizationId = DEMO_ORGANIZATION.id;
  await relational.$transaction([
    relational.organization.deleteMany({ where: { id: organizationId } }),
    relational.pool.deleteMany({ where: { organizationId } }),
    relational.employee.deleteMany({ where: { organizationId } }),
    relational.cloudAccount.deleteMany({ where: { organizationId } }),
    relational.checklist.deleteMany({ where: { organizationId } }),
    relational.clusterSettings.deleteMany({ where: { cloudAccountId: { in: DEMO_CLUSTERS.map(accountId) } } }),
  ]);
}

/**
 * Makes the organization with its pools, people, accounts and last recommendation run, all or nothing.
 * @param times.since when the data starts
 * @param times.recommendedAt when savings were looked for
 */
export async function createOrganization(
  relational: Relational,
  times: { readonly since: EpochSeconds; readonly recommendedAt: EpochSeconds },
): Promise<void> {
  const common = { organizationId: DEMO_ORGANIZATION.id, createdAt: times.since };
  const root = { name: DEMO_ORGANIZATION.name, purpose: "BUSINESS_UNIT" as const, limit: 320_000 };
  await relational.$transaction([
    relational.organization.create({
      data: { ...DEMO_ORGANIZATION, poolId: ROOT_POOL, isDemo: true, createdAt: times.since },
    }),
    relational.pool.createMany({
      data: [
        { id: ROOT_POOL, ...root, ...common },
        ...DEMO_POOLS.map(({ name, purpose, limit, parent, owner }) => ({
          id: poolId(name),
          name,
          purpose,
          limit,
          parentId: parent === undefined ? ROOT_POOL : poolId(parent),
          defaultOwnerId: ownerId(owner),
          ...common,
        })),
      ],
    }),
    relational.employee.createMany({
      data: DEMO_OWNERS.map((name) => ({ id: ownerId(name), name, ...common })),
    }),
    relational.cloudAccount.createMany({
      data: DEMO_ACCOUNTS.map(({ key, name, type }) => ({
        id: accountId(key),
        name,
        type,
        config: "{}",
        accountId: key,
        lastImportAt: times.recommendedAt,
        ...common,
      })),
    }),
    relational.clusterSettings.createMany({
      data: DEMO_CLUSTERS.map((key) => ({
        cloudAccountId: accountId(key),
        costCurrency: DEMO_ORGANIZATION.currency,
      })),
    }),
    relational.checklist.create({
      data: {
        id: demoId("checklist"),
        lastRun: times.recommendedAt,
        lastCompleted: times.recommendedAt,
        nextRun: times.recommendedAt + 86_400,
        ...common,
      },
    }),
  ]);
}
