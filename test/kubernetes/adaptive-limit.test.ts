import fc from "fast-check";
import { expect, test } from "vitest";
import { AdaptiveLimit } from "../../src/kubernetes/adaptive-limit.js";
import { type CallResult, failed } from "../../src/kubernetes/call-result.js";

const TIMEOUT = 3_000;
const answered: CallResult = { ok: true, body: {} };
const timedOut = failed("UNAVAILABLE", "UPSTREAM_TIMEOUT", "It hung.");
const overloaded = failed("UNAVAILABLE", "UPSTREAM_OVERLOADED", "It said 503.");
const refused = failed("UNAUTHORIZED", "SECRET_REFUSED", "It said 403.");

function limitAfter(calls: number, result: CallResult, durationMs: number, limit = new AdaptiveLimit(128, TIMEOUT)) {
  for (let call = 0; call < calls; call++) limit.ended(result, durationMs);
  return limit;
}

test("a Metroculus that answers quickly is asked for more at once, up to what is configured", () => {
  expect(limitAfter(0, answered, 50).current).toBe(32);
  expect(limitAfter(32, answered, 50).current).toBe(64);
  expect(limitAfter(1_000, answered, 50).current).toBe(128);
});

test("one that takes its time is left at what any can bear", () => {
  expect(limitAfter(1_000, answered, TIMEOUT / 4).current).toBe(32);
});

test("failures are no reason to ask for more, however quickly they come", () => {
  expect(limitAfter(1_000, refused, 1).current).toBe(32);
});

test("slow answers take back what quick ones gave; a timeout and a 503 do so at once", () => {
  expect(limitAfter(10, answered, 2_000, limitAfter(50, answered, 50)).current).toBe(72);
  expect(limitAfter(1_000, answered, 2_000, limitAfter(50, answered, 50)).current).toBe(32);
  expect(limitAfter(1, timedOut, TIMEOUT, limitAfter(50, answered, 50)).current).toBe(32);
  expect(limitAfter(1, overloaded, 5, limitAfter(50, answered, 50)).current).toBe(32);
});

test("whatever happens, the limit is no more than configured and no less than it began with", () => {
  const results = fc.constantFrom(answered, timedOut, overloaded, refused);
  const calls = fc.array(fc.integer({ min: 0, max: 5_000 }).chain((ms) => results.map((result) => ({ ms, result }))));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), calls, (most, ended) => {
      const limit = new AdaptiveLimit(most, TIMEOUT);
      for (const { ms, result } of ended) {
        limit.ended(result, ms);
        expect(limit.current).toBeLessThanOrEqual(most);
        expect(limit.current).toBeGreaterThanOrEqual(Math.min(32, most));
      }
    }),
  );
});
