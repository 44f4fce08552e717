import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { ACME, ACME_TOTAL, CLUSTER_ONE, CLUSTER_TWO, given, JANUARY_1, JANUARY_31 } from "../graphql/support/acme.js";
import { startMetroculus } from "../graphql/support/metroculus.js";
import { seed } from "../kubernetes/bodies.js";
import { answer, remoteMetroculus, text } from "../kubernetes/remote-metroculus.js";
import { request, serviceFor } from "../kubernetes/service-under-test.js";
import { directoryWith, gatewayProcess } from "./support/gateway-process.js";

const DAY = 86_400;

describe("what a service remembers, when the clock is set back", () => {
  test("a failure is not believed until the old time has come again", async () => {
    await using remote = await remoteMetroculus(text("down", 500));
    await using under = serviceFor(remote.url);
    expect((await under.service.load([request()]))[0]?.status).toBe("UNAVAILABLE");
    under.time.at -= DAY;
    remote.behave(answer(seed));
    expect((await under.service.load([request()]))[0]).toMatchObject({ status: "OK", cost: 105 });
  });

  test("good figures are read anew, as nothing tells how old they are, and stand in for silence all the same", async () => {
    await using remote = await remoteMetroculus(answer(seed));
    await using under = serviceFor(remote.url);
    await under.service.load([request()]);
    under.time.at -= DAY;
    remote.behave(text("down", 500));
    expect((await under.service.load([request()]))[0]).toMatchObject({ status: "STALE", cost: 105 });
    expect(remote.calls.length).toBeGreaterThan(1);
  });
});

/** Debian's libfaketime, which sets the clock of one process alone. */
const library = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
  .map((architecture) => `/usr/lib/${architecture}/faketime/libfaketime.so.1`)
  .find((path) => existsSync(path));

test.skipIf(library === undefined)(
  "a gateway whose clock jumps a year ahead and two back answers on, and tells the truth (skipped without Debian's libfaketime)",
  async () => {
    await using directory = await directoryWith(given);
    await using metroculus = await startMetroculus({ [CLUSTER_ONE]: 40, [CLUSTER_TWO]: 60 });
    const clock = join(directory.path, "clock");
    await writeFile(clock, "+0");
    await using gateway = await gatewayProcess(directory.path, {
      METROCULUS_URL: metroculus.url,
      LD_PRELOAD: library ?? "",
      FAKETIME_TIMESTAMP_FILE: clock,
      FAKETIME_NO_CACHE: "1",
      // The machine's own clock, by which timers run, is never set.
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    });
    const yearOf = async () => new Date((await gateway.get("/healthz")).headers.get("date") ?? "").getUTCFullYear();
    const costs = async () => {
      const { codes, data } = await gateway.ask(
        `{ cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31}) {
          totalCost k8sCosts { totalCost complete }
        } }`,
      );
      expect(codes).toEqual([]);
      return data.cleanExpenses;
    };
    const whole = { totalCost: ACME_TOTAL, k8sCosts: { totalCost: 100, complete: true } };
    const partial = { totalCost: ACME_TOTAL, k8sCosts: { totalCost: 40, complete: false } };
    const year = await yearOf();
    expect(await costs()).toEqual(whole);
    for (const [jump, years] of [
      ["+366d", 1],
      ["-731d", -2],
    ] as const) {
      await writeFile(clock, jump);
      // The header is made once a second.
      await vi.waitFor(async () => expect(Math.abs((await yearOf()) - year - years)).toBeLessThanOrEqual(1), {
        timeout: 30_000,
        interval: 100,
      });
      expect(await costs()).toEqual(whole);
      expect(await gateway.isReady()).toBe(true);
    }
    // A cluster that fails now is not known, whatever the clock says, and is looked up again soon.
    metroculus.answer = (incoming, response) => {
      const isSecond = incoming.url?.includes(CLUSTER_TWO);
      response
        .writeHead(isSecond ? 500 : 200, { "content-type": "application/json" })
        .end(isSecond ? "Error" : JSON.stringify({ summary: { total_cost: 40, cpu_cost: 40 } }));
    };
    const shorter = () =>
      gateway
        .ask(
          `{ cleanExpenses(organizationId: "${ACME}", startDate: ${JANUARY_1}, endDate: ${JANUARY_31 - DAY}) {
            totalCost k8sCosts { totalCost complete }
          } }`,
        )
        .then(({ data }) => data.cleanExpenses);
    expect(await shorter()).toEqual(partial);
    metroculus.answer = undefined;
    await writeFile(clock, "-1000d");
    await vi.waitFor(async () => expect(await shorter()).toEqual(whole), { timeout: 30_000, interval: 500 });
  },
);
