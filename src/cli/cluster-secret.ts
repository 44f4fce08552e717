import type { Config } from "../config.js";
import { keptSecret } from "./kept-secret.js";

/** The secret that services authenticate with: CLUSTER_SECRET, else one of our own. */
export async function clusterSecretOf(config: Pick<Config, "CLUSTER_SECRET" | "DATA_DIR">): Promise<string> {
  return config.CLUSTER_SECRET ?? keptSecret(config, "cluster-secret");
}
