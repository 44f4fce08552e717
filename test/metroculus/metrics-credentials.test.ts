import { expect, test } from "vitest";
import { metricsCredentialsMatch, sealMetricsCredentials } from "../../src/accounts/metrics-credentials.js";

const sealed = sealMetricsCredentials({ username: "acme-cluster", password: "correct horse" });

test.each([
  ["acme-cluster", "correct horse", true],
  ["acme-cluster", "battery staple", false],
  ["someone", "correct horse", false],
  ["acme-cluster", "", false],
])(
  "of %s with %s it is said that they match: only the right user name with the right password does",
  async (username, password, match) => {
    expect(await metricsCredentialsMatch(sealed, { username, password })).toBe(match);
  },
);

test("what is kept tells nothing of the password, and equal passwords look different", () => {
  expect(JSON.stringify(sealed)).not.toContain("correct horse");
  const [one, two] = [1, 2].map(() => sealMetricsCredentials({ username: "u", password: "same" }));
  expect(one?.hash).not.toBe(two?.hash);
});

test.each([
  ["empty", ""],
  ["cut off", sealed.hash.slice(0, 20)],
])("a hash that is %s opens to nobody", async (_name, hash) => {
  const credentials = { username: "acme-cluster", password: "correct horse" };
  expect(await metricsCredentialsMatch({ ...sealed, hash }, credentials)).toBe(false);
});
