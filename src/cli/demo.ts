import type { Config } from "../config.js";
import { loadDemo } from "../demo/load.js";
import { measureDemo } from "../demo/measure.js";
import { DEMO_ORGANIZATION } from "../demo/organization.js";
import { openStores, type Stores } from "../stores/stores.js";
import { now } from "../time.js";
import { demoTokenOf } from "./demo-token.js";
import { ownCommand } from "./own-command.js";
import { createProgress } from "./progress.js";
import { listenForStop } from "./stop.js";
import { links } from "./welcome.js";

/** Loads the demo organization, or brings it up to today. */
export async function demo(config: Config): Promise<void> {
  using stop = listenForStop();
  await using stores = await openStores(config);
  if (!(await loadDemoWithProgress(stores, stop.signal))) return;
  const token = await demoTokenOf(config, stores.own);
  const host = config.HOST.includes(":") ? `[${config.HOST}]` : config.HOST;
  process.stdout.write(
    `\nTo see it, run: ${ownCommand()} serve\n\n${links(`http://${host}:${config.PORT}`, config, token)}\n\n`,
  );
}

/** Loads the demo organization and says what the stores hold then. False when it was stopped on the way. */
export async function loadDemoWithProgress(stores: Stores, signal: AbortSignal): Promise<boolean> {
  const startedAt = performance.now();
  {
    using progress = createProgress("Loading demo data");
    const loaded = await loadDemo(stores, {
      now: now(),
      signal,
      report: (step, share) => progress.update(step, share),
    });
    if (!loaded) return false;
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`Loaded the demo organization ${DEMO_ORGANIZATION.name} in ${seconds} s:\n`);
  for (const [what, count] of Object.entries(await measureDemo(stores))) {
    process.stdout.write(`  ${count.toLocaleString("en").padStart(9)}  ${what}\n`);
  }
  return true;
}
