import fc from "fast-check";
import { expect, test } from "vitest";
import { columnIds } from "../../../src/web/app/dashboard/view/columns";
import { customPeriod, dayName, type Period } from "../../../src/web/app/dashboard/view/period";
import {
  defaultView,
  type Filters,
  type FilterValue,
  filterFields,
  readView,
  type View,
  writeView,
} from "../../../src/web/app/dashboard/view/view";

const value = fc.oneof(fc.constant<FilterValue>(null), fc.string({ minLength: 1, unit: "grapheme" }));
const day = fc.integer({ min: 0, max: 2_000_000_000 }).map(dayName);

const period: fc.Arbitrary<Period> = fc.oneof(
  fc.constantFrom<Period>({ kind: "7d" }, { kind: "30d" }, { kind: "90d" }, { kind: "month" }, { kind: "last-month" }),
  fc.tuple(day, day).map(([from, to]) => customPeriod(from, to) as Period),
);

const filters: fc.Arbitrary<Filters> = fc
  .record(Object.fromEntries(filterFields.map((field) => [field, fc.uniqueArray(value, { maxLength: 4 })])))
  .chain((lists) =>
    fc
      .record({ text: fc.string({ unit: "grapheme" }), subpools: fc.boolean() })
      .map((rest) => ({ ...lists, ...rest }) as unknown as Filters),
  );

const view: fc.Arbitrary<View> = fc.record({
  organizationId: fc.option(fc.uuid()),
  period,
  filters,
  by: fc.constantFrom("CLOUD_ACCOUNT", "POOL", "OWNER", "SERVICE_NAME", "REGION", "RESOURCE_TYPE", "K8S_NAMESPACE"),
  policy: fc.constantFrom("ADDITIVE", "REPLACE_OVERLAP", "CLOUD_ONLY"),
  order: fc.record({
    field: fc.constantFrom("COST", "NAME", "REGION", "SERVICE_NAME", "RESOURCE_TYPE", "FIRST_SEEN", "LAST_SEEN"),
    direction: fc.constantFrom("ASC", "DESC"),
  }),
  columns: fc.subarray(columnIds.slice(1)).map((others) => ["name" as const, ...others]),
  resourceId: fc.option(fc.string({ minLength: 1 })),
});

test("every view comes back from its own address, whatever its filters contain", () => {
  fc.assert(
    fc.property(view, (original) => {
      expect(readView(`?${writeView(original)}`)).toEqual(original);
    }),
  );
});

test("the default view needs no address", () => {
  expect(writeView(defaultView)).toBe("");
  expect(readView("")).toEqual(defaultView);
});

test("an address that makes no sense shows the default view instead of failing", () => {
  const nonsense =
    "?period=century&by=constructor&policy=toString&sort=cost.sideways&columns=,,x&org=&resource=&from=1";
  expect(readView(nonsense)).toEqual(defaultView);
  expect(readView("?period=custom&from=2025-02-30&to=2025-03-01").period).toEqual(defaultView.period);
});

test("any text at all can be an address", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readView(`?${text}`)));
});

test("a token is never part of an address that the dashboard writes", () => {
  expect(writeView(readView("?token=eg_secret&org=acme"))).toBe("org=acme");
});

test("an address cannot leave the table without its names, nor show a column twice", () => {
  expect(readView("?columns=cost,pool,cost").columns).toEqual(["name", "cost", "pool"]);
});
