import fc from "fast-check";
import { expect, test } from "vitest";
import { drillInto } from "../../../src/web/app/dashboard/spend/dimensions";
import { chartOf, type Group, MAX_SERIES, restOf } from "../../../src/web/app/dashboard/spend/series";
import { noFilters } from "../../../src/web/app/dashboard/view/view";

const DAY = 86_400;
const START = 1_741_000_000 - (1_741_000_000 % DAY);
const group = (key: string | null, costs: readonly number[]): Group => ({
  key,
  kind: null,
  label: key ?? "none",
  total: costs.reduce((sum, cost) => sum + cost, 0),
  previousTotal: 0,
  daily: costs.flatMap((cost, index) => (cost === 0 ? [] : [{ date: START + index * DAY, cost }])),
});

test("no money is lost between the groups and the chart, however many groups there are", () => {
  const costs = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(costs, { maxLength: 30 }), (list) => {
      const groups = list.map((daily, index) => group(`g${index}`, daily));
      const { series, days } = chartOf(groups, { start: START, end: START + 5 * DAY - 1 });
      expect(days).toHaveLength(5);
      expect(series.length).toBeLessThanOrEqual(MAX_SERIES + 1);
      for (const [index, day] of days.entries()) {
        const expected = list.reduce((sum, daily) => sum + (daily[index] ?? 0), 0);
        expect(day.total).toBe(expected);
        expect(series.reduce((sum, { id }) => sum + (day[id] ?? 0), 0)).toBe(expected);
      }
    }),
  );
});

test("a day without cost is a day of the chart all the same", () => {
  const { days } = chartOf([group("a", [1, 0, 2])], { start: START, end: START + 3 * DAY - 1 });
  expect(days.map(({ total }) => total)).toEqual([1, 0, 2]);
});

test("a peak of one day has a series of its own, however little its group cost in all", () => {
  const steady = Array.from({ length: 20 }, (_, index) => group(`steady-${index}`, [10, 10, 10, 10]));
  const peak = group("training run", [0, 30, 0, 0]);
  const groups = [...steady, peak];
  const chart = chartOf(groups, { start: START, end: START + 4 * DAY - 1 });
  expect(chart.series.map(({ label }) => label)).toContain("training run");
  expect(restOf(groups, chart)).toEqual({ label: "13 others", total: 520, previousTotal: 0 });
});

test("looking into a group keeps the other filters and goes on to what tells them apart next", () => {
  const filters = { ...noFilters, region: ["eu-west-1"], text: "web" };
  expect(drillInto(group("Amazon EC2", [1]), "SERVICE_NAME", filters)).toEqual({
    filters: { ...filters, service: ["Amazon EC2"] },
    by: "RESOURCE_TYPE",
  });
  expect(drillInto(group(null, [1]), "OWNER", filters)).toEqual({
    filters: { ...filters, owner: [null] },
    by: "OWNER",
  });
  expect(drillInto({ ...group("k8s", [1]), kind: "CLUSTER" }, "RESOURCE_TYPE", noFilters)?.filters.type).toEqual([
    "k8s:cluster",
  ]);
});

test("what cannot be filtered by cannot be looked into", () => {
  expect(drillInto(group("node-1", [1]), "K8S_NODE", noFilters)).toBeNull();
  expect(drillInto(group(null, [1]), "RESOURCE_TYPE", noFilters)).toBeNull();
});
