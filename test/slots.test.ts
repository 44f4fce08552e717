import { setImmediate as turn } from "node:timers/promises";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { Slots } from "../src/slots.js";

test("a free slot goes to the work that began first, and of two of the same time to who asked first", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 }), async (beginnings) => {
      const slots = new Slots(() => 1);
      const all = [slots.use(async () => void (await turn()))];
      const served: { since: number; asked: number }[] = [];
      for (const [asked, since] of beginnings.entries()) {
        all.push(slots.use(async () => void served.push({ since, asked }), undefined, since));
      }
      await Promise.all(all);
      const expected = beginnings.map((since, asked) => ({ since, asked }));
      expect(served).toEqual(expected.sort((a, b) => a.since - b.since || a.asked - b.asked));
    }),
  );
});

test("no more work runs at once than there are slots, whoever is cancelled meanwhile", async () => {
  let running = 0;
  let most = 0;
  const slots = new Slots(() => 2);
  const cancelled = new AbortController();
  const all = Array.from({ length: 9 }, (_, index) =>
    slots.use(
      async () => {
        most = Math.max(most, ++running);
        await turn();
        running--;
        return index;
      },
      index % 3 === 2 ? cancelled.signal : undefined,
    ),
  );
  cancelled.abort(new Error("the caller left"));
  const outcomes = (await Promise.allSettled(all)).map((outcome) =>
    outcome.status === "fulfilled" ? outcome.value : outcome.reason.message,
  );
  const left = "the caller left";
  expect(outcomes).toEqual([0, 1, left, 3, 4, left, 6, 7, left]);
  expect(most).toBe(2);
  expect(slots.areTaken).toBe(false);
});
