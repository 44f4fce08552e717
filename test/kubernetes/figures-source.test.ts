import { expect, test } from "vitest";
import { figuresSource } from "../../src/kubernetes/figures-source.js";

const METROCULUS_URL = "http://metroculusapi";

test("each place that figures may come from has a name of its own", () => {
  const names = [
    { METROCULUS_URL },
    { METROCULUS_URL: `${METROCULUS_URL}:8080` },
    { METROCULUS_URL: `${METROCULUS_URL}/other` },
    { THANOS_URL: METROCULUS_URL },
    { CLICKHOUSE_URL: "http://clickhouse:8123/acme" },
    { CLICKHOUSE_URL: "http://clickhouse:8123/other" },
    { THANOS_URL: "http://thanos", CLICKHOUSE_URL: "http://clickhouse:8123/acme" },
    { DATA_DIR: "./data" },
    { DATA_DIR: "./other" },
  ].map(figuresSource);
  expect(new Set(names).size).toBe(names.length);
});

test("what makes no difference to figures makes none to the name", () => {
  expect(figuresSource({ METROCULUS_URL, CLICKHOUSE_URL: "http://one", DATA_DIR: "a" })).toBe(
    figuresSource({ METROCULUS_URL: `${METROCULUS_URL}/`, CLICKHOUSE_URL: "http://two", DATA_DIR: "b" }),
  );
  expect(figuresSource({ CLICKHOUSE_URL: "http://a:hush@clickhouse:8123/acme" })).toBe(
    figuresSource({ CLICKHOUSE_URL: "http://clickhouse:8123/acme" }),
  );
});
