/** 2025-01-01, the first day of the window that tests ask for. */
export const JANUARY_1 = 1_735_689_600;
export const DAY = 86_400;
export const JANUARY_31 = JANUARY_1 + 30 * DAY;

export const SECRET = "acme-cluster-secret";
export const TOKEN = "tok-acme";
export const RIVAL_TOKEN = "tok-rival";
export const EXPIRED_TOKEN = "tok-expired";

export const ACME = "10000000-0000-4000-8000-00000000000a";
export const RIVAL = "10000000-0000-4000-8000-00000000000b";
/** An organization that has connected nothing yet. */
export const BEGINNER = "10000000-0000-4000-8000-00000000000c";
/** An organization that was deleted, and what it left behind. */
export const GONE = "10000000-0000-4000-8000-00000000000d";
export const GONE_CLUSTER = "20000000-0000-4000-8000-000000000021";
export const GONE_TOKEN = "tok-gone";
export const NOBODY = "10000000-0000-4000-8000-0000000000ff";

export const AWS = "20000000-0000-4000-8000-000000000001";
export const GCP = "20000000-0000-4000-8000-000000000002";
export const CLUSTER_ONE = "20000000-0000-4000-8000-000000000003";
export const CLUSTER_TWO = "20000000-0000-4000-8000-000000000004";
/** An account of Acme that was disconnected. */
export const DELETED_CLUSTER = "20000000-0000-4000-8000-000000000005";
export const RIVAL_AWS = "20000000-0000-4000-8000-000000000011";
export const RIVAL_CLUSTER = "20000000-0000-4000-8000-000000000012";

export const ROOT_POOL = "30000000-0000-4000-8000-000000000001";
export const WEB_POOL = "30000000-0000-4000-8000-000000000002";
export const RIVAL_POOL = "30000000-0000-4000-8000-000000000011";

export const ANN = "40000000-0000-4000-8000-000000000001";
export const RIVAL_ANN = "40000000-0000-4000-8000-000000000011";

const organization = (id: string, name: string, currency: string, pool_id: string | null) => ({
  id,
  name,
  currency,
  pool_id,
  deleted_at: 0,
});

const account = (id: string, organization_id: string, name: string, type: string) => ({
  id,
  organization_id,
  name,
  type,
  deleted_at: 0,
});

interface Resource {
  readonly number: number;
  readonly account: string;
  readonly cost: number;
  readonly pool?: string;
  readonly owner?: string;
  readonly more?: Record<string, unknown>;
}

const resourceId = (number: number) => `50000000-0000-4000-8000-${String(number).padStart(12, "0")}`;

/** Twenty-five resources of Acme, each seen all January and charged once, on the 10th; and one of the rival. */
const resources: readonly Resource[] = [
  {
    number: 1,
    account: AWS,
    cost: 100,
    pool: WEB_POOL,
    owner: ANN,
    more: { region: "eu-west-1", tags: { team: "web" } },
  },
  { number: 2, account: AWS, cost: 50, pool: ROOT_POOL, more: { region: "us-east-1" } },
  { number: 3, account: GCP, cost: 30, owner: ANN, more: { region: null } },
  // What it refers to belongs to the rival, as damaged data may: it must not be shown.
  { number: 4, account: GCP, cost: 20, pool: RIVAL_POOL, owner: RIVAL_ANN },
  { number: 5, account: AWS, cost: 0 },
  ...Array.from({ length: 20 }, (_, index) => ({ number: 10 + index, account: AWS, cost: 5 })),
  { number: 99, account: RIVAL_AWS, cost: 7_777 },
];

/** What OptScale would hold of Acme, its rival and a beginner. */
export const given = {
  tokens: [
    { token: TOKEN, organizations: [ACME, BEGINNER], expired: false },
    { token: RIVAL_TOKEN, organizations: [RIVAL], expired: false },
    { token: GONE_TOKEN, organizations: [ACME, GONE], expired: false },
    { token: EXPIRED_TOKEN, organizations: [ACME], expired: true },
  ],
  organizations: [
    organization(ACME, "Acme", "USD", ROOT_POOL),
    organization(RIVAL, "Acme Rival", "EUR", RIVAL_POOL),
    organization(BEGINNER, "Acme Beginner", "USD", null),
    { ...organization(GONE, "Acme Gone", "USD", null), deleted_at: JANUARY_1 },
  ],
  cloud_accounts: [
    account(AWS, ACME, "aws", "aws_cnr"),
    account(GCP, ACME, "gcp", "gcp_cnr"),
    account(CLUSTER_ONE, ACME, "cluster one", "kubernetes_cnr"),
    account(CLUSTER_TWO, ACME, "cluster two", "kubernetes_cnr"),
    account(RIVAL_AWS, RIVAL, "rival aws", "aws_cnr"),
    account(RIVAL_CLUSTER, RIVAL, "rival cluster", "kubernetes_cnr"),
    account(GONE_CLUSTER, GONE, "gone cluster", "kubernetes_cnr"),
    { ...account(DELETED_CLUSTER, ACME, "deleted cluster", "kubernetes_cnr"), deleted_at: JANUARY_1 },
  ],
  pools: [
    { id: ROOT_POOL, organization_id: ACME, name: "Acme", parent_id: null, purpose: "business_unit", deleted_at: 0 },
    { id: WEB_POOL, organization_id: ACME, name: "Web", parent_id: ROOT_POOL, purpose: "team", deleted_at: 0 },
    { id: RIVAL_POOL, organization_id: RIVAL, name: "Rival", parent_id: null, purpose: "business_unit", deleted_at: 0 },
  ],
  employees: [
    { id: ANN, organization_id: ACME, name: "Ann", deleted_at: 0 },
    { id: RIVAL_ANN, organization_id: RIVAL, name: "Rival Ann", deleted_at: 0 },
  ],
  checklists: [],
  resources: resources.map(({ number, account: cloud_account_id, pool, owner, more }) => ({
    id: resourceId(number),
    cloud_account_id,
    cloud_resource_id: `i-${number}`,
    name: `machine ${number}`,
    resource_type: "Instance",
    service_name: "Compute",
    region: "eu-west-1",
    pool_id: pool ?? null,
    employee_id: owner ?? null,
    first_seen: JANUARY_1,
    last_seen: JANUARY_31,
    created_at: JANUARY_1,
    deleted_at: 0,
    active: true,
    tags: {},
    meta: { flavor: "m5.large" },
    ...more,
  })),
  expenses: resources
    .filter(({ cost }) => cost !== 0)
    .map(({ number, account: cloud_account_id, cost }) => ({
      resource_id: resourceId(number),
      cloud_account_id,
      date: JANUARY_1 + 9 * DAY,
      cost,
      sign: 1,
    })),
  traffic_expenses: [],
};

/** The cloud bill of Acme in January. */
export const ACME_TOTAL = 300;
export const ACME_ROWS = 25;
