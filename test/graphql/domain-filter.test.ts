import { expect, test } from "vitest";
import { GatewayError } from "../../src/errors.js";
import { domainFilter } from "../../src/graphql/domain-filter.js";

test("no filter, null fields and empty lists do not filter", () => {
  expect(domainFilter(undefined)).toEqual({});
  expect(domainFilter(null)).toEqual({});
  expect(domainFilter({ cloudAccountIds: [], poolIds: [], regions: null, active: null, nameLike: null })).toEqual({});
});

test("null inside a list stays: it selects what lacks the attribute", () => {
  expect(domainFilter({ regions: [null, "eu-west-1"], poolIds: [null, { id: null }] })).toEqual({
    regions: [null, "eu-west-1"],
    pools: [
      { id: null, withDescendants: false },
      { id: null, withDescendants: false },
    ],
  });
});

test("v2's nil id means the same as null, in every list that can ask for what is absent", () => {
  const nil = "00000000-0000-0000-0000-000000000000";
  expect(domainFilter({ regions: [nil], ownerIds: [nil, "o"], tags: [nil] })).toEqual({
    regions: [null],
    ownerIds: [null, "o"],
    tags: [null],
  });
  expect(domainFilter({ poolIds: [{ id: nil }], trafficFrom: [nil], resourceIds: [nil] })).toEqual({
    pools: [{ id: null, withDescendants: false }],
    trafficFrom: [null],
    resourceIds: [nil],
  });
});

test("false filters as well as true", () => {
  expect(domainFilter({ active: false, recommendations: false, constraintViolated: true })).toEqual({
    active: false,
    recommendations: false,
    constraintViolated: true,
  });
});

test("pools, types and traffic become the domain's selectors", () => {
  expect(
    domainFilter({
      poolIds: [{ id: "p", withDescendants: true }],
      resourceTypes: [{ name: "Instance", kind: "REGULAR" }],
      trafficFrom: ["eu-west-1:aws_cnr", "ANY"],
      trafficTo: ["urn:region:with:colons:gcp_cnr", null],
    }),
  ).toEqual({
    pools: [{ id: "p", withDescendants: true }],
    resourceTypes: [{ name: "Instance", kind: "REGULAR" }],
    trafficFrom: [{ region: "eu-west-1", cloudType: "aws_cnr" }, "ANY"],
    trafficTo: [{ region: "urn:region:with:colons", cloudType: "gcp_cnr" }, null],
  });
});

test.each([
  { trafficFrom: ["eu-west-1"] },
  { trafficTo: ["any"] },
  { nameLike: "" },
  { nameLike: "*?*" },
  { cloudResourceIdLike: "**" },
])("%j is refused, naming the field", (filter) => {
  const field = Object.keys(filter)[0];
  let refusal: unknown;
  try {
    domainFilter(filter);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(GatewayError);
  expect(refusal).toMatchObject({ code: "BAD_USER_INPUT", details: { argument: `filter.${field}` } });
});
