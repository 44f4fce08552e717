import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { acme, from, ids } from "./acme.js";
import { type GatewayUnderTest, gatewayUnderTest } from "./gateway-under-test.js";

const day = 86_400;
const NIL = "00000000-0000-0000-0000-000000000000";
const RUNS = { numRuns: 20 };

interface Resource {
  readonly id: string;
  readonly cloud_account_id: string;
  readonly first_seen: number;
  readonly last_seen: number;
  readonly deleted_at: number;
  readonly [attribute: string]: unknown;
}

interface Charge {
  readonly resource_id: string;
  readonly date: number;
  readonly cost: number;
}

const idOf = (index: number) => `50000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
const attribute = (...values: string[]) => fc.constantFrom<string | null | undefined>(undefined, null, ...values);
const dayOf = (min: number, max: number) => fc.integer({ min, max }).map((index) => from + index * day);

const resource = fc.record({
  cloud_account_id: fc.constantFrom(ids.aws, ids.azure, ids.cluster, ids.rivalAws),
  first_seen: dayOf(-8, 2),
  last_seen: dayOf(-3, 6),
  deleted_at: fc.constantFrom(0, 0, 0, from),
  region: attribute("eu", "us", ""),
  service_name: attribute("S3", "Zürich DNS"),
  resource_type: attribute("Instance", "Volume"),
  is_environment: fc.constantFrom(false, false, true),
  employee_id: attribute(ids.ada, ids.bob),
  pool_id: attribute(ids.rootPool, ids.teamPool),
  k8s_node: attribute("n1", "n2"),
  k8s_namespace: attribute("default"),
  k8s_service: attribute("web"),
});

/** The same in every run: what is asked of it differs. */
const drawn = fc.sample(
  fc.record({
    resources: fc.array(resource, { minLength: 40, maxLength: 40 }),
    costs: fc.array(fc.constantFrom(undefined, 0, 0.1, 1, 10, 99.99, -5), { minLength: 400, maxLength: 400 }),
  }),
  { seed: 11, numRuns: 1 },
)[0] as { resources: Omit<Resource, "id">[]; costs: (number | undefined)[] };
const resources = drawn.resources.map((fields, index) => ({ ...fields, id: idOf(index) }) as Resource);
/** Ten days of each resource. */
const charges: Charge[] = drawn.costs.flatMap((cost, index) => {
  const { id } = resources[Math.floor(index / 10)] as Resource;
  return cost === undefined ? [] : [{ resource_id: id, date: from + ((index % 10) - 5) * day, cost }];
});
const accountsOfAcme: readonly string[] = [ids.aws, ids.azure, ids.cluster];

let under: GatewayUnderTest;
beforeAll(async () => {
  under = await gatewayUnderTest();
  await under.load({
    ...acme,
    resources,
    expenses: charges.map((charge) => ({
      ...charge,
      sign: 1,
      cloud_account_id: resources.find(({ id }) => id === charge.resource_id)?.cloud_account_id,
    })),
    traffic_expenses: [],
  });
});
afterAll(() => under[Symbol.asyncDispose]());

async function ask<Body>(path: string, parameters: Record<string, string | number>): Promise<Body> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
  const answer = await fetch(`${under.url}/restapi/v2${path}?${query}`, {
    headers: { authorization: "Bearer tok-acme" },
  });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Body;
}

const chargesOf = (of: readonly Resource[], start: number, end: number) => {
  const byId = new Map(of.map((each) => [each.id, each]));
  return charges.flatMap(({ resource_id, date, cost }) => {
    const found = byId.get(resource_id);
    return found && date >= start && date <= end ? [{ resource: found, date, cost }] : [];
  });
};

const sum = (values: readonly { readonly cost: number }[]) => values.reduce((total, { cost }) => total + cost, 0);

/** Costs by what `keyOf` tells, to be compared without the last bits. */
function sums<T extends { readonly cost: number }>(of: readonly T[], keyOf: (each: T) => string) {
  const found: Record<string, number> = {};
  for (const each of of) found[keyOf(each)] = (found[keyOf(each)] ?? 0) + each.cost;
  return found;
}
const close = (figures: Record<string, number>) =>
  Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, expect.closeTo(value, 6)]));

const windows = fc
  .tuple(fc.integer({ min: -5 * day, max: 4 * day }), fc.integer({ min: 0, max: 4 * day }))
  .map(([offset, length]) => ({ start: from + offset, end: from + offset + length }));

interface BreakdownBody {
  readonly total: number;
  readonly previous_total: number;
  readonly counts: Record<string, { total: number; previous_total: number }>;
  readonly breakdown: Record<string, Record<string, { cost: number }>>;
}

test("breakdown_expenses by anything is what its resources' charges add up to, day by day and in the window before", async () => {
  const by = fc.constantFrom(
    "employee_id",
    "pool_id",
    "cloud_account_id",
    "service_name",
    "region",
    "resource_type",
    "k8s_node",
    "k8s_namespace",
    "k8s_service",
  );
  await fc.assert(
    fc.asyncProperty(windows, by, fc.constantFrom(undefined, "eu", "", NIL), async (window, breakdown_by, region) => {
      const body = await ask<BreakdownBody>(`/organizations/${ids.organization}/breakdown_expenses`, {
        start_date: window.start,
        end_date: window.end,
        breakdown_by,
        ...(region !== undefined && { region }),
      });
      const start = Math.floor(window.start / day) * day;
      const end = Math.floor(window.end / day) * day + day - 1;
      const counted = (since: number, until: number) =>
        chargesOf(
          resources.filter(
            (each) =>
              accountsOfAcme.includes(each.cloud_account_id) &&
              each.deleted_at === 0 &&
              each.first_seen <= until &&
              each.last_seen >= since &&
              (region === undefined || (each.region ?? NIL) === region),
          ),
          since,
          until,
        );
      const keyOf = ({ resource }: { readonly resource: Resource }) =>
        breakdown_by === "resource_type" && resource.is_environment
          ? `${resource.resource_type ?? null}:environment`
          : String(resource[breakdown_by] ?? null);
      const now = counted(start, end);
      const before = counted(start - (end - start + 1), start - 1);

      expect(body.total).toBeCloseTo(sum(now), 6);
      expect(body.previous_total).toBeCloseTo(sum(before), 6);
      const none = Object.fromEntries([...now, ...before].map((each) => [keyOf(each), 0]));
      const totals = (of: "total" | "previous_total") =>
        Object.fromEntries(Object.entries(body.counts).map(([key, group]) => [key, group[of]]));
      expect(totals("total")).toEqual(close({ ...none, ...sums(now, keyOf) }));
      expect(totals("previous_total")).toEqual(close({ ...none, ...sums(before, keyOf) }));
      const days = Object.entries(body.breakdown).flatMap(([date, groups]) =>
        Object.entries(groups).map(([key, { cost }]) => [`${date} ${key}`, cost] as const),
      );
      expect(Object.fromEntries(days)).toEqual(close(sums(now, (each) => `${each.date} ${keyOf(each)}`)));
    }),
    RUNS,
  );
});

interface EntityBody {
  readonly expenses: { readonly total: number; readonly previous_total: number } & Record<
    string,
    { readonly id: string; readonly total: number }[]
  >;
}

const reports = [
  ...["service", "region", "resource_type", "k8s_node", "k8s_namespace", "k8s_service", "pool", "employee"].map(
    (filter_by) => ({ path: `/clouds_expenses/${ids.aws}`, filter_by }),
  ),
  ...["cloud", "pool", "employee"].map((filter_by) => ({ path: `/pools_expenses/${ids.teamPool}`, filter_by })),
  ...["pool", "cloud"].map((filter_by) => ({ path: `/employees_expenses/${ids.ada}`, filter_by })),
];
const attributes: Record<string, string> = {
  service: "service_name",
  pool: "pool_id",
  employee: "employee_id",
  cloud: "cloud_account_id",
};

test("reports on an account, a pool or an owner count all that was seen since the window before began, deleted or not", async () => {
  await fc.assert(
    fc.asyncProperty(windows, fc.constantFrom(...reports), async ({ start, end }, { path, filter_by }) => {
      const { expenses } = await ask<EntityBody>(path, { start_date: start, end_date: end, filter_by });
      // Whole days, and one more unless the length is a multiple of 24 seconds: as the original reckons.
      const previous = start - (Math.floor((end - start) / day) + Number((end - start) % 24 !== 0)) * day;
      const of = resources.filter(
        (each) =>
          each.last_seen >= previous &&
          accountsOfAcme.includes(each.cloud_account_id) &&
          (path.includes(ids.aws)
            ? each.cloud_account_id === ids.aws
            : path.includes(ids.ada)
              ? each.employee_id === ids.ada
              : each.pool_id === ids.teamPool),
      );
      const now = chargesOf(of, start, end);
      expect(expenses.total).toBeCloseTo(sum(now), 6);
      expect(expenses.previous_total).toBeCloseTo(sum(chargesOf(of, previous, start - 1)), 6);
      const keyOf = ({ resource }: { readonly resource: Resource }) =>
        String(resource[attributes[filter_by] ?? filter_by] ?? NIL);
      const groups = expenses[filter_by] as { id: string; total: number }[];
      const expected = Object.entries(sums(now, keyOf)).filter(([, cost]) => Math.abs(cost) > 1e-9);
      expect(Object.fromEntries(groups.map(({ id, total }) => [id, total]))).toEqual(
        close(Object.fromEntries(expected)),
      );
      expect(groups.map(({ total }) => total)).toEqual(groups.map(({ total }) => total).sort((a, b) => b - a));
    }),
    RUNS,
  );
});
