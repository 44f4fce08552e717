import fc from "fast-check";
import type { CloudAccount } from "../../src/accounts/accounts.js";
import type { ExpenseFilter, ResourceKind, TrafficSelector } from "../../src/expenses/filter.js";
import type { ResourceDocument } from "../../src/imports/resource-row.js";
import { account, type Books, type Charge, DAY, T0, type TrafficFact } from "./acme.js";

/** Accounts of Acme, and one of another organization, whose documents and charges are among the books, too. */
export const accounts: readonly CloudAccount[] = [
  account("a1", "AWS_CNR"),
  account("a2", "AZURE_CNR"),
  account("a3", "GCP_CNR"),
];
const FOREIGN = "x1";
const GONE = "gone";

const regions = ["eu-west-1", "us-east-1", ""];
const services = ["Compute", "storage", "Zürich DNS"];
const owners = ["o1", "o2"];
const pools = ["p1", "p2"];
const types = ["Instance", "Volume"];
const tagKeys = ["env", "team", "a.b"];
const names = ["alpha", "Alpha", "beta_1", "b.eta", "gamma", "Ωmega"];
const clusterIds = ["c1", "c2", "c3"];
const cloudIds = ["i-1", "i-2", "i-3", "i-4"];
const places = ["r1", "r2"];

const maybe = <T>(...values: T[]) => fc.constantFrom(undefined, null, ...values);

/** Cost values with many ties, and sums of which the last bit depends on the order. */
const cost = fc.oneof(
  fc.constantFrom(0, 0.1, 0.2, 0.3, 1, 10, -5, 1e-9, 1e9),
  fc.double({ min: 0, max: 100, noNaN: true }),
);
const moment = fc.integer({ min: -3, max: 6 }).map((day) => T0 + day * DAY);

const document = (id: string) =>
  fc
    .record({
      cloud_account_id: fc.constantFrom("a1", "a1", "a2", "a3", FOREIGN, GONE),
      cloud_resource_id: fc.constantFrom(undefined, ...cloudIds),
      cluster_id: fc.constantFrom(undefined, undefined, undefined, ...clusterIds, "foreign-cluster", "nowhere"),
      name: maybe(...names),
      resource_type: maybe(...types),
      region: maybe(...regions),
      service_name: maybe(...services),
      employee_id: maybe(...owners),
      pool_id: maybe(...pools),
      k8s_node: maybe("n1", "n2"),
      created_by_kind: maybe("DaemonSet"),
      first_seen: fc.oneof(moment, fc.constant(T0 - 10 * DAY)),
      last_seen: fc.oneof(moment, fc.constant(T0 + 10 * DAY)),
      deleted_at: fc.constantFrom(0, 0, 0, 0, T0),
      active: fc.constantFrom(undefined, true, false),
      constraint_violated: fc.constantFrom(undefined, true),
      is_environment: fc.constantFrom(undefined, undefined, true),
      tags: fc.dictionary(fc.constantFrom(...tagKeys), fc.constant("v"), { maxKeys: 2 }),
      recommendations: fc.constantFrom(
        undefined,
        { run_timestamp: T0, modules: [{ saving: 5 }, { saving: 2.5 }] },
        { run_timestamp: T0 - DAY, modules: [{ saving: 100 }] },
      ),
    })
    .map((fields): ResourceDocument => ({ id, ...withoutUndefined(fields) }));

const cluster = (id: string, organization: string) =>
  fc
    .record({
      first_seen: moment,
      deleted_at: fc.constantFrom(0, 0, T0),
      active: fc.boolean(),
      resource_type: fc.constantFrom("awesome", "Instance"),
      tags: fc.dictionary(fc.constantFrom(...tagKeys), fc.constant("v"), { maxKeys: 1 }),
    })
    .map(
      (fields): ResourceDocument => ({
        id,
        organization_id: organization,
        cluster_type_id: "t1",
        last_seen: T0 + 10 * DAY,
        ...fields,
      }),
    );

const charge = (resources: number) =>
  fc.record({
    cloud_account_id: fc.constantFrom("a1", "a2", "a3", FOREIGN, GONE),
    resource_id: fc.integer({ min: 0, max: resources - 1 }).map(resourceId),
    date: moment,
    cost,
    sign: fc.constantFrom<1 | -1>(1, 1, 1, 1, 1, 1, -1),
  });

const fact = fc.record({
  cloud_account_id: fc.constantFrom("a1", "a2", "a3", FOREIGN),
  resource_id: fc.constantFrom(...cloudIds),
  date: moment,
  from: fc.constantFrom(...places),
  to: fc.constantFrom(...places),
  usage: fc.integer({ min: 1, max: 9 }),
  cost: fc.integer({ min: 1, max: 9 }),
});

/** Books of a size, of Acme and of another organization. */
export const books = (resources: number, charges: number): fc.Arbitrary<Books> =>
  fc
    .record({
      resources: fc.tuple(...Array.from({ length: resources }, (_, index) => document(resourceId(index)))),
      clusters: fc.tuple(...clusterIds.map((id) => cluster(id, "acme")), cluster("foreign-cluster", "other")),
      charges: fc.array(charge(resources), { minLength: charges, maxLength: charges }),
      traffic: fc.array(fact, { minLength: 8, maxLength: 20 }),
    })
    .map(({ resources, clusters, charges, traffic }) => ({
      documents: [...resources, ...clusters],
      charges: oncePerDay(charges),
      traffic: oncePerDay(traffic) as TrafficFact[],
    }));

const nullable = (values: readonly string[]) =>
  fc.array(fc.option(fc.constantFrom(...values, "unknown"), { nil: null }), { minLength: 1, maxLength: 3 });
const traffic = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        region: fc.constantFrom(...places),
        cloudType: fc.constantFrom("aws_cnr", "AZURE_CNR", "none"),
      }),
    },
    { weight: 1, arbitrary: fc.constantFrom<TrafficSelector>("ANY", null) },
  ),
  { minLength: 1, maxLength: 2 },
);

/** Filters that use one to three fields, or none. */
export const filters: fc.Arbitrary<ExpenseFilter> = fc
  .record(
    {
      cloudAccountIds: fc.array(fc.constantFrom(null, "a1", "a2", "a3"), { minLength: 1, maxLength: 3 }),
      pools: nullable(pools).map((ids) => ids.map((id) => ({ id, withDescendants: false }))),
      ownerIds: nullable(owners),
      regions: nullable(regions),
      serviceNames: nullable(services),
      resourceTypes: fc.array(
        fc.record({
          name: fc.constantFrom(...types, "awesome"),
          kind: fc.constantFrom<ResourceKind>("REGULAR", "CLUSTER", "ENVIRONMENT"),
        }),
        { minLength: 1, maxLength: 2 },
      ),
      createdByKinds: nullable(["DaemonSet"]),
      k8sNodes: nullable(["n1"]),
      tags: nullable(tagKeys),
      withoutTags: nullable(tagKeys),
      trafficFrom: traffic,
      trafficTo: traffic,
      resourceIds: fc.array(
        fc.oneof(fc.integer({ min: 0, max: 40 }).map(resourceId), fc.constantFrom(...clusterIds, "foreign-cluster")),
        {
          minLength: 1,
          maxLength: 8,
        },
      ),
      active: fc.boolean(),
      recommendations: fc.boolean(),
      constraintViolated: fc.boolean(),
      nameLike: fc.constantFrom("a", "a*a", "b?eta", ".", "ALPHA", "ω", "_", "*", "%"),
      cloudResourceIdLike: fc.constantFrom("-", "i-1", "I?1"),
    },
    { requiredKeys: [] },
  )
  .chain((filter) =>
    fc
      .shuffledSubarray(Object.keys(filter), { maxLength: Math.min(3, Object.keys(filter).length) })
      .map((kept) => Object.fromEntries(Object.entries(filter).filter(([field]) => kept.includes(field)))),
  );

export const windows = fc
  .tuple(moment, fc.integer({ min: 0, max: 5 * DAY }))
  .map(([start, length]) => ({ start, end: start + length }));

function resourceId(index: number): string {
  return `r${String(index).padStart(3, "0")}`;
}

/** The table keeps one row of a sign for a key: whoever writes has summed them up. */
function oncePerDay<Fact extends Charge>(facts: readonly Fact[]): Fact[] {
  const kept = new Map<string, Fact>();
  for (const fact of facts) {
    const { cost: _cost, usage: _usage, sign: _sign, ...key } = fact as Fact & { usage?: number };
    kept.set(JSON.stringify(key), fact);
  }
  return [...kept.values()];
}

function withoutUndefined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
