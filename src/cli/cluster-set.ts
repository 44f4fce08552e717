import { readFileSync } from "node:fs";
import { Accounts } from "../accounts/accounts.js";
import { ClusterSettings, type ClusterSettingsChange } from "../accounts/cluster-settings.js";
import { costCurrencyOf } from "../accounts/cost-currency.js";
import type { Config } from "../config.js";
import { GatewayError } from "../errors.js";
import { openRelationalOf } from "../stores/stores.js";

export interface ClusterSetOptions {
  readonly currency?: string;
  readonly metricsUsername?: string;
  /** A path, or `-` for standard input: a password on the command line could be read by others. */
  readonly metricsPasswordFile?: string;
}

/**
 * Sets up what this project keeps of a cluster, whose account may be OptScale's. Works while the gateway runs.
 * @throws GatewayError NOT_FOUND when there is no such cluster, BAD_USER_INPUT when nothing usable is given.
 */
export async function setCluster(config: Config, id: string, options: ClusterSetOptions): Promise<void> {
  const change = settingsOf(options);
  if (Object.keys(change).length === 0) {
    throw wrong("Give --currency, or --metrics-username with --metrics-password-file.");
  }
  await using databases = await openRelationalOf(config);
  const [account] = await new Accounts(databases).cloudAccountsByIds([id]);
  if (account?.type !== "KUBERNETES_CNR") {
    throw new GatewayError("NOT_FOUND", `${id} names no Kubernetes cloud account that is alive: check the id.`);
  }
  await new ClusterSettings(databases.own).change(id, change);
  process.stdout.write(`Set up ${account.name} (${id}): ${Object.keys(change).map(named).join(", ")}.\n`);
}

function named(key: string): string {
  return key === "costCurrency" ? "the currency of its costs" : "what its Prometheus writes with";
}

/** @throws GatewayError BAD_USER_INPUT */
export function settingsOf({
  currency,
  metricsUsername,
  metricsPasswordFile,
}: ClusterSetOptions): ClusterSettingsChange {
  const costCurrency = currency === undefined ? undefined : costCurrencyOf(currency);
  if (costCurrency === null) throw wrong("--currency takes three letters such as EUR.");
  if ((metricsUsername === undefined) !== (metricsPasswordFile === undefined)) {
    throw wrong("--metrics-username and --metrics-password-file go together.");
  }
  return {
    ...(costCurrency !== undefined && { costCurrency }),
    ...(metricsUsername !== undefined &&
      metricsPasswordFile !== undefined && {
        metricsCredentials: { username: metricsUsername, password: passwordIn(metricsPasswordFile) },
      }),
  };
}

function passwordIn(path: string): string {
  let text: string;
  try {
    text = readFileSync(path === "-" ? 0 : path, "utf8");
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? "unknown";
    throw wrong(`--metrics-password-file ${path} cannot be read (${reason}).`, error);
  }
  const password = text.replace(/\r?\n$/, "");
  if (password === "") throw wrong(`--metrics-password-file ${path} is empty.`);
  return password;
}

function wrong(sentence: string, cause?: unknown): GatewayError {
  return new GatewayError("BAD_USER_INPUT", sentence, { cause });
}
