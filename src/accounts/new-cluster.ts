import { randomUUID } from "node:crypto";
import type { Databases } from "../stores/relational.js";
import { now } from "../time.js";

export interface NewCluster {
  readonly organizationId: string;
  readonly name: string;
}

/**
 * Makes a Kubernetes account beside the accounts that an organization has; one of the same name that lives is taken
 * as it is.
 * @returns its id
 */
export async function connectCluster(
  { relational }: Pick<Databases, "relational">,
  { organizationId, name }: NewCluster,
): Promise<string> {
  return relational.$transaction(async ({ cloudAccount }) => {
    const type = "KUBERNETES_CNR";
    const known = await cloudAccount.findFirst({ where: { organizationId, name, type, deletedAt: 0 } });
    if (known) return known.id;
    const id = randomUUID();
    await cloudAccount.create({ data: { id, organizationId, name, type, config: "{}", createdAt: now() } });
    return id;
  });
}
