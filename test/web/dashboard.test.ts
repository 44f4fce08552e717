import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { eventually } from "../eventually.js";
import { Chromium, skippedBecause } from "./support/chromium.js";
import { DemoGateway } from "./support/demo-gateway.js";
import { MetroculusInBetween } from "./support/metroculus-in-between.js";

// Every test opens pages of its own, on a machine that may be busy with others.
vi.setConfig({ testTimeout: 180_000 });

const screenshots = resolve(import.meta.dirname, "../screenshots");
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

describe.skipIf(skippedBecause !== "")(`the dashboard in a real Chromium${skippedBecause}`, () => {
  let metroculus: MetroculusInBetween;
  let gateway: DemoGateway;
  let chromium: Chromium;
  let page: Page;
  /** What a page must never do: fail in script, or ask another host. */
  let faults: string[];
  let requested: string[];

  beforeAll(async () => {
    await mkdir(screenshots, { recursive: true });
    metroculus = await MetroculusInBetween.start();
    // A machine that runs all tests at once is slower than one that serves.
    gateway = await DemoGateway.start({
      METROCULUS_URL: metroculus.url,
      METROCULUS_TIMEOUT_MS: "30000",
      K8S_COSTS_BUDGET_MS: "30000",
    });
    metroculus.target = gateway.url;
    chromium = await Chromium.start();
    chromium.context.setDefaultTimeout(40_000);
  });
  afterAll(async () => {
    await chromium?.[Symbol.asyncDispose]();
    await gateway?.[Symbol.asyncDispose]();
    await metroculus?.[Symbol.asyncDispose]();
  });

  beforeEach(async () => {
    page = await chromium.context.newPage();
    faults = [];
    requested = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("Failed to load resource"))
        faults.push(message.text());
    });
    page.on("request", (request) => {
      requested.push(request.url());
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(gateway.url)) faults.push(request.url());
    });
  });
  afterEach(async () => {
    await page.close();
    expect(faults).toEqual([]);
  });

  const total = () => page.getByTestId("total");
  const settled = async () => {
    await total().getByText("$").waitFor();
    await page
      .getByRole("table", { name: /^Cost by / })
      .first()
      .waitFor();
  };
  /** Nothing fades in or out any more: what is half transparent has too little contrast. */
  const still = () =>
    eventually(async () => {
      const moving = await page.evaluate<number>(
        "document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime)).length",
      );
      expect(moving).toBe(0);
    });
  const totalCost = async () => Number((await total().innerText()).replace(/[^\d.]/g, ""));
  const picture = (name: string) => page.screenshot({ path: join(screenshots, `${name}.png`) });

  async function audit(): Promise<void> {
    await page.evaluate(await readFile(axe, "utf8"));
    const { violations } = await page.evaluate<{
      violations: { id: string; impact: string; nodes: { html: string }[] }[];
    }>("axe.run(document, { resultTypes: ['violations'] })");
    const serious = violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    expect(serious).toEqual([]);
  }

  test("the demo link opens on what was spent, with the change, the days and every resource", async () => {
    await page.goto(gateway.link());
    await settled();
    expect(await totalCost()).toBeGreaterThan(1_000);
    await page
      .getByText(/(more|less) than in/)
      .first()
      .waitFor();
    await page.getByRole("figure", { name: /^Cloud cost per day by service/ }).waitFor();
    await page.getByRole("button", { name: "checkout", exact: false }).first().waitFor();
    await page.getByText(/^[\d,]+ resources$/).waitFor();
    await picture("dashboard-light");
  });

  test("the token of the link leaves the address at once and comes back in none", async () => {
    await page.goto(gateway.link("/?period=7d"));
    await settled();
    expect(page.url()).toBe(`${gateway.url}/?period=7d`);
    await page.getByText("90 days", { exact: true }).click();
    await settled();
    await page.goBack();
    expect(page.url()).toBe(`${gateway.url}/?period=7d`);
    expect(requested.filter((url) => url.includes(gateway.token))).toEqual([]);
    expect(await page.evaluate("localStorage.length && JSON.stringify(localStorage)")).not.toContain(gateway.token);
  });

  test("cloud figures are there while the clusters have not answered", async () => {
    let answerForClusters = () => {};
    const askedForClusters = new Promise<void>((resolve) => {
      answerForClusters = resolve;
    });
    await page.route("**/graphql", async (route) => {
      if (/query Clusters/.test(route.request().postData() ?? "")) await askedForClusters;
      await route.continue().catch(() => undefined);
    });
    await page.goto(gateway.link(`/?period=custom&from=${day(20)}&to=${day(11)}`));
    await settled();
    await page.getByText("Asking every cluster what it cost…").first().waitFor();
    expect(await totalCost()).toBeGreaterThan(0);
    answerForClusters();
    await page.getByRole("table", { name: /^Cost, coverage/ }).waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("a filter narrows every figure, stays in the address, and is kept by a reload", async () => {
    await page.goto(gateway.link());
    await settled();
    const before = await totalCost();
    // The table's header has a button of that name as well.
    await page.getByRole("search", { name: "Filters" }).getByRole("button", { name: "Region", exact: true }).click();
    await page.getByRole("textbox", { name: "Find region" }).fill("eu-west-1");
    await page.getByRole("option", { name: "eu-west-1" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("list", { name: "Active filters" }).getByText("eu-west-1").waitFor();
    expect(page.url()).toContain("region=eu-west-1");
    const narrowed = await eventually(async () => {
      const now = await totalCost();
      expect(now).toBeGreaterThan(0);
      expect(now).toBeLessThan(before);
      return now;
    });
    await page.reload();
    await settled();
    expect(await totalCost()).toBe(narrowed);
    await picture("filtered");
    await page.getByRole("button", { name: "Remove the filter Region eu-west-1" }).click();
    await expect.poll(totalCost).toBe(before);
  });

  test("a service is looked into from the chart's table, and back leads out again", async () => {
    await page.goto(gateway.link());
    await settled();
    const before = await totalCost();
    const row = page
      .getByRole("table", { name: /^Cost by service/ })
      .getByRole("row")
      .nth(1);
    const cost = (await row.getByRole("cell").first().innerText()).replace(/[^\d.]/g, "");
    await row.getByRole("button").click();
    await page.getByRole("table", { name: /^Cost by type/ }).waitFor();
    await expect.poll(totalCost).toBeCloseTo(Number(cost), 1);
    await page.goBack();
    await expect.poll(totalCost).toBe(before);
  });

  test("a resource tells its tags, its owner and its days, and closes by keyboard", async () => {
    await page.goto(gateway.link("/?q=checkout"));
    await settled();
    await page
      .getByRole("region", { name: "Resources and their cost" })
      .getByRole("button", { name: /^checkout/ })
      .first()
      .click();
    const details = page.getByRole("dialog");
    await details.getByText("What it is").waitFor();
    await details.getByRole("figure", { name: /^Cost of this resource per day/ }).waitFor();
    for (const heading of ["Tags", "What the cloud says of it"]) {
      await details.getByRole("heading", { name: heading }).waitFor();
    }
    expect(page.url()).toContain("resource=");
    await still();
    await picture("resource");
    await audit();
    await page.keyboard.press("Escape");
    await details.waitFor({ state: "detached" });
    expect(page.url()).not.toContain("resource=");
    expect(await page.evaluate("document.activeElement.innerText")).toMatch(/^checkout/);
  });

  test("the table is sorted by its headers and goes through thousands of rows with few in the document", async () => {
    await page.goto(gateway.link("/?period=90d"));
    await settled();
    const table = page.getByRole("region", { name: "Resources and their cost" });
    await table.locator("thead").getByRole("button", { name: "Resource" }).click();
    await page.waitForURL(/sort=name.asc/);
    await table.locator("th[aria-sort=ascending]").waitFor();
    await table.locator("thead").getByRole("button", { name: "Cost" }).click();
    await table.locator("th[aria-sort=descending]").waitFor();
    const loaded = async () =>
      Number(/^([\d,]+) of/.exec(await page.getByText(/ of [\d,]+ loaded$/).innerText())?.[1]?.replace(",", ""));
    await expect.poll(loaded).toBeGreaterThan(0);
    const first = await loaded();
    // Scrolled each time: rows that came meanwhile have moved the end.
    const scrolled = async () => {
      await table.evaluate((element) => element.scrollTo({ top: element.scrollHeight }));
      return loaded();
    };
    await expect.poll(scrolled).toBeGreaterThan(first);
    await expect.poll(scrolled).toBeGreaterThan(2 * first);
    expect(await table.locator("tbody tr").count()).toBeLessThan(100);
  });

  test("the cost of a resource is in sight at every width, with all columns too", async () => {
    const all = "name,account,service,type,region,pool,owner,first-seen,last-seen,saving,cost";
    for (const [width, query] of [
      [1280, ""],
      [768, ""],
      [1280, `?columns=${all}`],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.goto(gateway.link(`/${query}`));
      await settled();
      const table = page.getByRole("region", { name: "Resources and their cost" });
      await eventually(async () => {
        const cell = await table.locator("tbody td:last-child").first().boundingBox();
        const frame = await table.boundingBox();
        expect((cell?.x ?? 0) + (cell?.width ?? 0)).toBeLessThanOrEqual((frame?.x ?? 0) + (frame?.width ?? 0));
        expect(cell?.width).toBeGreaterThan(80);
      });
    }
  });

  test("without a network the page says so instead of waiting, and comes back when asked", async () => {
    await page.goto(gateway.link("/?period=7d"));
    await settled();
    await chromium.context.setOffline(true);
    try {
      await page.getByText("90 days", { exact: true }).click();
      await page
        .getByRole("alert")
        .getByText(/cannot be reached/)
        .first()
        .waitFor();
    } finally {
      await chromium.context.setOffline(false);
    }
    await page.getByRole("button", { name: "Refresh" }).click();
    await settled();
    await expect.poll(() => page.getByRole("alert").count()).toBe(0);
  });

  test("who signs in after a token stopped working sees nothing that was read with the former one", async () => {
    // Requests still under way would be answered with the token's end as well.
    await page.goto(gateway.link("/?period=7d"), { waitUntil: "networkidle" });
    await settled();
    await page.route("**/graphql", (route) =>
      route.fulfill({
        status: 401,
        json: { errors: [{ message: "The token has expired.", extensions: { code: "UNAUTHENTICATED" } }] },
      }),
    );
    await page.getByText("90 days", { exact: true }).click();
    await page.getByText("The token has expired.").first().waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
    const asked = page.waitForRequest((request) => /query Viewer/.test(request.postData() ?? ""));
    await page.getByLabel("Access token").fill(gateway.token);
    await page.getByRole("button", { name: "Sign in" }).click();
    await asked;
    await settled();
    expect(page.url()).toContain("period=90d");
  });

  test("an export that the token no longer opens leads to the sign-in, which says so", async () => {
    await page.goto(gateway.link("/?period=7d"), { waitUntil: "networkidle" });
    await settled();
    await page.route("**/restapi/**", (route) =>
      route.fulfill({ status: 401, json: { error: { reason: "The token has expired", error_code: "OE0235" } } }),
    );
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByRole("menuitem", { name: /CSV/ }).click();
    await page.getByText("The token has expired (OE0235)").first().waitFor();
    await page.getByLabel("Access token").waitFor();
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("columns are chosen, and both exports hold every matching resource", async () => {
    await page.goto(gateway.link("/?period=7d&service=AmazonEC2"));
    await settled();
    await page.getByRole("button", { name: "Columns" }).click();
    await page.getByRole("checkbox", { name: "Pool" }).check();
    await page.getByRole("columnheader", { name: "Pool" }).waitFor();
    await page.keyboard.press("Escape");
    const count = Number((await page.getByText(/^[\d,]+ resources$/).innerText()).replace(/\D/g, ""));

    const save = async (name: RegExp) => {
      await page.getByRole("button", { name: "Export" }).click();
      const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name }).click()]);
      return { name: saved.suggestedFilename(), content: await readFile(await saved.path()) };
    };
    const csv = await save(/CSV/);
    expect(csv.name).toMatch(/^expenses-\d{4}-\d{2}-\d{2}-\d{4}-\d{2}-\d{2}\.csv$/);
    expect(csv.content.toString("utf8").trim().split("\n").length).toBeGreaterThan(count);
    const xlsx = await save(/XLSX/);
    expect(xlsx.name).toMatch(/\.xlsx$/);
    expect(xlsx.content.subarray(0, 2).toString()).toBe("PK");
    expect(requested.filter((url) => url.includes("/restapi/")).every((url) => !url.includes(gateway.token))).toBe(
      true,
    );
  });

  test("every policy says in words what it adds up, and its sum is that", async () => {
    await page.goto(gateway.link());
    await settled();
    const sum = async () => Number((await page.getByTestId("combined-total").innerText()).replace(/[^\d.]/g, ""));
    await expect.poll(sum).toBeGreaterThan(await totalCost());
    const added = await sum();
    await page.getByText("Replace overlap", { exact: true }).click();
    await page.getByText("nothing counts twice").first().waitFor();
    expect(page.url()).toContain("policy=replace");
    await expect.poll(sum).toBeLessThan(added);
    await page.getByText("Cloud only", { exact: true }).click();
    await page.getByText("The cloud bill alone.").first().waitFor();
    await expect.poll(sum).toBeCloseTo(await totalCost(), 1);
    await page.evaluate("document.getElementById('kubernetes').scrollIntoView()");
    await picture("kubernetes");
  });

  test("a cluster says how far its cost is known, what it is made of and which namespaces it has", async () => {
    await page.goto(gateway.link());
    await settled();
    const clusters = page.getByRole("table", { name: /^Cost, coverage/ });
    await clusters.getByRole("rowheader", { name: /Kubernetes production.*Complete/ }).waitFor();
    await clusters.getByRole("button", { name: "Details of Kubernetes production" }).click();
    await page.getByRole("table", { name: /^Cost by namespace of/ }).waitFor();
    const categories = page.getByRole("table", { name: "Cost of all clusters by category" });
    for (const name of ["CPU", "RAM", "Persistent volumes", "Network", "Load balancer", "Management"]) {
      await categories.getByRole("rowheader", { name }).waitFor();
    }
    // One of the demo's clusters has gaps, one stopped reporting.
    await clusters.getByText("Incomplete").first().waitFor();
    await page.getByText("Kubernetes cost per day").first().scrollIntoViewIfNeeded();
    await page.getByRole("figure", { name: /^Kubernetes cost per day/ }).waitFor();
    await audit();
  });

  test("nothing found is said, with the way out", async () => {
    await page.goto(gateway.link("/?q=there-is-no-such-thing"));
    await total().getByText("$0.00").waitFor();
    await page.getByText("Nothing was spent here").first().waitFor();
    await page.getByText("No resource matches").first().waitFor();
    await picture("empty");
    await audit();
    await page.getByRole("button", { name: "Clear all filters" }).first().click();
    // Before the new figures are asked for, the old ones are settled too.
    await expect.poll(totalCost).toBeGreaterThan(0);
  });

  test("a filter that the organization does not have is answered with a sentence and a way out", async () => {
    await page.goto(gateway.link("/?pool=no-such-pool"));
    await page.getByRole("alert").first().waitFor();
    await picture("error");
    await audit();
    await page.getByRole("button", { name: "Clear all filters" }).first().click();
    await settled();
  });

  test("an organization that the token does not open shows nothing of it", async () => {
    await page.goto(gateway.link("/?org=00000000-0000-4000-8000-00000000beef"));
    await page
      .getByText(/does not open/)
      .first()
      .waitFor();
    await expect(total().count()).resolves.toBe(0);
  });

  test("no view has a serious accessibility finding, light, dark or narrow", async () => {
    for (const [name, colorScheme, width, height] of [
      ["light", "light", 1440, 2400],
      ["dark", "dark", 1440, 2400],
      ["narrow", "light", 375, 2400],
      ["narrow-dark", "dark", 375, 812],
      ["wide", "light", 2560, 1440],
    ] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.goto(gateway.link());
      await settled();
      await page.getByRole("table", { name: /^Cost, coverage/ }).waitFor();
      await page.getByText(/ loaded$/).waitFor();
      await still();
      await picture(`dashboard-${name}-whole`);
      await audit();
      const overflow = () =>
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
      await expect.poll(overflow, { message: `${name}: the page scrolls sideways` }).toBe(0);
    }
  });

  test("everything on the first screen is reached by keyboard alone", async () => {
    await page.goto(gateway.link());
    await settled();
    const names: string[] = [];
    for (let step = 0; step < 30; step++) {
      await page.keyboard.press("Tab");
      names.push(
        await page.evaluate<string>(
          "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText || document.activeElement.value || ''",
        ),
      );
    }
    const all = names.join("\n");
    for (const name of ["Skip to the figures", "Refresh", "Sign out", "Resource name contains", "Account", "Type"]) {
      expect(all).toContain(name);
    }
  });

  test("a German reader sees amounts and days as Germans write them", async () => {
    await using german = await Chromium.start({ locale: "de-DE" });
    const own = await german.context.newPage();
    await own.goto(gateway.link());
    const text = async () => own.getByTestId("total").innerText();
    await expect.poll(text).toMatch(/^[\d.]+,\d{2}\s\$$/);
  });

  test("signing out leaves neither token nor figures behind, and the sign-in takes a pasted token", async () => {
    await page.goto(gateway.link("/?period=7d"));
    await settled();
    await page.getByRole("button", { name: "Sign out" }).locator("visible=true").click();
    await page.getByRole("heading", { name: "Expense gateway" }).waitFor();
    expect(await page.evaluate("JSON.stringify(sessionStorage)")).toBe("{}");
    expect(page.url()).toBe(`${gateway.url}/`);
    expect(await page.locator("main").innerText()).not.toContain("$");
    await picture("sign-in");
    await audit();

    await page.getByLabel("Access token").fill("eg_not-a-token");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page
      .getByRole("alert")
      .getByText(/unknown or has expired/)
      .waitFor();
    await page.getByLabel("Access token").fill(` ${gateway.token}\n`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await settled();
  });

  test("the way to GraphiQL is shown where there is one, and nothing is asked for that there is not", async () => {
    const failed: string[] = [];
    page.on("response", (response) => {
      if (response.status() >= 400) failed.push(response.url());
    });
    await page.goto(gateway.link("/"));
    await settled();
    await page.getByRole("link", { name: "GraphiQL" }).waitFor();
    await page.route("**/pages.json", (route) => route.fulfill({ json: { graphiql: false } }));
    await page.reload();
    await settled();
    await expect.poll(() => requested.filter((url) => url.endsWith("/pages.json")).length).toBe(2);
    await page.waitForLoadState("networkidle");
    expect(await page.getByRole("link", { name: "GraphiQL" }).count()).toBe(0);
    expect(requested.filter((url) => url.includes("/graphiql"))).toEqual([]);
    expect(failed).toEqual([]);
  });

  test("the documentation of the REST API shows each path, and what it takes", async () => {
    await page.goto(`${gateway.url}/docs`);
    await page
      .getByRole("button", { name: /clean_expenses/ })
      .first()
      .click();
    await page.locator(".parameter__name", { hasText: "end_date" }).first().waitFor();
  });

  test("GraphiQL runs its first example for the reader's own organization, and signs out", async () => {
    await page.goto(gateway.link("/graphiql"));
    // The button is there before the editor is.
    await page.locator(".graphiql-query-editor .view-line", { hasText: "WhatDidWeSpend" }).first().waitFor();
    await page.getByRole("button", { name: /^Execute/ }).click();
    await page.locator(".graphiql-response .view-line", { hasText: '"totalCost"' }).first().waitFor();
    expect(page.url()).toBe(`${gateway.url}/graphiql`);
    expect(await page.getByRole("tab").count()).toBeGreaterThanOrEqual(5);
    await picture("graphiql");
    expect(await page.evaluate("JSON.stringify(localStorage)")).not.toContain(gateway.token);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Access token").waitFor();
    expect(await page.evaluate("JSON.stringify([localStorage, sessionStorage])")).toBe("[{},{}]");
  });

  test("each example of GraphiQL answers without an error when its tab is opened and run", async () => {
    await page.goto(gateway.link("/graphiql"));
    await page.locator(".graphiql-query-editor .view-line", { hasText: "WhatDidWeSpend" }).first().waitFor();
    await expect.poll(() => page.getByRole("tab").count()).toBeGreaterThanOrEqual(6);
    const tabs = await page.getByRole("tab").allInnerTexts();
    for (const name of tabs) {
      await page.getByRole("tab", { name }).click();
      await page.locator(".graphiql-query-editor .view-line", { hasText: name }).first().waitFor();
      // GraphiQL learns which operation a tab has a moment after it shows it, and asks for the former's until then.
      await eventually(
        async () => {
          const answered = page.waitForResponse((response) => response.request().postData()?.includes(name) ?? false);
          await page.getByRole("button", { name: /^Execute/ }).click();
          const answer = (await (await answered).json()) as Record<string, unknown>;
          expect(Object.keys(answer), name).toEqual(["data"]);
          expect(JSON.stringify(answer.data), name).not.toMatch(/^\{"\w+":null\}$/);
        },
        { interval: 500 },
      );
    }
  });

  // Last: the gateway remembers for a while that its Metroculus failed.
  test("when Metroculus fails the cloud figures stay, and every cluster is listed as unknown with the reason", async () => {
    metroculus.isDown = true;
    // A window that was not asked for before, so that nothing of it is remembered.
    await page.goto(gateway.link(`/?period=custom&from=${day(40)}&to=${day(35)}`));
    await settled();
    expect(await totalCost()).toBeGreaterThan(0);
    await page.getByText("What the clusters cost is unknown for now").first().waitFor();
    const clusters = page.getByRole("table", { name: /^Cost, coverage/ });
    await expect.poll(() => clusters.getByText("Unreachable").count()).toBe(4);
    await expect.poll(() => clusters.getByText("unknown", { exact: true }).count()).toBeGreaterThanOrEqual(4);
    await expect(clusters.getByText("$0.00").count()).resolves.toBe(0);
    await page.evaluate("document.getElementById('kubernetes').scrollIntoView()");
    await picture("metroculus-down");
    await audit();
  });
});

/** The UTC day so many days ago, `YYYY-MM-DD`. */
function day(daysAgo: number): string {
  return new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);
}
