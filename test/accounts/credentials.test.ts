import { expect, test } from "vitest";
import { credentialsOf, credentialsOfV2 } from "../../src/accounts/credentials.js";

const none = { token: undefined, secret: undefined };

test("a token is what follows Bearer, whatever its case", () => {
  expect(credentialsOf({ authorization: "Bearer eg_acme" })).toEqual({ ...none, token: "eg_acme" });
  expect(credentialsOf({ authorization: "bearer   eg_acme" })).toEqual({ ...none, token: "eg_acme" });
  for (const authorization of ["Basic YWNtZQ==", "eg_acme", "Bearer", "Bearer two words"]) {
    expect(credentialsOf({ authorization })).toEqual(none);
  }
});

test("v2 drops seven characters and asks nothing about them", () => {
  expect(credentialsOfV2({ authorization: "Bearer eg_acme" })).toEqual({ ...none, token: "eg_acme" });
  expect(credentialsOfV2({ authorization: "Token: eg_acme" })).toEqual({ ...none, token: "eg_acme" });
  expect(credentialsOfV2({ authorization: "Bearer" })).toEqual(none);
});

test("an empty secret is none", () => {
  for (const read of [credentialsOf, credentialsOfV2]) {
    expect(read({ secret: "s3cret" })).toEqual({ ...none, secret: "s3cret" });
    expect(read({ secret: "" })).toEqual(none);
    expect(read({})).toEqual(none);
  }
});
