import { expect, test } from "vitest";
import { GatewayError } from "../../src/errors.js";
import { asRestError, pythonList, RestError, restErrors } from "../../src/rest/errors.js";

test.each([
  [["123"], "['123']"],
  [["a", "b"], "['a', 'b']"],
  [["it's"], `["it's"]`],
  [[`it's "x"`], `['it\\'s "x"']`],
  [["a\\b\tc\nd\re"], "['a\\\\b\\tc\\nd\\re']"],
  [["é\u00a0\u200b\u{e0001}\u0001"], "['é\\xa0\\u200b\\U000e0001\\x01']"],
  [[""], "['']"],
])("a list prints as Python prints it: %j", (values, printed) => {
  expect(pythonList(values)).toBe(printed);
});

test("every reason takes as many parameters as its places", () => {
  for (const code of Object.keys(restErrors) as (keyof typeof restErrors)[]) {
    const places = restErrors[code].reason.split("%s").length - 1;
    const error = new RestError(
      code,
      Array.from({ length: places }, (_, index) => `p${index}`),
    );
    expect(error.message).not.toContain("%s");
    for (let index = 0; index < places; index++) expect(error.message).toContain(`p${index}`);
  }
});

test("parameters that look like places or patterns stay as they are", () => {
  expect(new RestError("OE0218", ["%s", "$&"]).message).toBe('%s "$&" has incorrect format');
});

test("line breaks in parameters become blanks, but not in names that are quoted back", () => {
  expect(new RestError("OE0218", ["resource_type", "a\nb"]).parameters).toEqual(["resource_type", "a b"]);
  expect(new RestError("OE0212", ["a\nb"]).parameters).toEqual(["a\nb"]);
});

test("a store that fails is a database error that clients may retry, and no text of the store is shown", () => {
  const failure = new GatewayError("STORE_UNAVAILABLE", "The expense store could not answer.", {
    cause: new Error("SELECT secret"),
  });
  expect(asRestError(failure).envelope).toEqual({
    error: {
      status_code: 503,
      error_code: "OE0003",
      reason: "Database error: The expense store could not answer.",
      params: ["The expense store could not answer."],
    },
  });
});

test("what nobody foresaw is U0500, and says nothing of itself", () => {
  expect(asRestError(new Error("password=hunter2")).envelope).toEqual({
    error: { status_code: 500, error_code: "U0500", reason: "Internal Server Error", params: [] },
  });
});
