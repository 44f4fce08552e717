import { expect, test } from "vitest";
import {
  expenseFilter,
  readTypeKey,
  restParameters,
  typeKey,
} from "../../../src/web/app/dashboard/view/expense-filter";
import { noFilters } from "../../../src/web/app/dashboard/view/view";

const NIL = "00000000-0000-0000-0000-000000000000";

test("without filters nothing is asked for", () => {
  expect(expenseFilter(noFilters)).toBeUndefined();
  expect(restParameters(noFilters)).toEqual([]);
});

test("GraphQL and the export ask for the same", () => {
  const filters = {
    ...noFilters,
    account: ["a1"],
    service: ["Amazon EC2", null],
    region: ["eu-west-1"],
    pool: ["p1", null],
    owner: [null],
    tag: ["team"],
    type: ["Instance:regular", "k8s:cluster"],
    text: " web* ",
    subpools: true,
  };
  expect(expenseFilter(filters)).toEqual({
    cloudAccountIds: ["a1"],
    serviceNames: ["Amazon EC2", null],
    regions: ["eu-west-1"],
    poolIds: [
      { id: "p1", withDescendants: true },
      { id: null, withDescendants: false },
    ],
    ownerIds: [null],
    tags: ["team"],
    resourceTypes: [
      { name: "Instance", kind: "REGULAR" },
      { name: "k8s", kind: "CLUSTER" },
    ],
    nameLike: "web*",
  });
  expect(restParameters(filters)).toEqual([
    ["cloud_account_id", "a1"],
    ["service_name", "Amazon EC2"],
    ["service_name", NIL],
    ["region", "eu-west-1"],
    ["pool_id", "p1+"],
    ["pool_id", NIL],
    ["owner_id", NIL],
    ["tag", "team"],
    ["resource_type", "Instance:regular"],
    ["resource_type", "k8s:cluster"],
    ["name_like", "web*"],
  ]);
});

test("a text of wildcards alone, which the API refuses, does not filter", () => {
  for (const text of ["", "  ", "*", "?*?"]) expect(expenseFilter({ ...noFilters, text })).toBeUndefined();
});

test("a type's name may hold colons", () => {
  expect(readTypeKey(typeKey({ name: "acme:db:small", kind: "ENVIRONMENT" }))).toEqual({
    name: "acme:db:small",
    kind: "ENVIRONMENT",
  });
  expect(readTypeKey("acme:db")).toEqual({ name: "acme:db", kind: "REGULAR" });
});
