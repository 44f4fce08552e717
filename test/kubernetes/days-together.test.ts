import { expect, test } from "vitest";
import { SECONDS_PER_DAY, type Window } from "../../src/time.js";
import { answer, type Behaviour, hang, refusal, remoteMetroculus, text } from "./remote-metroculus.js";
import { request, serviceFor, settled } from "./service-under-test.js";

const day = (index: number): Window => ({
  start: settled.start + index * SECONDS_PER_DAY,
  end: settled.end + index * SECONDS_PER_DAY,
});
const days = (count: number, id = "cluster-1") => Array.from({ length: count }, (_, index) => request(id, day(index)));
const costOfDay = (start: number) => ({
  summary: { total_cost: start / SECONDS_PER_DAY, cpu_cost: start / SECONDS_PER_DAY },
});

/** Answers as the built-in one does: a call for many days, and one for any window. */
const knowsDays: Behaviour = (call, ...rest) => {
  const start = Number(call.query.get("start_date"));
  const end = Number(call.query.get("end_date"));
  if (call.endpoint !== "/metroculus/v2/kubecost_daily_costs") return answer(costOfDay(start))(call, ...rest);
  const found = [];
  for (let at = start; at < end; at += SECONDS_PER_DAY) found.push({ start_date: at, ...costOfDay(at) });
  return answer({ days: found })(call, ...rest);
};
const knowsNoDays: Behaviour = (call, ...rest) =>
  (call.endpoint === "/metroculus/v2/kubecost_daily_costs" ? refusal(404, "OM0002", "Not found") : knowsDays)(
    call,
    ...rest,
  );

const endpoints = (calls: readonly { endpoint: string }[]) => calls.map(({ endpoint }) => endpoint.split("/").at(-1));

test("many days of a cluster are one call, each day its own answer, and remembered each", async () => {
  await using remote = await remoteMetroculus(knowsDays);
  await using under = serviceFor(remote.url);
  const requests = [...days(30, "one"), ...days(30, "other")];
  const costs = await under.service.load(requests);
  expect(endpoints(remote.calls)).toEqual(["kubecost_daily_costs", "kubecost_daily_costs"]);
  expect(costs).toEqual(
    requests.map(({ cloudAccountId, window }) =>
      expect.objectContaining({ cloudAccountId, window, status: "OK", cost: window.start / SECONDS_PER_DAY }),
    ),
  );
  await under.service.load(days(12, "other"));
  expect(remote.calls).toHaveLength(2);
});

test("where Metroculus does not have the call, each day is asked for, and the call is not tried again", async () => {
  for (const behaviour of [knowsNoDays, answer(costOfDay(SECONDS_PER_DAY))]) {
    await using remote = await remoteMetroculus(behaviour);
    await using under = serviceFor(remote.url);
    const costs = await under.service.load(days(6));
    expect(costs.every(({ status, cost }) => status === "OK" && cost !== null)).toBe(true);
    expect(endpoints(remote.calls).filter((name) => name === "kubecost_daily_costs")).toHaveLength(1);
    expect(remote.calls).toHaveLength(7);
    await under.service.load(days(6, "another"));
    expect(remote.calls).toHaveLength(13);
  }
});

test("a few days, scattered days and parts of days are asked for each by itself", async () => {
  await using remote = await remoteMetroculus(knowsDays);
  await using under = serviceFor(remote.url);
  await under.service.load(days(4, "few"));
  await under.service.load([0, 90, 180, 270, 360].map((index) => request("scattered", day(index))));
  await under.service.load(
    [0, 1, 2, 3, 4].map((hour) => {
      const start = settled.start + hour * 3_600;
      return request("parts", { start, end: start + 3_599 });
    }),
  );
  expect(new Set(endpoints(remote.calls))).toEqual(new Set(["kubecost_cluster_costs"]));
});

test("the first and the last day may be a part of one", async () => {
  await using remote = await remoteMetroculus(knowsDays);
  await using under = serviceFor(remote.url);
  const windows = [0, 1, 2, 3, 4, 5].map(day);
  const first = { ...day(0), start: settled.start + 3_600 };
  const last = { ...day(5), end: day(5).start + 7_200 };
  const costs = await under.service.load([first, ...windows.slice(1, 5), last].map((window) => request("c", window)));
  expect(endpoints(remote.calls)[0]).toBe("kubecost_daily_costs");
  expect(remote.calls[0]?.query.get("start_date")).toBe(String(first.start));
  expect(remote.calls[0]?.query.get("end_date")).toBe(String(last.end));
  expect(costs.every(({ status }) => status === "OK")).toBe(true);
});

test("where the one call goes wrong, each day is asked for by itself", async () => {
  for (const wrong of [text("", 500), text("Error"), refusal(400, "OM0006", "Invalid start_date")]) {
    await using remote = await remoteMetroculus((call, ...rest) =>
      (call.endpoint === "/metroculus/v2/kubecost_daily_costs" ? wrong : knowsDays)(call, ...rest),
    );
    await using under = serviceFor(remote.url);
    const costs = await under.service.load(days(6));
    expect(costs.every(({ status }) => status === "OK")).toBe(true);
  }
});

test("a Metroculus that is away or refuses the secret is not asked again for each day", async () => {
  for (const [behaviour, status] of [
    [text("", 403), "UNAUTHORIZED"],
    [hang, "UNAVAILABLE"],
  ] as const) {
    await using remote = await remoteMetroculus(behaviour);
    await using under = serviceFor(remote.url, { timeoutMs: behaviour === hang ? 200 : 30_000, budgetMs: 30_000 });
    const costs = await under.service.load(days(10));
    expect(new Set(costs.map((cost) => cost.status))).toEqual(new Set([status]));
    expect(remote.calls).toHaveLength(1);
  }
});

test("days that nobody waits for any more end the call", async () => {
  let closed = false;
  await using remote = await remoteMetroculus((_call, response) => {
    response.on("close", () => {
      closed = true;
    });
  });
  await using under = serviceFor(remote.url);
  const leaving = new AbortController();
  const load = under.service.load(days(10), { signal: leaving.signal });
  while (remote.calls.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  leaving.abort();
  await load;
  while (!closed) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(remote.calls).toHaveLength(1);
});
