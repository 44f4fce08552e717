import { request } from "undici";
import { packed } from "../metroculus/remote-write.js";
import { gauge } from "../metroculus/running-metroculus.js";

/** Two made-up organizations with the same kinds of data in each, every value of which tells whose it is. */

const DAY = 86_400;
/** The window that the data lies in: three days, the last of which is today. */
const lastMidnight = Math.floor(Date.now() / 1000 / DAY) * DAY;
export const from = lastMidnight - 2 * DAY;
export const to = lastMidnight + DAY - 1;

export type Owner = "acme" | "rival";

const idOf = (owner: Owner, kind: number, index: number) =>
  `${kind}0000000-0000-4000-8000-00000000${owner === "acme" ? "ac" : "71"}${String(index).padStart(2, "0")}`;

/** What the rows of an organization are called by: every id of it, by the word that schema and paths use for it. */
export function idsOf(owner: Owner) {
  const id = (kind: number, index: number) => idOf(owner, kind, index);
  return {
    organization: id(1, 1),
    account: id(2, 1),
    cluster: id(2, 2),
    rootPool: id(3, 1),
    pool: id(3, 2),
    employee: id(4, 1),
    resource: id(5, 1),
    bucket: id(5, 2),
  } as const;
}

/**
 * What a row of the other organization names, though it is not that one's: an id is no proof of a right. It may come back
 * as it stands in the row, so it is no marker; the names behind it are.
 */
const namedByOther = (owner: Owner) => ({ pool: idOf(owner, 3, 3), employee: idOf(owner, 4, 2) });

/** What all charges of acme add up to. */
export const totalOfAcme = 1111.25 + 1 + 2;

/** Values of an organization that nothing but its own data may bring into an answer. */
export function markersOf(owner: Owner): string[] {
  return [...Object.values(idsOf(owner)), `${owner}-marker`, owner === "acme" ? "1111.25" : "7777.25"];
}

export const tokens: Readonly<Record<Owner | "expired", string>> = {
  acme: "tok-of-acme",
  rival: "tok-of-rival",
  expired: "tok-of-both-but-expired",
};

function dataOf(owner: Owner) {
  const ids = idsOf(owner);
  const named = (what: string) => `${owner}-marker ${what}`;
  const lent = namedByOther(owner);
  const others = namedByOther(owner === "acme" ? "rival" : "acme");
  const organization = { organization_id: ids.organization, deleted_at: 0 };
  const resource = (id: string, type: string) => ({
    id,
    cloud_account_id: ids.account,
    cloud_resource_id: `${owner}-marker-${type}`,
    name: named(type),
    resource_type: type,
    region: named("region"),
    service_name: named("service"),
    employee_id: ids.employee,
    pool_id: ids.pool,
    k8s_node: named("node"),
    k8s_namespace: named("namespace"),
    k8s_service: named("k8s service"),
    created_by_kind: named("kind"),
    created_by_name: named("creator"),
    tags: { [`${owner}-marker`]: named("tag") },
    meta: { flavor: named("flavor") },
    active: true,
    first_seen: from,
    last_seen: to,
    created_at: from,
    deleted_at: 0,
  });
  const charge = { cloud_account_id: ids.account, date: from, sign: 1 };
  return {
    organizations: [{ id: ids.organization, name: named("organization"), pool_id: ids.rootPool, currency: "USD" }],
    cloud_accounts: [
      { ...organization, id: ids.account, name: named("account"), account_id: named("number"), type: "aws_cnr" },
      {
        ...organization,
        id: ids.cluster,
        name: named("cluster"),
        type: "kubernetes_cnr",
        metrics_credentials: { username: owner, password: `${owner}-password` },
      },
    ],
    pools: [
      { ...organization, id: ids.rootPool, name: named("root"), parent_id: null, purpose: "business_unit" },
      { ...organization, id: ids.pool, name: named("team"), parent_id: ids.rootPool, purpose: "team" },
      { ...organization, id: lent.pool, name: named("lent team"), parent_id: ids.rootPool, purpose: "team" },
    ],
    employees: [
      { ...organization, id: ids.employee, name: named("person") },
      { ...organization, id: lent.employee, name: named("lent person") },
    ],
    resources: [
      resource(ids.resource, "Instance"),
      resource(ids.bucket, "Bucket"),
      { ...resource(idOf(owner, 5, 3), "Volume"), pool_id: others.pool, employee_id: others.employee },
    ],
    expenses: [
      { ...charge, resource_id: ids.resource, cost: owner === "acme" ? 1111.25 : 7777.25 },
      { ...charge, resource_id: ids.bucket, date: from + DAY, cost: 1 },
      { ...charge, resource_id: idOf(owner, 5, 3), date: from + DAY, cost: 2 },
    ],
    traffic_expenses: [
      {
        ...charge,
        resource_id: `${owner}-marker-Instance`,
        type: "outbound",
        from: named("region"),
        to: "External",
        usage: 5,
        cost: 1,
      },
    ],
  };
}

/** Both organizations, and three tokens: one of each, and one of both that has expired. */
export function bothOrganizations() {
  const [acme, rival] = [dataOf("acme"), dataOf("rival")];
  const all = Object.fromEntries(
    Object.keys(acme).map((key) => [key, [...acme[key as keyof typeof acme], ...rival[key as keyof typeof rival]]]),
  );
  const organizations = { acme: [idsOf("acme").organization], rival: [idsOf("rival").organization] };
  return {
    ...all,
    checklists: [],
    tokens: [
      { token: tokens.acme, organizations: organizations.acme, expired: false },
      { token: tokens.rival, organizations: organizations.rival, expired: false },
      { token: tokens.expired, organizations: [...organizations.acme, ...organizations.rival], expired: true },
    ],
  };
}

/** Samples of both clusters, as their Prometheus would write them. @throws Error unless they are stored */
export async function writeSamples(url: string): Promise<void> {
  for (const owner of ["acme", "rival"] as const) {
    const day = { start: from, end: Math.floor(Date.now() / 1000), every: 600 };
    const cost = (kind: string) => `cloudtuner_kubecost_${kind}_cost`;
    const name = `${owner}-marker`;
    const response = await request(`${url}/storage/api/v2/write`, {
      method: "POST",
      headers: {
        "content-type": "application/x-protobuf",
        "content-encoding": "snappy",
        "cloud-account-id": idsOf(owner).cluster,
        authorization: `Basic ${Buffer.from(`${owner}:${owner}-password`).toString("base64")}`,
      },
      body: packed([
        gauge({ __name__: cost("cluster_total"), cluster: name }, day, 0.75),
        gauge({ __name__: cost("cluster_cpu"), cluster: name }, day, 0.75),
        gauge({ __name__: cost("namespace_total"), cluster: name, namespace: name }, day, 0.5),
        gauge(
          { __name__: "node_total_hourly_cost", node: `${name}-node`, provider_id: `aws:///z/${name}-Instance` },
          day,
          0.5,
        ),
      ]),
    });
    if (response.statusCode !== 204) throw new Error(`${response.statusCode} ${await response.body.text()}`);
    await response.body.dump();
  }
}
