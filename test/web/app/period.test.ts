import fc from "fast-check";
import { expect, test } from "vitest";
import { customPeriod, daysOf, type Period, unfinishedDay, windowOf } from "../../../src/web/app/dashboard/view/period";

const at = (text: string) => Date.parse(text) / 1000;
const now = at("2025-03-15T10:20:00Z");

test("the last 7 days are today and the six before it", () => {
  const window = windowOf({ kind: "7d" }, now);
  expect(window).toEqual({ start: at("2025-03-09T00:00:00Z"), end: now });
  expect(daysOf(window)).toBe(7);
});

test("this month starts at its first midnight and ends now", () => {
  expect(windowOf({ kind: "month" }, now)).toEqual({ start: at("2025-03-01T00:00:00Z"), end: now });
});

test("last month is whole, also across the turn of a year", () => {
  expect(windowOf({ kind: "last-month" }, now)).toEqual({
    start: at("2025-02-01T00:00:00Z"),
    end: at("2025-02-28T23:59:59Z"),
  });
  expect(windowOf({ kind: "last-month" }, at("2025-01-31T23:00:00Z"))).toEqual({
    start: at("2024-12-01T00:00:00Z"),
    end: at("2024-12-31T23:59:59Z"),
  });
});

test("both days of a custom period count", () => {
  expect(windowOf({ kind: "custom", from: "2025-01-01", to: "2025-01-01" }, now)).toEqual({
    start: at("2025-01-01T00:00:00Z"),
    end: at("2025-01-01T23:59:59Z"),
  });
});

test("days given in the wrong order are put right, and what is no day is refused", () => {
  expect(customPeriod("2025-02-02", "2025-01-01")).toEqual({ kind: "custom", from: "2025-01-01", to: "2025-02-02" });
  for (const bad of ["", "2025-02-30", "2025-2-1", "tomorrow", "20250101"]) {
    expect(customPeriod(bad, "2025-01-01")).toBeNull();
  }
});

test("no window reaches into the future, ends before its start or starts within a day", () => {
  const kinds: Period[] = [{ kind: "7d" }, { kind: "30d" }, { kind: "90d" }, { kind: "month" }, { kind: "last-month" }];
  const days = fc.date({ min: new Date("2000-01-01"), max: new Date("2099-12-31"), noInvalidDate: true });
  const custom = fc
    .tuple(days, days)
    .map(([one, other]) => customPeriod(one.toISOString().slice(0, 10), other.toISOString().slice(0, 10)) as Period);
  fc.assert(
    fc.property(
      fc.oneof(fc.constantFrom(...kinds), custom),
      fc.integer({ min: at("2001-01-01T00:00:00Z"), max: at("2090-01-01T00:00:00Z") }),
      (period, instant) => {
        const { start, end } = windowOf(period, instant);
        expect(end).toBeLessThanOrEqual(instant);
        expect(start).toBeLessThanOrEqual(end);
        expect(start % 86_400).toBe(0);
      },
    ),
  );
});

test("a day counts as unfinished until its last second", () => {
  expect(unfinishedDay(windowOf({ kind: "7d" }, now))).toBe(at("2025-03-15T00:00:00Z"));
  expect(unfinishedDay(windowOf({ kind: "last-month" }, now))).toBeNull();
  expect(unfinishedDay(windowOf({ kind: "custom", from: "2025-03-01", to: "2025-03-14" }, now))).toBeNull();
});
