import { expect, test } from "vitest";
import { PlainHttpError } from "../../src/rest/errors.js";
import { pythonInteger } from "../../src/rest/python-integer.js";
import { pathSegment, QueryArguments } from "../../src/rest/query-arguments.js";

test.each([
  ["a=1&b=2&a=3", "a", ["1", "3"]],
  ["a=b+c%20d", "a", ["b c d"]],
  ["a=%2B", "a", ["+"]],
  ["a=x=y", "a", ["x=y"]],
  ["a", "a", [""]],
  ["a=", "a", [""]],
  ["&&a=1&", "a", ["1"]],
  ["a=1;b=2", "a", ["1;b=2"]],
  ["a=%20%09x%0A", "a", ["x"]],
  ["a=%C2%A0%E3%80%80x%C2%85", "a", ["x"]],
  ["a=%EF%BB%BFx", "a", ["\ufeffx"]],
  ["a=x%00y%1fz%0b1", "a", ["x y z\u000b1"]],
  ["a=%01x%02", "a", ["x"]],
  ["a=100%25%zz%4", "a", ["100%%zz%4"]],
  ["a=%C3%A9", "a", ["é"]],
  ["%61=1", "a", ["1"]],
])("%j gives %s the values %j", (query, name, values) => {
  expect(new QueryArguments(query).all(name)).toEqual(values);
});

test("a value that is not UTF-8 is refused only when it is asked for", () => {
  const query = new QueryArguments("good=1&bad=%ff&bad=2&half=%ED%A0%80");
  expect(query.last("good")).toBe("1");
  expect(() => query.last("bad")).toThrow(PlainHttpError);
  expect(() => query.all("half")).toThrow(PlainHttpError);
});

test("names come in order of first appearance, byte for byte", () => {
  expect(new QueryArguments("z=1&a=2&z=3&=4&%C3%A9=5&%20b=6").names()).toEqual(["z", "a", "", "Ã©", " b"]);
});

test.each([
  ["1", 1],
  ["-1", -1],
  ["+7", 7],
  ["007", 7],
  ["1_000", 1000],
  ["253402300799", 253402300799],
  ["99999999999999999999", 1e20],
  ["١٢٣", 123],
  ["１２", 12],
  ["𝟏𝟗", 19],
])("Python reads %s as %d", (text, number) => {
  expect(pythonInteger(text)).toBe(number);
});

test.each(["1.5", "1e9", "", "_1", "1_", "1__0", "+-1", "0x10", "1 0", "½", "²", "Infinity", "NaN", "9".repeat(4301)])(
  "%s is no integer for Python",
  (text) => {
    expect(pythonInteger(text)).toBeUndefined();
  },
);

test("segments of a path are decoded as they came", () => {
  expect(pathSegment("a%20b+c%zz")).toBe("a b+c%zz");
  expect(() => pathSegment("%ff")).toThrow(PlainHttpError);
});
