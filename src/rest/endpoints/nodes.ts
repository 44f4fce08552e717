import { GatewayError } from "../../errors.js";
import type { ClusterNode } from "../../kubernetes/cluster-cost.js";
import { now, SECONDS_PER_DAY, SECONDS_PER_HOUR, type Window } from "../../time.js";
import { permitted } from "../authorization.js";
import { type Endpoint, jsonAnswer } from "../endpoint.js";
import { RestError } from "../errors.js";
import { nodesExample, nodesSchema } from "../schemas/nodes.js";

export const nodes: Endpoint = {
  path: "/cloud_accounts/{cloud_account_id}/nodes",
  segments: { cloud_account_id: "Kubernetes account." },
  name: "nodes",
  heading: "Accounts and pools",
  summary: "Nodes of a Kubernetes cluster",
  description: "Nodes of which samples came in within the last day, as Metroculus knows them.",
  access: "token or secret",
  parameters: [],
  refusesOthers: false,
  errors: ["OE0002", "OE0003", "OE0436"],
  answer: { description: "The nodes, in order of name.", schema: nodesSchema, example: nodesExample },
  async handle({ services, principal, segments, signal }) {
    const id = segments.cloud_account_id as string;
    const account = await permitted(
      principal,
      "CloudAccount",
      id,
      (await services.accounts.cloudAccountsByIds([id]))[0],
    );
    if (account.type !== "KUBERNETES_CNR") throw new RestError("OE0436", [account.type.toLowerCase()]);
    const inventory = await services.clusterCosts.inventory({ cloudAccountId: id, window: lastDay() }, { signal });
    if (inventory === null) {
      throw new GatewayError(
        "STORE_UNAVAILABLE",
        "Metroculus does not answer, or does not know nodes: try again, or see the log.",
      );
    }
    return jsonAnswer({
      nodes: inventory.nodes.map(shown).sort((one, other) => (one.name < other.name ? -1 : 1)),
    });
  },
};

/** Whole hours, so that requests within one hour share what was looked up. */
function lastDay(): Window {
  const hour = Math.floor(now() / SECONDS_PER_HOUR) * SECONDS_PER_HOUR;
  return { start: hour - SECONDS_PER_DAY, end: hour + SECONDS_PER_HOUR - 1 };
}

function shown({ name, providerId, flavor, hourlyPrice, lastSeen }: ClusterNode) {
  return {
    name,
    provider_id: providerId,
    provider: providerId === null ? null : (/^([a-z][a-z0-9+.-]*):\/\//i.exec(providerId)?.[1] ?? null),
    flavor,
    // No sample that is kept says how large a node is.
    cpu: null,
    memory: null,
    hourly_price: hourlyPrice,
    last_seen: lastSeen,
  };
}
