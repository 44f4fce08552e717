import fc from "fast-check";
import { expect, test } from "vitest";
import { GatewayError } from "../../src/errors.js";
import { parseTimestamp } from "../../src/graphql/timestamp.js";

test.each([
  [1_735_689_600, 1_735_689_600],
  [0, 0],
  [253_402_300_799, 253_402_300_799],
  ["2025-01-01", 1_735_689_600],
  ["2025-01-01T00:00:00Z", 1_735_689_600],
  ["2025-01-01T01:30Z", 1_735_695_000],
  ["2025-01-01T01:30:00+01:30", 1_735_689_600],
  ["2024-12-31T19:00:00-0500", 1_735_689_600],
  ["2025-01-01T00:00:00.999Z", 1_735_689_600],
  ["2025-01-01t00:00:00z", 1_735_689_600],
  ["2024-02-29", 1_709_164_800],
])("%j is the instant %j", (given, instant) => {
  expect(parseTimestamp(given)).toBe(instant);
});

test("a date-time without a zone is UTC, whatever the zone of the machine", () => {
  expect(parseTimestamp("2025-07-01T00:00:00")).toBe(parseTimestamp("2025-07-01T00:00:00Z"));
});

test.each([
  "",
  "yesterday",
  "2025",
  "2025-01",
  "1735689600",
  "2025-02-29",
  "2025-02-30",
  "2025-13-01",
  "2025-01-01T24:00:00Z",
  "2025-01-01T00:61Z",
  "2025-01-01T00:00:00+25:00",
  "2025-01-01 00:00:00",
  "1969-12-31",
  -1,
  1.5,
  253_402_300_800,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  null,
  true,
  [],
  {},
])("%j is refused with a sentence that says what is taken", (given) => {
  expect(() => parseTimestamp(given)).toThrow(GatewayError);
  expect(() => parseTimestamp(given)).toThrow(/seconds since the epoch.*date/);
});

test("every instant that is written as ISO-8601 is read as itself, to the second", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59Z"), noInvalidDate: true }), (date) => {
      expect(parseTimestamp(date.toISOString())).toBe(Math.floor(date.getTime() / 1000));
    }),
  );
});

test("no text makes it answer anything but an instant of the range or a refusal", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:+.-]{0,30}$/)), (text) => {
      try {
        const instant = parseTimestamp(text);
        expect(Number.isSafeInteger(instant) && instant >= 0 && instant <= 253_402_300_799).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(GatewayError);
      }
    }),
  );
});
