import { expect, test } from "vitest";
import { resourceRow } from "../../src/imports/resource-row.js";

test("a document with nothing but an id is a live resource of no account, with every attribute unknown", () => {
  expect(resourceRow({ id: "r" }, 7)).toEqual({
    cloud_account_id: "",
    id: "r",
    organization_id: "",
    cluster_id: "",
    cluster_type_id: "",
    cloud_resource_id: null,
    name: null,
    resource_type: null,
    region: null,
    service_name: null,
    employee_id: null,
    pool_id: null,
    k8s_node: null,
    k8s_namespace: null,
    k8s_service: null,
    created_by_kind: null,
    created_by_name: null,
    tag_keys: [],
    first_seen: null,
    last_seen: null,
    deleted_at: 0,
    active: false,
    is_environment: false,
    constraint_violated: false,
    recommended_at: null,
    saving: 0,
    document: '{"id":"r"}',
    version: 7,
    removed: 0,
  });
});

test("null and absent are the same in every column, and differ in the document", () => {
  const { document: _absent, ...absent } = resourceRow({ id: "r" }, 1);
  const { document, ...nulls } = resourceRow(
    { id: "r", name: null, region: null, tags: null, deleted_at: null, active: null, recommendations: null },
    1,
  );
  expect(nulls).toEqual(absent);
  expect(JSON.parse(document)).toHaveProperty("region", null);
});

test("only true is true: text, numbers and null are not", () => {
  for (const value of ["true", 1, null, {}, []]) {
    expect(resourceRow({ id: "r", active: value, is_environment: value, constraint_violated: value }, 1)).toMatchObject(
      { active: false, is_environment: false, constraint_violated: false },
    );
  }
  expect(resourceRow({ id: "r", active: true }, 1).active).toBe(true);
});

test("the saving is the sum over the modules of the recommendations, dated by their run", () => {
  const recommendations = {
    run_timestamp: 100,
    modules: [{ name: "a", saving: 1.5 }, { name: "b" }, { saving: 2 }, { saving: "3" }],
  };
  expect(resourceRow({ id: "r", recommendations }, 1)).toMatchObject({ recommended_at: 100, saving: 3.5 });
});

test("times and savings that no column holds become ones that it does", () => {
  const recommendations = { run_timestamp: 1e21, modules: [{ saving: 1.5 }, { saving: 1e308 }] };
  expect(
    resourceRow({ id: "r", first_seen: -1e21, last_seen: 1e308, deleted_at: 2.5, recommendations }, 1),
  ).toMatchObject({
    first_seen: Number.MIN_SAFE_INTEGER,
    last_seen: Number.MAX_SAFE_INTEGER,
    deleted_at: 3,
    recommended_at: Number.MAX_SAFE_INTEGER,
    saving: 1.5,
  });
});

test("only a cluster record says itself which organization it belongs to", () => {
  expect(resourceRow({ id: "c", organization_id: "o", cluster_type_id: "t" }, 1)).toMatchObject({
    organization_id: "o",
    cloud_account_id: "",
    cluster_type_id: "t",
  });
  expect(resourceRow({ id: "r", organization_id: "o", cloud_account_id: "a" }, 1)).toMatchObject({
    organization_id: "",
    cloud_account_id: "a",
  });
});

test("tags become their keys, whatever the values", () => {
  expect(resourceRow({ id: "r", tags: { team: "web", empty: "", none: null } }, 1).tag_keys).toEqual([
    "team",
    "empty",
    "none",
  ]);
});
