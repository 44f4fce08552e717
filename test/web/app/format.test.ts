import { expect, test } from "vitest";
import { formatAge, moneyFormat } from "../../../src/web/app/dashboard/view/format";

test("a cost below a cent does not look like nothing", () => {
  const money = moneyFormat("USD", "en-US");
  expect(money(0.00042)).toBe("$0.00042");
  expect(money(0)).toBe("$0.00");
  expect(money(-0.004)).toBe("-$0.004");
  expect(money(0.04, "short")).toBe("$0.04");
});

test("amounts are written as their currency has it", () => {
  expect(moneyFormat("USD", "en-US")(1234.5)).toBe("$1,234.50");
  expect(moneyFormat("JPY", "en-US")(1234.5)).toMatch(/^¥1,23[45]$/);
  expect(moneyFormat("EUR", "en-US")(1_250_000, "short")).toBe("€1.3M");
  expect(moneyFormat("USD", "en-US")(1234.5, "whole")).toMatch(/^\$1,23[45]$/);
  expect(moneyFormat("EUR", "de-DE")(1234.5)).toBe("1.234,50\u00a0€");
});

test("a currency that the browser does not know is written out, not refused", () => {
  expect(moneyFormat("credits", "en-US")(12)).toBe("credits 12");
});

test("an age is told in the largest unit that fits", () => {
  expect(formatAge(1000, 1000 + 59)).toBe("now");
  expect(formatAge(1000, 1000 + 3_599)).toBe("59 minutes ago");
  expect(formatAge(1000, 1000 + 90_000)).toBe("yesterday");
  expect(formatAge(2000, 1000)).toBe("now");
});
