import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AccountRecords } from "../../src/accounts/account-records.js";
import { Accounts } from "../../src/accounts/accounts.js";
import { Authentication } from "../../src/accounts/authentication.js";
import { ClusterSettings } from "../../src/accounts/cluster-settings.js";
import { metricsCredentialsMatch } from "../../src/accounts/metrics-credentials.js";
import { Tokens } from "../../src/accounts/tokens.js";
import { now } from "../../src/time.js";
import { hasMariaDb, mariaDbOrWhy } from "../databases/mariadb.js";
import { acme } from "./acme.js";
import { onMariaDb, onSqlite, type TestDatabases } from "./databases.js";

const kinds = [
  { name: "SQLite", open: onSqlite, possible: true },
  { name: mariaDbOrWhy, open: onMariaDb, possible: hasMariaDb },
];

for (const { name, open, possible } of kinds) {
  describe.skipIf(!possible)(`on ${name}`, () => {
    let under: TestDatabases;
    let accounts: Accounts;
    let records: AccountRecords;
    let tokens: Tokens;
    let settings: ClusterSettings;
    beforeAll(async () => {
      under = await open(acme);
      accounts = new Accounts(under.databases);
      records = new AccountRecords(under.databases.relational);
      tokens = new Tokens(under.databases.own);
      settings = new ClusterSettings(under.databases.own);
    });
    afterAll(() => under?.[Symbol.asyncDispose]());

    test("live organizations are read in order of name, deleted ones never", async () => {
      expect(await accounts.allOrganizations()).toEqual([
        { id: "acme", name: "Acme", currency: "EUR", poolId: "root" },
        { id: "beta", name: "Beta", currency: "USD", poolId: null },
      ]);
      expect(await accounts.organization("acme")).toMatchObject({ name: "Acme" });
      expect(await accounts.organization("gone")).toBeNull();
      expect(await accounts.organization("nobody")).toBeNull();
    });

    test.each(["ACME", "acme ", "Acme", "acmé"])("an id is the same text or another id: %s is not acme", async (id) => {
      expect(await accounts.organization(id)).toBeNull();
      expect(await accounts.organizationsByIds([id])).toEqual([]);
    });

    test("an id that differs in case or spaces names no account, pool or person", async () => {
      expect(await accounts.cloudAccountsByIds(["AWS", "aws ", "cluster"])).toMatchObject([{ id: "cluster" }]);
      expect(await accounts.poolsByIds(["WEB", "root "])).toEqual([]);
      expect(await accounts.employeesByIds(["ANN"])).toEqual([]);
      expect(await records.cloudAccount("AWS")).toBeNull();
      expect(await records.pool("WEB")).toBeNull();
    });

    test("the types of accounts and the purposes of pools are OptScale's names", async () => {
      expect((await accounts.cloudAccountsOf("acme")).map(({ id, type }) => [id, type])).toEqual([
        ["aws", "AWS_CNR"],
        ["cluster", "KUBERNETES_CNR"],
        ["quiet", "KUBERNETES_CNR"],
      ]);
      expect((await accounts.cloudAccountsOf("acme", "KUBERNETES_CNR")).map(({ id }) => id)).toEqual([
        "cluster",
        "quiet",
      ]);
      expect((await accounts.cloudAccountsOfOrganizations(["acme", "beta"])).map(({ id }) => id)).toEqual([
        "aws",
        "beta-azure",
        "cluster",
        "quiet",
      ]);
      expect(await accounts.poolsOf("acme")).toEqual([
        { id: "root", name: "Acme", purpose: "BUSINESS_UNIT", organizationId: "acme", parentId: null },
        { id: "web", name: "Web", purpose: "CICD", organizationId: "acme", parentId: "root" },
      ]);
      expect(await accounts.poolsOfOrganizations(["beta"])).toEqual([]);
    });

    test("people keep the letters of their names, and those who left are not read", async () => {
      expect(await accounts.employeesOf("acme")).toEqual([
        { id: "ann", name: "Ann Éxample", organizationId: "acme" },
        { id: "bob", name: "Bob", organizationId: "acme" },
      ]);
      expect(await accounts.employeesByIds(["ann", "leaver", "nobody"])).toMatchObject([{ id: "ann" }]);
    });

    test("whole rows have integer times, of which those that have not come are null, and booleans", async () => {
      expect(await records.cloudAccount("aws")).toEqual({
        id: "aws",
        name: "AWS",
        type: "AWS_CNR",
        organizationId: "acme",
        costModelId: null,
        autoImport: false,
        importPeriod: 1,
        lastImportAt: 1_700_000_000,
        lastImportModifiedAt: 0,
        accountId: "1234",
        processRecommendations: true,
        lastImportAttemptAt: 0,
        lastImportAttemptError: null,
        lastGettingMetricsAt: 0,
        lastGettingMetricAttemptAt: 0,
        lastGettingMetricAttemptError: null,
        cleanedAt: 0,
        parentId: null,
        linked: true,
        createdAt: 1,
        deletedAt: 0,
      });
      expect(await records.cloudAccount("cluster")).toMatchObject({
        lastImportAt: null,
        cleanedAt: null,
        linked: null,
      });
      expect(await records.cloudAccount("left")).toBeNull();
      expect((await records.cloudAccountsOf("acme")).map(({ id }) => id)).toEqual(["aws", "cluster", "quiet"]);
    });

    test("a pool's limit may be larger than 32 bits hold", async () => {
      expect(await records.pool("root")).toMatchObject({ limit: 5_000_000_000n, purpose: "BUSINESS_UNIT" });
      expect(await records.pool("old")).toBeNull();
      expect((await records.poolsOf("acme")).map(({ id }) => id)).toEqual(["root", "web"]);
    });

    test("the last recommendation run is told, and 0 where there was none", async () => {
      expect(await accounts.lastCompletedChecklist("acme")).toBe(9);
      expect(await accounts.lastCompletedChecklist("beta")).toBe(0);
      expect(await accounts.lastCompletedChecklist("nobody")).toBe(0);
    });

    test("a token opens its organizations until it expires, and is kept as a digest", async () => {
      const token = await tokens.create({ organizationIds: ["acme", "beta", "acme"], name: "of a test" });
      expect(await tokens.organizationsOf(token)).toEqual(new Set(["acme", "beta"]));
      expect(await tokens.organizationsOf(token.toUpperCase())).toBeNull();
      expect(JSON.stringify(await under.databases.own.apiToken.findMany())).not.toContain(token);
      await tokens.register(token, { organizationIds: ["beta"], expiresAt: now() + 1_000 });
      expect(await tokens.organizationsOf(token)).toEqual(new Set(["beta"]));
      await tokens.register(token, { organizationIds: ["beta"], expiresAt: now() });
      expect(await tokens.organizationsOf(token)).toBeNull();
      expect(await under.databases.own.apiTokenScope.count()).toBe(1);
    });

    test("who presents a token is told, and who presents a wrong one is not", async () => {
      const authentication = new Authentication(tokens, "hush");
      const token = await tokens.create({ organizationIds: ["acme"] });
      expect(await authentication.authenticate({ token })).toMatchObject({ kind: "user" });
      await expect(authentication.authenticate({ token: `${token}x` })).rejects.toMatchObject({
        code: "UNAUTHENTICATED",
      });
    });

    test("a cluster's currency and credentials are set, one without the other, and read", async () => {
      const metricsCredentials = { username: "writer", password: "correct horse" };
      await settings.change("cluster", { costCurrency: "EUR" });
      await settings.change("cluster", { metricsCredentials });
      const sealed = await settings.metricsCredentials("cluster");
      expect(sealed && (await metricsCredentialsMatch(sealed, metricsCredentials))).toBe(true);
      expect(await settings.costCurrencies(["cluster", "quiet", "aws"])).toEqual(new Map([["cluster", "EUR"]]));
      expect(await settings.metricsCredentials("quiet")).toBeNull();
      await settings.change("cluster", { costCurrency: null });
      expect(await settings.costCurrencies(["cluster"])).toEqual(new Map());
      expect(await settings.metricsCredentials("cluster")).toEqual(sealed);
    });
  });
}
