import { pino } from "pino";
import { Authentication } from "../../../dist/accounts/authentication.js";
import { loadConfig } from "../../../dist/config.js";
import { openTelemetry } from "../../../dist/telemetry/telemetry.js";

export const ORGANIZATION = "acme";
export const ROWS = 100;

const organization = { id: ORGANIZATION, name: "Acme", currency: "USD" };
const account = { id: "acme-aws", name: "AWS", type: "aws_cnr", organizationId: ORGANIZATION };

const rows = Array.from({ length: ROWS }, (_, index) => ({
  id: `50000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
  organizationId: ORGANIZATION,
  kind: "REGULAR",
  cost: 1_000.125 - index,
  saving: index % 7,
  cloudAccountId: account.id,
  cloudResourceId: `i-0${(index * 7_919).toString(16).padStart(8, "0")}`,
  resourceName: `web-server-${index}`,
  resourceType: "Instance",
  region: index % 2 === 0 ? "eu-central-1" : "us-east-1",
  serviceName: "AmazonEC2",
  ownerId: null,
  poolId: null,
  active: true,
  constraintViolated: false,
  firstSeen: 1_735_689_600,
  lastSeen: 1_738_281_600 + index,
  tags: {},
  meta: {},
  document: {},
}));
const page = {
  rows,
  cursors: rows.map(({ id }) => id),
  hasNextPage: true,
  hasPreviousPage: false,
  totals: { count: ROWS, cost: rows.reduce((sum, { cost }) => sum + cost, 0), saving: 0 },
};

/** What the faces stand on, with its data in memory: what is left to measure is GraphQL and HTTP. */
export async function inMemoryServices() {
  const secret = "a-secret-of-the-benchmark";
  const config = loadConfig({ CLUSTER_SECRET: secret });
  const log = pino({ level: "silent" });
  return {
    secret,
    services: {
      config,
      log,
      telemetry: await openTelemetry(config, log),
      authentication: new Authentication({ find: async () => null }, secret),
      accounts: {
        organizationsByIds: async () => [organization],
        cloudAccountsOf: async () => [account],
        cloudAccountsOfOrganizations: async () => [account],
        liveAccountsOf: async () => [account],
        lastCompletedChecklist: async () => 0,
        lastChecklistRun: async () => 0,
      },
      expenses: { page: async () => page, totals: async () => page.totals },
    },
  };
}

/** The measured query: a page of 100 rows with 8 fields each. */
export const QUERY = `query Page($id: ID!) {
  cleanExpenses(organizationId: $id, startDate: 1735689600, endDate: 1738367999) {
    expenses(first: ${ROWS}) {
      nodes { id resourceName cloudResourceId resourceType region serviceName cost lastSeen }
    }
  }
}`;
