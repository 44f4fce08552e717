import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import autocannon, { type Result } from "autocannon";
import { accountId, DEMO_ORGANIZATION } from "../../src/demo/organization.js";
import { run, startGateway, temporaryDirectory } from "../cli/command-line.js";
import { Findings, mixedTraffic, type Sender } from "./traffic.js";

/*
 * Measures what a gateway on demo data can answer, keeps it at 80 % of that for some minutes, then asks for twice as
 * much as it can, and then for half. Prints what was seen, and ends with exit code 1 if one of the promises was broken.
 */

const { values } = parseArgs({ options: { minutes: { type: "string", default: "10" } }, args: process.argv.slice(3) });
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 120)) throw new Error("--minutes takes a number up to 120.");

/** The engine sorts what the demo has loaded for a while; a capacity measured meanwhile is no measure of it. */
const SETTLING_S = 40;
const MEASURING_S = 20;
const OVERLOAD_S = 40;
/** So many are asked in the overload at least, however few are answered a second: half of them have to form a queue. */
const OVERLOAD_REQUESTS = 200;
const RECOVERY_S = 15;
const METRICS_TOKEN = "soak-metrics-token";

interface ProcessState {
  readonly heapMb: number;
  readonly residentMb: number;
  readonly handles: number;
}

const broken: string[] = [];
function promise(what: string, kept: boolean): void {
  process.stdout.write(`  ${kept ? "ok  " : "FAIL"}  ${what}\n`);
  if (!kept) broken.push(what);
}

await using directory = await temporaryDirectory();
const environment = { DATA_DIR: directory.path, LOG_LEVEL: "error", METRICS_TOKEN };
const { gateway, url } = await startGateway(environment);
await using _ = gateway;
const token = /#token=(\S+)/.exec(gateway.stdout)?.[1] ?? "";
const sender: Sender = { cloudAccountId: accountId("k8s-staging"), username: "soak", password: "soak password" };
const passwordFile = join(directory.path, "password");
await writeFile(passwordFile, sender.password);
const set = await run(
  ["cluster", "set", sender.cloudAccountId, "--metrics-username", sender.username].concat(
    "--metrics-password-file",
    passwordFile,
  ),
  environment,
);
if (set.code !== 0) throw new Error(set.stderr);
process.stdout.write(`${DEMO_ORGANIZATION.name}, on ${url}\n`);

async function load(options: { duration: number; connections: number; overallRate?: number }) {
  const findings = new Findings();
  const result = await autocannon({ url, timeout: 30, requests: mixedTraffic(token, sender, findings), ...options });
  return { result, findings };
}

/** What is answered in a second when the next is asked as soon as one of so many is answered. */
async function capacity(): Promise<number> {
  const measured = await load({ duration: MEASURING_S, connections: 16 });
  report("Capacity", measured);
  return measured.result["2xx"] / measured.result.duration;
}

/** Asks at this rate whether or not earlier requests have been answered, as clients do that know nothing of each other. */
async function flood(perSecond: number, seconds: number) {
  const findings = new Findings();
  const requests = mixedTraffic(token, sender, findings);
  const startedAt = performance.now();
  let broken = 0;
  let slowestMs = 0;
  const send = async (request: autocannon.Request) => {
    const { setupRequest: prepared } = request;
    const { method, path, headers, body } = typeof prepared === "function" ? prepared({ ...request }, {}) : request;
    const sentAt = performance.now();
    try {
      const response = await fetch(`${url}${path}`, {
        method: method ?? "GET",
        headers: headers as Record<string, string>,
        ...(body !== undefined && { body: body as string }),
        signal: AbortSignal.timeout(120_000),
      });
      findings.note(response.status, await response.text(), Object.fromEntries(response.headers));
    } catch {
      broken += 1;
    }
    slowestMs = Math.max(slowestMs, performance.now() - sentAt);
  };
  const sent: Promise<void>[] = [];
  while (performance.now() - startedAt < seconds * 1_000) {
    sent.push(send(requests[sent.length % requests.length] as autocannon.Request));
    await sleep(Math.max(0, startedAt + (sent.length * 1_000) / perSecond - performance.now()));
  }
  await Promise.all(sent);
  return { sent: sent.length, findings, broken, slowestMs };
}

function report(title: string, { result, findings }: { result: Result; findings: Findings }): void {
  const { p50, p99, max } = result.latency;
  process.stdout.write(
    `${title}: ${(result["2xx"] / result.duration).toFixed(0)} answers a second, p50 ${p50} ms, p99 ${p99} ms ` +
      `(${(p99 / p50).toFixed(1)} times), longest ${max} ms; 503: ${findings.shed}, ` +
      `other errors: ${count(findings) + result.errors}, without a cluster's cost: ${findings.incomplete}\n`,
  );
  for (const [what, times] of findings.errors) process.stdout.write(`  ${times} times ${what}\n`);
}

const count = ({ errors }: Findings) => [...errors.values()].reduce((sum, times) => sum + times, 0);

async function stateOf(): Promise<ProcessState> {
  const response = await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  const text = await response.text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  return {
    heapMb: value("nodejs_heap_size_used_bytes") / 1e6,
    residentMb: value("process_resident_memory_bytes") / 1e6,
    handles: value("nodejs_active_handles_total"),
  };
}

/** Whether orchestrators would let it live, and how long they waited to be told. */
async function probe(): Promise<{ readonly isWell: boolean; readonly afterMs: number }> {
  const askedAt = performance.now();
  const answers = await Promise.all(["/healthz", "/readyz"].map((path) => fetch(url + path)));
  return { isWell: answers.every(({ ok }) => ok), afterMs: performance.now() - askedAt };
}

/** Looks at the process every second, until it is told to stop. */
function watch<State>(look: () => Promise<State>): { stop(): Promise<State[]> } {
  let watching = true;
  const states: State[] = [];
  const done = (async () => {
    while (watching) {
      states.push(await look());
      await sleep(1_000);
    }
    return states;
  })();
  return {
    stop() {
      watching = false;
      return done;
    },
  };
}

/** The least of each stretch of a tenth: what is left after garbage was collected. */
function floors(values: readonly number[]): number[] {
  const size = Math.max(1, Math.floor(values.length / 10));
  return Array.from({ length: Math.ceil(values.length / size) }, (_, part) =>
    Math.min(...values.slice(part * size, (part + 1) * size)),
  );
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const halves = <T>(values: readonly T[]) =>
  [values.slice(0, values.length >> 1), values.slice(values.length >> 1)] as const;

await load({ duration: SETTLING_S, connections: 8 });
const perSecond = await capacity();

const watching = watch(stateOf);
const soak = await load({
  duration: minutes * 60,
  connections: 32,
  overallRate: Math.max(1, Math.round(perSecond * 0.8)),
});
const states = await watching.stop();
report(`80 % for ${minutes} min`, soak);
const [, secondHalf] = halves(states);
const [third, fourth] = halves(secondHalf);
const heap = [third, fourth].map((part) => mean(floors(part.map(({ heapMb }) => heapMb)))) as [number, number];
const handles = [third, fourth].map((part) => mean(part.map((state) => state.handles))) as [number, number];
const resident = [third, fourth].map((part) => mean(part.map(({ residentMb }) => residentMb))) as [number, number];
const line = (name: string, [before, after]: [number, number], unit: string) =>
  process.stdout.write(`  ${name}: third quarter ${before.toFixed(0)}${unit}, fourth ${after.toFixed(0)}${unit}\n`);
line("heap after collections", heap, " MB");
line("resident memory", resident, " MB");
line("handles", handles, "");
promise("no error", count(soak.findings) + soak.findings.shed + soak.result.errors === 0);
promise("the cost of every cluster is known", soak.findings.incomplete === 0);
promise("p99 below ten times the median", soak.result.latency.p99 < 10 * soak.result.latency.p50);
promise("heap flat (within a tenth, or 10 MB)", heap[1] - heap[0] < Math.max(10, heap[0] / 10));
promise("handles flat (within a tenth, or 5)", handles[1] - handles[0] < Math.max(5, handles[0] / 10));

// Minutes later a machine that others use, too, may be able to do more or less.
const perSecondNow = await capacity();
const probing = watch(probe);
const overload = await flood(perSecondNow * 2, Math.max(OVERLOAD_S, OVERLOAD_REQUESTS / (perSecondNow * 2)));
const probes = await probing.stop();
process.stdout.write(
  `Twice the capacity: ${overload.sent} asked, ${overload.findings.shed} shed, the slowest answer after ` +
    `${overload.slowestMs.toFixed(0)} ms, the slowest probe after ` +
    `${Math.max(...probes.map(({ afterMs }) => afterMs)).toFixed(0)} ms; ` +
    `other errors: ${count(overload.findings) + overload.broken}\n`,
);
for (const [what, times] of overload.findings.errors) process.stdout.write(`  ${times} times ${what}\n`);
promise("it sheds, and says when to come back", overload.findings.shed > 0 && overload.findings.shedWithoutWord === 0);
promise("it stays alive and ready", probes.length > 0 && probes.every(({ isWell }) => isWell));
promise("what it does not shed it answers well", count(overload.findings) + overload.broken === 0);

const recovery = await load({
  duration: RECOVERY_S,
  connections: 16,
  overallRate: Math.max(1, Math.round(perSecondNow * 0.5)),
});
report("Half the capacity, after it", recovery);
promise("it has recovered", count(recovery.findings) + recovery.findings.shed + recovery.result.errors === 0);
const last = await stateOf();
process.stdout.write(`  heap ${last.heapMb.toFixed(0)} MB, ${last.handles} handles\n`);

gateway.signal("SIGTERM");
const { code, stderr } = await gateway.outcome();
promise("it ends well", code === 0);
if (stderr !== "") process.stdout.write(`It said:\n${stderr.slice(-4_000)}\n`);
process.exitCode = broken.length === 0 ? 0 : 1;
