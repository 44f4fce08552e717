import { Tokens } from "../accounts/tokens.js";
import type { Config } from "../config.js";
import { DEMO_ORGANIZATION } from "../demo/organization.js";
import type { OwnTables } from "../stores/relational.js";
import { keptSecret } from "./kept-secret.js";

/** The token of the demo links, the same at every start, good for the demo organization alone. */
export async function demoTokenOf(config: Pick<Config, "DATA_DIR">, own: OwnTables): Promise<string> {
  const token = await keptSecret(config, "demo-token", { prefix: "eg_" });
  const tokens = new Tokens(own);
  // The database may have been replaced since the file was written.
  if (!(await tokens.organizationsOf(token))?.has(DEMO_ORGANIZATION.id)) {
    await tokens.register(token, { organizationIds: [DEMO_ORGANIZATION.id], name: "demo" });
  }
  return token;
}
