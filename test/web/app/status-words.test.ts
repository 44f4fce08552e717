import { expect, test } from "vitest";
import { type Cluster, furtherWarnings, statusWords } from "../../../src/web/app/dashboard/kubernetes/status-words";

const now = 1_741_000_000;
const words = (cluster: Partial<Cluster> & Pick<Cluster, "status">) =>
  statusWords({ coverage: null, asOf: null, currency: null, ...cluster }, "USD", now);

const statuses: Cluster["status"][] = [
  "OK",
  "ZERO",
  "PARTIAL",
  "STALE",
  "NO_DATA",
  "UNAUTHORIZED",
  "UNAVAILABLE",
  "MALFORMED",
  "CURRENCY_MISMATCH",
];

test("every status has a name of its own and a whole sentence", () => {
  const all = statuses.map((status) => words({ status }));
  expect(new Set(all.map(({ name }) => name)).size).toBe(statuses.length);
  for (const { sentence } of all) expect(sentence).toMatch(/^[A-Z].*\.$/);
});

test("only a cluster that is known for the whole period looks good", () => {
  expect(statuses.filter((status) => words({ status }).tone === "good")).toEqual(["OK"]);
});

test("a missing measurement is called unknown, not zero", () => {
  expect(words({ status: "NO_DATA" }).sentence).toContain("unknown, not zero");
});

test("the words say for how much of the period, since when, and in which currency", () => {
  expect(words({ status: "PARTIAL", coverage: 0.83 }).sentence).toMatch(/83\s?%/);
  expect(words({ status: "STALE", asOf: now - 7_200 }).sentence).toContain("2 hours ago");
  expect(words({ status: "CURRENCY_MISMATCH", currency: "EUR" }).sentence).toMatch(/EUR.*USD/);
});

test("a warning that the status has not told already is told beside it", () => {
  const low = { code: "LOW_COVERAGE", message: "Samples exist for 83 % of the window only." };
  const other = { code: "COMPONENTS_DO_NOT_ADD_UP", message: "The parts do not add up." };
  expect(furtherWarnings({ warnings: [low, other] })).toEqual([other]);
});
