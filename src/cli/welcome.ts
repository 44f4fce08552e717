import { servesGraphiQL } from "../config.js";
import { DEMO_ORGANIZATION } from "../demo/organization.js";
import { now, SECONDS_PER_DAY, startOfDay } from "../time.js";

/** The links that open the pages which are served, signed in with the token where there is one: a fragment never leaves the browser. */
export function links(url: string, config: Parameters<typeof servesGraphiQL>[0], token?: string): string {
  const fragment = token === undefined ? "" : `#token=${token}`;
  const graphiql = servesGraphiQL(config) ? [`  GraphiQL   ${url}/graphiql${fragment}`] : [];
  return [`  Dashboard  ${url}/${fragment}`, ...graphiql].join("\n");
}

/** A command for a shell that asks what the demo organization spent in the last 30 days, its clusters included. */
export function exampleCommand(url: string, token: string): string {
  const today = startOfDay(now());
  const query = `{ cleanExpenses(organizationId: "${DEMO_ORGANIZATION.id}", startDate: ${today - 29 * SECONDS_PER_DAY}, endDate: ${
    today + SECONDS_PER_DAY - 1
  }) { totalCount totalCost currency k8sCosts { totalCost complete clusters { cloudAccount { name } status cost coverage } } } }`;
  return [
    `curl -s ${url}/graphql \\`,
    `  -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify({ query })}'`,
  ].join("\n");
}
