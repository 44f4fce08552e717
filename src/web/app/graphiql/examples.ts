import cloudAndKubernetes from "./examples/cloud-and-kubernetes.graphql?raw";
import filteredExpenses from "./examples/filtered-expenses.graphql?raw";
import kubernetesClusters from "./examples/kubernetes-clusters.graphql?raw";
import servicesByDay from "./examples/services-by-day.graphql?raw";
import whatDidWeSpend from "./examples/what-did-we-spend.graphql?raw";
import whoAmI from "./examples/who-am-i.graphql?raw";

const DAY = 86_400_000;

/** The last 30 UTC days, today included, as the API's inclusive bounds. */
function last30Days(now: number): { startDate: string; endDate: string } {
  const day = (instant: number) => new Date(instant).toISOString().slice(0, 10);
  return { startDate: day(now - 29 * DAY), endDate: `${day(now)}T23:59:59Z` };
}

/** One tab an example, with variables that work for this organization today. */
export function exampleTabs(organizationId: string, now = Date.now()): { query: string; variables?: string }[] {
  const variables = JSON.stringify({ organizationId, ...last30Days(now) }, null, 2);
  return [
    ...[whatDidWeSpend, kubernetesClusters, cloudAndKubernetes, servicesByDay, filteredExpenses].map((query) => ({
      query,
      variables,
    })),
    { query: whoAmI },
  ];
}
