import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { RequestBudget } from "../../src/kubernetes/budget.js";
import type { Observation } from "../../src/kubernetes/observation.js";
import { eventually } from "../eventually.js";
import { exporter, infrastructure, seed, zeros } from "./bodies.js";
import { answer, type Behaviour, hang, remoteMetroculus, text } from "./remote-metroculus.js";
import { request, serviceFor, settled } from "./service-under-test.js";

const slowly =
  (body: unknown): Behaviour =>
  async (...args) => {
    await sleep(30);
    await answer(body)(...args);
  };
const down = text("<html></html>", 500);
/** However little a service allows itself. */
const patient = { left: () => 10_000 };
const today = { start: 1_759_968_000, end: 1_760_054_399 };

test("a thousand requests for the same cluster and window at once are one call", async () => {
  await using remote = await remoteMetroculus(slowly(seed));
  await using under = serviceFor(remote.url);
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => under.service.load([request(), request()])));
  expect(remote.calls).toHaveLength(1);
  for (const costs of answers) expect(costs.map(({ cost }) => cost)).toEqual([105, 105]);
});

test("answers come in the order of the requests, one for each", async () => {
  await using remote = await remoteMetroculus((call, ...rest) =>
    answer({ summary: { total_cost: Number(call.query.get("cloud_account_id")), cpu_cost: 1 } })(call, ...rest),
  );
  await using under = serviceFor(remote.url);
  const ids = ["3", "1", "2", "1"];
  const costs = await under.service.load(ids.map((id) => request(id)));
  expect(costs.map(({ cloudAccountId, cost }) => [cloudAccountId, cost])).toEqual(ids.map((id) => [id, Number(id)]));
  expect(await under.service.load([])).toEqual([]);
});

test("no more than the configured number of calls run at once", async () => {
  let running = 0;
  let most = 0;
  await using remote = await remoteMetroculus(async (...args) => {
    most = Math.max(most, ++running);
    await sleep(5);
    running--;
    await answer(seed)(...args);
  });
  await using under = serviceFor(remote.url, { concurrency: 4 });
  const costs = await under.service.load(Array.from({ length: 40 }, (_, index) => request(`cluster-${index}`)));
  expect(costs.every(({ status }) => status === "OK")).toBe(true);
  expect(most).toBe(4);
});

test("a Metroculus that keeps answering quickly is soon asked for all clusters of a large organization at once", async () => {
  let running = 0;
  let most = 0;
  await using remote = await remoteMetroculus(async (...args) => {
    most = Math.max(most, ++running);
    await sleep(50);
    running--;
    await answer(seed)(...args);
  });
  await using under = serviceFor(remote.url, { timeoutMs: 60_000, budgetMs: 60_000, concurrency: 128 });
  const clusters = (name: string) => Array.from({ length: 100 }, (_, index) => request(`${name}-${index}`));
  await under.service.load(clusters("first"));
  expect(most).toBeGreaterThan(32);
  expect(most).toBeLessThan(100);
  await under.service.load(clusters("second"));
  expect(most).toBe(100);
});

test("with Metroculus hanging, every cluster gets a status within the budget", async () => {
  await using remote = await remoteMetroculus(hang);
  await using under = serviceFor(remote.url, { timeoutMs: 10_000, budgetMs: 300, concurrency: 2 });
  const costs = await under.service.load(Array.from({ length: 20 }, (_, index) => request(`cluster-${index}`)));
  for (const cost of costs) {
    expect(cost).toMatchObject({ status: "UNAVAILABLE", cost: null, warnings: [{ code: "BUDGET_EXHAUSTED" }] });
  }
});

test("look-ups that were given up while they waited for their turn do not hold up those that come later", async () => {
  await using remote = await remoteMetroculus(hang);
  await using under = serviceFor(remote.url, { timeoutMs: 10_000, budgetMs: 200, concurrency: 2 });
  const clusters = (name: string) => Array.from({ length: 20 }, (_, index) => request(`${name}-${index}`));
  await under.service.load(clusters("given-up"));
  remote.behave(answer(seed));
  const costs = await under.service.load(clusters("later"), { budget: patient });
  expect(costs.map(({ status }) => status)).toEqual(costs.map(() => "OK"));
});

test("the look-ups of one request share one budget: what is used up by one is not there for the next", async () => {
  await using remote = await remoteMetroculus(hang);
  await using under = serviceFor(remote.url, { timeoutMs: 10_000, budgetMs: 200 });
  const budget = new RequestBudget();
  await under.service.load([request()], { budget });
  // What is kept back for answering is left of it.
  await sleep(50);
  remote.calls.length = 0;
  const [cost] = await under.service.load([request("another")], { budget });
  expect(cost).toMatchObject({ status: "UNAVAILABLE", warnings: [{ code: "BUDGET_EXHAUSTED" }] });
  expect(await under.service.namespaces(request(), { budget })).toBeNull();
  expect(await under.service.inventory(request(), { budget })).toBeNull();
  expect(remote.calls).toEqual([]);
});

test("a hanging cluster does not keep the others from being known", async () => {
  await using remote = await remoteMetroculus((call, ...rest) =>
    (call.query.get("cloud_account_id") === "hangs" ? hang : answer(seed))(call, ...rest),
  );
  await using under = serviceFor(remote.url, { timeoutMs: 4_000, budgetMs: 10_000 });
  const costs = await under.service.load([request("fine"), request("hangs")]);
  expect(costs.map(({ status }) => status)).toEqual(["OK", "UNAVAILABLE"]);
});

test("a caller that leaves does not end the call for others, and the last one does", async () => {
  let closed = 0;
  await using remote = await remoteMetroculus((_call, response) => {
    response.on("close", () => closed++);
  });
  await using under = serviceFor(remote.url);
  const first = new AbortController();
  const second = new AbortController();
  const leaving = under.service.load([request()], { signal: first.signal });
  const staying = under.service.load([request()], { signal: second.signal });
  await eventually(() => expect(remote.calls).toHaveLength(1));
  first.abort();
  expect((await leaving)[0]).toMatchObject({ status: "UNAVAILABLE", warnings: [{ code: "CANCELLED" }] });
  await sleep(20);
  expect(closed).toBe(0);
  second.abort();
  await staying;
  await eventually(() => expect(closed).toBe(1));
  remote.behave(answer(seed));
  expect((await under.service.load([request()]))[0]).toMatchObject({ status: "OK" });
});

test("a request that was cancelled before it began calls nobody", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  await using under = serviceFor(remote.url);
  expect((await under.service.load([request()], { signal: AbortSignal.abort() }))[0]?.status).toBe("UNAVAILABLE");
  expect(remote.calls).toHaveLength(0);
});

test("settled windows are remembered for long, open ones briefly", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  await using under = serviceFor(remote.url);
  const both = [request("past", settled), request("present", today)];
  await under.service.load(both);
  await under.service.load(both);
  expect(remote.calls).toHaveLength(2);
  under.time.at += 3_600;
  await under.service.load(both);
  expect(remote.calls.slice(2).map(({ query }) => query.get("cloud_account_id"))).toEqual(["present"]);
  under.time.at += 86_400 * 2;
  await under.service.load(both);
  expect(remote.calls).toHaveLength(5);
});

test("an answer that is no longer fresh is used while a newer one is read", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  await using under = serviceFor(remote.url);
  const readAt = under.time.at;
  await under.service.load([request("cluster-1", today)]);
  remote.behave(answer(exporter));
  under.time.at += 60;
  expect((await under.service.load([request("cluster-1", today)]))[0]).toMatchObject({
    status: "OK",
    cost: 105,
    asOf: readAt,
  });
  await eventually(async () => {
    expect((await under.service.load([request("cluster-1", today)]))[0]).toMatchObject({
      cost: 12.72,
      asOf: readAt + 60,
    });
  });
  expect(remote.calls).toHaveLength(2);
});

test("while Metroculus does not answer, its last good figures are shown as stale, with their age", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  await using under = serviceFor(remote.url);
  const asOf = under.time.at;
  await under.service.load([request()]);
  remote.behave(down);
  under.time.at += 2 * 86_400;
  const [stale] = await under.service.load([request()]);
  expect(stale).toMatchObject({ status: "STALE", cost: 105, asOf, components: { cpu: 50 } });
  expect(stale?.warnings.map(({ code }) => code)).toEqual(["STALE", "UPSTREAM_ERROR"]);
  remote.behave(answer(exporter));
  under.time.at += 10;
  expect((await under.service.load([request()]))[0]).toMatchObject({ status: "OK", cost: 12.72, asOf: under.time.at });
});

test("old figures stand in for silence only: a refusal, nonsense or nothing is told as it is", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  await using under = serviceFor(remote.url);
  await under.service.load([request()]);
  for (const [behaviour, status] of [
    [text("", 403), "UNAUTHORIZED"],
    [text("<html></html>"), "MALFORMED"],
    [answer(zeros), "NO_DATA"],
    [down, "STALE"],
  ] as const) {
    remote.behave(behaviour);
    under.time.at += 2 * 86_400;
    expect((await under.service.load([request()]))[0]?.status).toBe(status);
  }
});

test("a failure is believed for seconds", async () => {
  await using remote = await remoteMetroculus(down);
  await using under = serviceFor(remote.url);
  await under.service.load([request()]);
  await under.service.load([request()]);
  expect(remote.calls).toHaveLength(1);
  under.time.at += 5;
  remote.behave(answer(seed));
  expect((await under.service.load([request()]))[0]?.status).toBe("OK");
});

test("a Metroculus that keeps failing is given a rest, and asked again after it", async () => {
  const observed: Observation[] = [];
  await using remote = await remoteMetroculus(down);
  await using under = serviceFor(remote.url, { observe: (observation) => observed.push(observation) });
  for (let index = 0; index < 10; index++) await under.service.load([request(`cluster-${index}`)]);
  expect(remote.calls).toHaveLength(10);
  const [resting] = await under.service.load([request("another")]);
  expect(resting).toMatchObject({ status: "UNAVAILABLE", warnings: [{ code: "CIRCUIT_OPEN" }] });
  expect(remote.calls).toHaveLength(10);
  remote.behave(answer(seed));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6_000 });
  try {
    expect((await under.service.load([request("later")]))[0]?.status).toBe("OK");
  } finally {
    vi.useRealTimers();
  }
  expect(observed.filter(({ kind }) => kind === "circuit")).toEqual([
    { kind: "circuit", state: "open" },
    { kind: "circuit", state: "open" },
    { kind: "circuit", state: "closed" },
  ]);
});

test("after a rest it does not matter that the first cluster hangs: another one's answer ends the outage", async () => {
  await using remote = await remoteMetroculus(down);
  await using under = serviceFor(remote.url, { timeoutMs: 4_000, budgetMs: 10_000 });
  for (let index = 0; index < 10; index++) await under.service.load([request(`cluster-${index}`)]);
  remote.behave((call, ...rest) =>
    (call.query.get("cloud_account_id") === "hangs" ? hang : answer(seed))(call, ...rest),
  );
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6_000 });
  vi.spyOn(Math, "random").mockReturnValueOnce(1).mockReturnValue(0);
  try {
    const costs = await under.service.load([request("hangs"), request("fine"), request("too")]);
    expect(costs.map(({ status }) => status)).toEqual(["UNAVAILABLE", "OK", "OK"]);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
});

test("refusals and nonsense do not open the circuit: they are answers", async () => {
  await using remote = await remoteMetroculus(text("<html></html>", 403));
  await using under = serviceFor(remote.url);
  for (let index = 0; index < 15; index++) await under.service.load([request(`cluster-${index}`)]);
  expect(remote.calls).toHaveLength(15);
});

test("figures in another currency than the organization's are shown and marked", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  const setUp = { configured: "EUR", "configured-alike": "usd", stated: "USD" };
  await using under = serviceFor(remote.url, { costCurrencies: async () => new Map(Object.entries(setUp)) });
  const [own, configured, zero] = await under.service.load(
    ["own", "configured", "configured-alike"].map((id) => request(id)),
  );
  expect(own).toMatchObject({ status: "OK", currency: "USD" });
  expect(configured).toMatchObject({ status: "CURRENCY_MISMATCH", cost: 105, currency: "EUR" });
  expect(zero).toMatchObject({ status: "OK", currency: "USD" });
  remote.behave(answer({ ...seed, currency: "EUR" }));
  const [stated] = await under.service.load([request("stated")]);
  expect(stated).toMatchObject({ status: "CURRENCY_MISMATCH", cost: 105, currency: "EUR" });
});

test("a day whose method is another than the day before's says so, whatever the order they are asked in", async () => {
  const day = (index: number) => ({ start: settled.start + index * 86_400, end: settled.end + index * 86_400 });
  await using remote = await remoteMetroculus((call, ...rest) =>
    answer(Number(call.query.get("start_date")) === day(1).start ? infrastructure : seed)(call, ...rest),
  );
  await using under = serviceFor(remote.url);
  const codes = async (...days: number[]) =>
    (await under.service.load(days.map((index) => request("cluster-1", day(index))))).map((cost) =>
      cost.warnings.some(({ code }) => code === "METHOD_CHANGED"),
    );
  expect(await codes(2, 1, 0, 3)).toEqual([true, true, false, false]);
  const [meeting] = await under.service.load([request("cluster-1", { start: day(1).end, end: day(2).end })]);
  expect(meeting?.warnings).toMatchObject([{ code: "METHOD_CHANGED" }]);
});

test("a long window says so when days in it are known to differ, and when Metroculus says so itself only once", async () => {
  const day = { start: settled.start + 86_400, end: settled.end + 86_400 };
  const long = { start: settled.start, end: settled.end + 3 * 86_400 };
  await using remote = await remoteMetroculus((call, ...rest) =>
    answer(Number(call.query.get("end_date")) === day.end ? infrastructure : seed)(call, ...rest),
  );
  await using under = serviceFor(remote.url);
  const codes = async (window = long) =>
    (await under.service.load([request("cluster-1", window)]))[0]?.warnings.map(({ code }) => code);
  expect(await codes()).toEqual([]);
  await codes(day);
  expect(await codes()).toEqual(["METHOD_CHANGED"]);
  expect(await codes({ start: day.end + 2 * 86_400, end: long.end + 2 * 86_400 })).toEqual([]);
  remote.behave(answer({ ...seed, warnings: [{ code: "METHOD_CHANGED", message: "Until Friday." }] }));
  expect(await codes({ ...long, start: day.start })).toEqual(["METHOD_CHANGED"]);
});

test("a day that is read by another method later on says so from then on", async () => {
  await using remote = await remoteMetroculus(answer(exporter));
  await using under = serviceFor(remote.url);
  const changed = async () =>
    (await under.service.load([request("cluster-1", today)]))[0]?.warnings.some(
      ({ code }) => code === "METHOD_CHANGED",
    );
  expect(await changed()).toBe(false);
  remote.behave(answer(infrastructure));
  under.time.at += 1_000;
  expect(await changed()).toBe(true);
  remote.behave(answer(exporter));
  under.time.at += 1_000;
  expect(await changed()).toBe(true);
});

test("what is under way ends when the service is closed", async () => {
  await using remote = await remoteMetroculus(hang);
  const under = serviceFor(remote.url);
  const load = under.service.load([request()]);
  await eventually(() => expect(remote.calls).toHaveLength(1));
  await under.service.close();
  expect((await load)[0]).toMatchObject({ status: "UNAVAILABLE" });
});

test("samples that arrive late make what is remembered of their time be looked up anew", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  await using under = serviceFor(remote.url);
  await under.service.load([request("late"), request("other")]);
  remote.behave(answer(exporter));
  under.service.samplesArrived("late", settled.start - 3_600);
  expect((await under.service.load([request("late"), request("other")])).map(({ cost }) => cost)).toEqual([12.72, 105]);
  expect(remote.calls).toHaveLength(3);
  remote.behave(down);
  under.service.samplesArrived("late", settled.end);
  expect((await under.service.load([request("late")]))[0]).toMatchObject({ status: "STALE", cost: 12.72 });
});

test("samples of after a window, and those that come as they are taken, change nothing that is remembered", async () => {
  await using remote = await remoteMetroculus(answer(seed));
  await using under = serviceFor(remote.url);
  await under.service.load([request(), request("cluster-1", today)]);
  under.service.samplesArrived("cluster-1", settled.end + 1);
  under.service.samplesArrived("cluster-1", under.time.at - 60);
  await under.service.load([request()]);
  expect(remote.calls).toHaveLength(2);
  await under.service.load([request("cluster-1", today)]);
  expect(remote.calls).toHaveLength(3);
});

test("samples that arrive while their window is being looked up make it be looked up once more", async () => {
  await using remote = await remoteMetroculus(slowly(seed));
  await using under = serviceFor(remote.url);
  const first = under.service.load([request()]);
  await eventually(() => expect(remote.calls).toHaveLength(1));
  under.service.samplesArrived("cluster-1", settled.start);
  await first;
  await under.service.load([request()]);
  await under.service.load([request()]);
  expect(remote.calls).toHaveLength(2);
});

test("a hanging cluster does not cost the others their answer when the budget ends", async () => {
  await using remote = await remoteMetroculus((call, ...rest) =>
    (call.query.get("cloud_account_id") === "hangs" ? hang : answer(seed))(call, ...rest),
  );
  await using under = serviceFor(remote.url, { timeoutMs: 10_000, budgetMs: 5_000 });
  const costs = await under.service.load([request("hangs"), request("fine")]);
  expect(costs.map(({ status }) => status)).toEqual(["UNAVAILABLE", "OK"]);
});
