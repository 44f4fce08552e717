import { expect, test } from "vitest";
import { expiryOf } from "../../src/cli/expiry.js";

const now = Date.UTC(2026, 0, 10, 12) / 1000;

test.each([
  ["12h", now + 12 * 3_600],
  ["30d", now + 30 * 86_400],
  ["2026-01-11", Date.UTC(2026, 0, 11) / 1000],
  ["2026-01-10T12:00:01Z", now + 1],
  ["2026-01-10T12:00:01", now + 1],
  ["2026-01-10T14:01+02:00", now + 60],
])("%s is a moment to come", (text, instant) => {
  expect(expiryOf(text, now)).toBe(instant);
});

test.each([
  "0d",
  "2026-01-10",
  "2026-01-10T12:00:00Z",
  "2026-02-30",
  "2026-13-01",
  "tomorrow",
  "1w",
  "-1d",
  "999999d9",
  "",
])("%j is none", (text) => {
  expect(expiryOf(text, now)).toBeNull();
});
