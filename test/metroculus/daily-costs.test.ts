import { afterAll, beforeAll, expect, test } from "vitest";
import { gauge, RunningMetroculus } from "./running-metroculus.js";

let metroculus: RunningMetroculus;
beforeAll(async () => {
  metroculus = await RunningMetroculus.start();
});
afterAll(() => metroculus[Symbol.asyncDispose]());

const MONDAY = 1_759_104_000; // 2025-09-29T00:00:00Z
const HOUR = 3_600;
const DAY = 24 * HOUR;

test("the days of a window cost what each of them costs when it is asked for alone", async () => {
  const account = await metroculus.cluster();
  const span = (from: number, to: number) => ({ start: MONDAY + from * HOUR, end: MONDAY + to * HOUR, every: 300 });
  const dearer = (time: number) => 1 + (time - MONDAY) / DAY;
  await metroculus.write(account, [
    gauge({ __name__: "cloudtuner_kubecost_cluster_total_cost", cluster: "a" }, span(-30, 40), dearer),
    gauge({ __name__: "cloudtuner_kubecost_cluster_cpu_cost", cluster: "a" }, span(-30, 40), 0.5),
    // After a gap of ten hours by another way, across midnight.
    gauge({ __name__: "kubecost_cluster_management_cost" }, span(50, 110), 0.1),
    gauge({ __name__: "node_cpu_hourly_cost", node: "n" }, span(50, 110), 0.03),
    gauge({ __name__: "container_cpu_allocation", namespace: "shop", pod: "p", node: "n" }, span(50, 110), 4),
  ]);
  const start = MONDAY - 5 * HOUR;
  const end = MONDAY + 5 * DAY + 7 * HOUR;
  const { days, ...head } = await metroculus.answer("kubecost_daily_costs", account, start, end);
  expect(head).toEqual({ cloud_account_id: account, start_date: start, end_date: end });
  const starts = [start, ...[0, 1, 2, 3, 4, 5].map((day) => MONDAY + day * DAY)];
  expect(days.map((day: { start_date: number }) => day.start_date)).toEqual(starts);
  for (const [index, from] of starts.entries()) {
    const alone = await metroculus.answer("kubecost_cluster_costs", account, from, starts[index + 1] ?? end);
    expect(days[index]).toEqual(alone);
  }
  expect(days.map(({ summary }: { summary: { total_cost: number } }) => summary.total_cost > 0)).toEqual([
    ...[true, true, true, true, true, true, false],
  ]);
});

test("a window without time has no days, and one of many years is refused", async () => {
  const account = await metroculus.cluster();
  expect((await metroculus.answer("kubecost_daily_costs", account, MONDAY, MONDAY)).days).toEqual([]);
  const response = await metroculus.get("kubecost_daily_costs", {
    cloud_account_id: account,
    start_date: 0,
    end_date: MONDAY,
  });
  expect(response.statusCode).toBe(400);
  expect(response.json().error.error_code).toBe("OM0006");
});
