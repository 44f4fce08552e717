import type { Stores } from "../stores/stores.js";
import { accountId, DEMO_ACCOUNTS, DEMO_ORGANIZATION } from "./organization.js";

/** What the stores hold of the demo organization, counted there: what is counted, and how many. */
export async function measureDemo({ clickHouse, relational }: Stores): Promise<Record<string, number>> {
  const organizationId = DEMO_ORGANIZATION.id;
  const parameters = { accounts: DEMO_ACCOUNTS.map(({ key }) => accountId(key)), organization: organizationId };
  const count = async (from: string) => {
    const [row] = await clickHouse.query<{ count: number }>(`SELECT count() AS count FROM ${from}`, parameters);
    return row?.count ?? 0;
  };
  const ofAccounts = "WHERE cloud_account_id IN {accounts:Array(String)}";
  return {
    "cloud accounts": await relational.cloudAccount.count({
      where: { organizationId, type: { not: "KUBERNETES_CNR" } },
    }),
    "Kubernetes clusters": await relational.cloudAccount.count({ where: { organizationId, type: "KUBERNETES_CNR" } }),
    pools: await relational.pool.count({ where: { organizationId } }),
    owners: await relational.employee.count({ where: { organizationId } }),
    resources: await count(`resources FINAL ${ofAccounts} OR organization_id = {organization:String}`),
    expenses: await count(`expenses ${ofAccounts}`),
    "traffic expenses": await count(`traffic_expenses ${ofAccounts}`),
    "Kubernetes series": await count(`k8s_series FINAL ${ofAccounts}`),
    "Kubernetes samples": await count(`k8s_samples ${ofAccounts}`),
  };
}
