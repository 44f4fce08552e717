import { Accounts } from "../accounts/accounts.js";
import { type Config, needsStores } from "../config.js";
import { demoLoadedUntil } from "../demo/load.js";
import { startGateway } from "../gateway.js";
import { createHttpServer, listen } from "../http-server.js";
import { recoverImports } from "../imports/recovery.js";
import { createLogger, type Logger } from "../log.js";
import { absentStores } from "../stores/absent-stores.js";
import { openStores, type Stores } from "../stores/stores.js";
import { now, startOfDay } from "../time.js";
import { clusterSecretOf } from "./cluster-secret.js";
import { loadDemoWithProgress } from "./demo.js";
import { demoTokenOf } from "./demo-token.js";
import { ownCommand } from "./own-command.js";
import { listenForStop } from "./stop.js";
import { exampleCommand, links } from "./welcome.js";

/** Runs the gateway until Ctrl-C or SIGTERM; then it finishes what runs and closes the stores. */
export async function serve(config: Config): Promise<void> {
  using stop = listenForStop();
  const log = createLogger(config);
  await using stores = needsStores(config) ? await recoveredStores(config, log) : absentStores();
  if (await wantsDemo(config, stores)) {
    await assertPortFree(config, log);
    if (!(await loadDemoWithProgress(stores, stop.signal))) return;
  }
  await using gateway = await startGateway({ config, stores, clusterSecret: await clusterSecretOf(config), log });
  process.stdout.write(await welcome(gateway.url, config, stores));
  await stop.requested;
  if (process.stderr.isTTY) process.stderr.write("\nStopping; Ctrl-C again ends it at once.\n");
}

async function recoveredStores(config: Config, log: Logger): Promise<Stores> {
  const stores = await openStores(config);
  try {
    const { finished } = await recoverImports(stores);
    if (finished > 0) log.info({ finished }, "finished imports that had been interrupted");
    return stores;
  } catch (error) {
    await stores[Symbol.asyncDispose]();
    throw error;
  }
}

/** Only embedded stores in which there is no organization at all are filled with made-up data. */
async function wantsDemo(config: Config, { relational }: Stores): Promise<boolean> {
  if (config.OPTSCALE_URL !== undefined) return false;
  const embedded = config.CLICKHOUSE_URL === undefined && (config.DATABASE_URL ?? "file:").startsWith("file:");
  return embedded && (await relational.organization.count()) === 0;
}

/** Nobody should watch demo data load only to learn that the port is taken. */
async function assertPortFree(config: Config, log: Logger): Promise<void> {
  const probe = createHttpServer(log);
  await listen(probe, config);
  await probe.close();
}

async function welcome(url: string, config: Config, stores: Stores): Promise<string> {
  const demoEnd = config.OPTSCALE_URL === undefined ? await demoLoadedUntil(stores) : null;
  const token = demoEnd === null ? undefined : await demoTokenOf(config, stores.own);
  const parts = [`The expense gateway listens on ${url} (Ctrl-C stops it)`, links(url, config, token)];
  if (demoEnd !== null && demoEnd < startOfDay(now())) {
    const day = new Date(demoEnd * 1000).toISOString().slice(0, 10);
    parts.push(
      `The demo data ends on ${day}. Once the gateway is stopped, this brings it up to today: ${ownCommand()} demo`,
    );
  }
  if (config.OPTSCALE_URL !== undefined) parts.push("Sign in with a token of the OptScale behind it.");
  else parts.push(token === undefined ? await signInHint(stores) : `${EXAMPLE}\n\n${exampleCommand(url, token)}`);
  return `\n${parts.join("\n\n")}\n\n`;
}

const EXAMPLE = "What did the last 30 days cost, clusters included? Paste this:";

async function signInHint(stores: Stores): Promise<string> {
  const [first] = await new Accounts(stores).allOrganizations();
  const command = `${ownCommand()} token create --organization ${first?.id ?? "<id>"}`;
  return `A token to sign in with${first === undefined ? "" : `, for ${first.name}`}: ${command}`;
}
