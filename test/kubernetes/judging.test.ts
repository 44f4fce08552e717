import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { judge } from "../../src/kubernetes/judging.js";
import { exporter, flat, flatWithBreakdown, handover, infrastructure, legacy, seed, zeros } from "./bodies.js";

const week = { start: 1_759_490_000, end: 1_760_094_800 };
const read = (body: unknown) => judge({ cloudAccountId: "cluster-1", window: week }, body, 1_760_100_000);
const codes = (body: unknown) => read(body).warnings.map(({ code }) => code);

describe("answers of the field", () => {
  test("a summary alone is an allocation, its figures as they were given", () => {
    expect(read(seed)).toMatchObject({
      status: "OK",
      method: "ALLOCATION",
      cost: 105,
      components: { management: 3.2, cpu: 50, ram: 30, pv: 10, network: 5, loadBalancer: 6.8, unattributed: 0 },
      efficiency: null,
      coverage: null,
      asOf: 1_760_100_000,
      warnings: [],
      summary: seed.summary,
      statedCurrency: null,
    });
  });

  test("a summary without CPU, memory and volumes leaves those unknown, not zero", () => {
    const reading = read(infrastructure);
    expect(reading).toMatchObject({
      status: "PARTIAL",
      method: "INFRASTRUCTURE_ONLY",
      cost: 29.837599999999995,
      components: {
        management: 10.4,
        cpu: null,
        ram: null,
        pv: null,
        network: 16.951999999999998,
        loadBalancer: 2.4856000000000003,
        unattributed: 0,
      },
    });
    expect(codes(infrastructure)).toEqual(["INFRASTRUCTURE_ONLY", "NETWORK_UNIT_PRICE"]);
  });

  test("a summary with efficiency is an allocation, and percentages become fractions", () => {
    expect(read(exporter)).toMatchObject({
      status: "OK",
      method: "ALLOCATION",
      cost: 12.72,
      components: { management: 0.6, cpu: 5.2, ram: 3.8, pv: 2.12, network: 0.5, loadBalancer: 0.5, unattributed: 0 },
      efficiency: { cpu: 0.425, ram: 0.483, total: 0.454 },
      warnings: [],
    });
  });

  test("a summary with efficiency is an allocation even when CPU, memory and volumes are zero", () => {
    const body = {
      summary: { total_cost: 3.2, management_cost: 3.2, cpu_cost: 0, ram_cost: 0, pv_cost: 0 },
      efficiency: { cpu_efficiency: 0.1 },
    };
    expect(read(body)).toMatchObject({ status: "OK", method: "ALLOCATION", components: { cpu: 0, ram: 0, pv: 0 } });
  });

  test("the legacy form knows management only, and its points tell the coverage", () => {
    const reading = read(legacy);
    expect(reading).toMatchObject({
      status: "PARTIAL",
      method: "MANAGEMENT_ONLY",
      cost: 3.2,
      components: { management: 3.2, cpu: null, ram: null, pv: null, network: null, loadBalancer: null },
    });
    expect(reading.coverage).toBeCloseTo(32 / 168, 10);
    expect(codes(legacy)).toEqual(["LEGACY_FORMAT", "LOW_COVERAGE"]);
  });

  test("the flat form is an allocation under any of its names", () => {
    expect(read(flat)).toMatchObject({
      status: "OK",
      method: "ALLOCATION",
      cost: 1.15,
      components: { management: null, cpu: 0.5, ram: 0.35, pv: 0.1, network: 0.05, loadBalancer: 0.15 },
      efficiency: { cpu: 0.65, ram: 0.58, total: 0.62 },
      summary: { total_cost: 1.15, lb_cost: 0.15 },
    });
    expect(read({ total_cost: 6, load_balancer_cost: 1, memory_cost: 2, storage_cost: 3 })).toMatchObject({
      status: "OK",
      components: { loadBalancer: 1, ram: 2, pv: 3, unattributed: 0 },
    });
  });

  test("a flat total with a breakdown by component is an allocation, and half a percent apart is rounding", () => {
    expect(read(flatWithBreakdown)).toMatchObject({
      status: "OK",
      method: "ALLOCATION",
      cost: 105.5,
      components: { management: 3.2, cpu: 50, ram: 30, pv: 10, network: 5, loadBalancer: 6.8, unattributed: 0 },
      warnings: [],
    });
  });

  test("management that is listed beside the total and not in it is told by name", () => {
    const reading = read(handover);
    expect(reading).toMatchObject({ status: "OK", cost: 330.79, components: { management: 22.5 } });
    expect(reading.components?.unattributed).toBeCloseTo(-22.5, 9);
    expect(codes(handover)).toEqual(["MANAGEMENT_NOT_IN_TOTAL"]);
  });

  test("a plan's extras beside the summary do no harm", () => {
    const body = {
      ...exporter,
      breakdown_by_namespace: [{ namespace: "default", cpu_cost: 1, total_cost: 2 }],
      savings_recommendations: { requestSizing: { state: "ready", value: 44.31 } },
    };
    expect(read(body)).toMatchObject({ status: "OK", cost: 12.72 });
  });
});

describe("zero, nothing and nonsense", () => {
  test("zeros without a sample are no data, with a hint at the tenant id", () => {
    expect(read(zeros)).toMatchObject({ status: "NO_DATA", cost: null, components: null, method: null });
    expect(read(zeros).warnings[0]?.message).toContain("Cloud-Account-Id");
    for (const body of [
      { summary: {} },
      { summary: { total_cost: null } },
      { ...legacy, total_cost: 0, data_points: [] },
      { ...zeros, coverage: 0 },
      { ...zeros, efficiency: { cpu_efficiency: 0, ram_efficiency: 0, total_efficiency: 0 } },
    ]) {
      expect(read(body).status).toBe("NO_DATA");
    }
  });

  test("zeros with samples or coverage are zero", () => {
    for (const body of [
      { ...zeros, coverage: 1 },
      { ...zeros, metrics: [{ timestamp: 1_759_490_000, value: 0 }] },
      { ...zeros, efficiency: { cpu_efficiency: 0.2 } },
      { ...legacy, total_cost: 0 },
    ]) {
      expect(read(body)).toMatchObject({ status: "ZERO", cost: 0, method: null });
    }
  });

  test("a total of zero beside components that cost is not known to be zero", () => {
    const body = { summary: { total_cost: 0, management_cost: 3.2, cpu_cost: 1 } };
    expect(read(body).status).toBe("PARTIAL");
    expect(codes(body)).toContain("COMPONENTS_DO_NOT_ADD_UP");
  });

  test.each([
    ["null", null],
    ["a list", [seed]],
    ["a string", "Error"],
    ["a number", 105],
    ["nothing", {}],
    ["a summary that is none", { summary: "105.00" }],
    ["a summary that is a list", { summary: [105] }],
    ["a total alone", { total_cost: 105 }],
    ["a total of zero alone", { total_cost: 0 }],
    ["an error envelope", { error: { status_code: 500, error_code: "U0500", reason: "x", params: [] } }],
    ["a body of another endpoint", { cloud_account_id: "cluster-1", metrics: {} }],
    ["a total as text", { summary: { total_cost: "105.00" } }],
    ["a total that is not a number", { summary: { total_cost: "NaN", cpu_cost: 5 } }],
    ["an infinite total", { summary: { total_cost: Number.POSITIVE_INFINITY } }],
    ["a negative total", { summary: { total_cost: -0.01 } }],
    ["a missing total", { summary: { cpu_cost: 5 } }],
    ["a total that is an object", { summary: { total_cost: {} } }],
    ["a total that is true", { total_cost: true, data_points: [{ timestamp: 1, value: 1 }] }],
  ])("%s is malformed, and its cost not known", (_name, body) => {
    expect(read(body)).toMatchObject({ status: "MALFORMED", cost: null, components: null, summary: null });
  });

  test("an answer that names another account is given with a warning", () => {
    const [mine, another] = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"];
    const of = (cloud_account_id: unknown) =>
      judge({ cloudAccountId: mine, window: week }, { ...seed, cloud_account_id }, 1_760_100_000);
    expect(of(another)).toMatchObject({ status: "OK", cost: 105, warnings: [{ code: "OTHER_ACCOUNT" }] });
    for (const name of [mine, mine.toUpperCase(), undefined, null, "", "my-cluster", 7]) {
      expect(of(name)).toMatchObject({ status: "OK", cost: 105, warnings: [] });
    }
  });

  test("no body at all makes judging fail, and none makes a cost out of nothing", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const { status, cost } = read(body);
        expect(cost === null).toBe(["MALFORMED", "NO_DATA"].includes(status));
      }),
    );
  });
});

describe("components", () => {
  test("whatever is left between total and components is unattributed, or within the tolerance", () => {
    const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(amount, amount, amount, amount, (total, cpu, ram, pv) => {
        fc.pre(total > 0);
        const { components, cost, warnings } = read({
          summary: { total_cost: total, cpu_cost: cpu, ram_cost: ram, pv_cost: pv },
          efficiency: { cpu_efficiency: 0.5 },
        });
        expect(cost).toBe(total);
        const difference = total - (cpu + ram + pv);
        const unattributed = components?.unattributed ?? Number.NaN;
        if (Math.abs(difference) <= Math.max(0.01, 0.005 * total)) {
          expect(unattributed).toBe(0);
          expect(warnings).toEqual([]);
        } else {
          expect(Math.abs(unattributed - difference)).toBeLessThanOrEqual(1e-11 * Math.abs(difference));
          expect(warnings.map(({ code }) => code)).toEqual(["COMPONENTS_DO_NOT_ADD_UP"]);
        }
      }),
    );
  });

  test.each([
    [1, 0.99, true],
    [2, 1.99, true],
    [1, 0.9899, false],
    [200, 199, true],
    [1_000.1, 995.0995, true],
    [1_000.1, 995.09, false],
    [1, 1.01, true],
    [1, 1.0101, false],
  ])("a total of %d beside components of %d adds up: %s", (total_cost, cpu_cost, addsUp) => {
    const { components, warnings } = read({ summary: { total_cost, cpu_cost } });
    expect(components?.unattributed === 0).toBe(addsUp);
    expect(warnings.map(({ code }) => code)).toEqual(addsUp ? [] : ["COMPONENTS_DO_NOT_ADD_UP"]);
  });

  test("a component that is no number is not known, and a negative one is shown as it is", () => {
    const body = { summary: { total_cost: 10, cpu_cost: 12, ram_cost: "3", pv_cost: -2 } };
    expect(read(body)).toMatchObject({ status: "OK", components: { cpu: 12, ram: null, pv: -2 } });
    expect(codes(body)).toEqual(["COMPONENT_UNREADABLE", "COMPONENT_NEGATIVE"]);
  });
});

describe("coverage", () => {
  test("below 0.95 it makes a whole cost a part of it", () => {
    expect(read({ ...exporter, coverage: 0.949 })).toMatchObject({ status: "PARTIAL", coverage: 0.949 });
    expect(read({ ...exporter, coverage: 0.95 })).toMatchObject({ status: "OK", coverage: 0.95, warnings: [] });
  });

  test("a share that is none is not believed", () => {
    for (const coverage of [-0.1, 1.5, "1", null]) expect(read({ ...exporter, coverage }).coverage).toBeNull();
  });

  test("points of the same hour count once, and a point at either end does not make more than the whole", () => {
    const point = (hour: number) => ({ timestamp: week.start + hour * 3_600, value: 0.1 });
    const doubled = [...Array(169).keys(), ...Array(169).keys()].map(point);
    expect(read({ ...legacy, data_points: doubled }).coverage).toBe(1);
  });
});

describe("efficiency", () => {
  const efficiency = (cpu: unknown, ram: unknown, total: unknown, rest = {}) =>
    read({
      ...exporter,
      efficiency: { cpu_efficiency: cpu, ram_efficiency: ram, total_efficiency: total },
      ...rest,
    });

  test("values up to one are fractions, and one above ten makes all of them percentages", () => {
    expect(efficiency(0.65, 0, 1).efficiency).toEqual({ cpu: 0.65, ram: 0, total: 1 });
    expect(efficiency(45, 0.5, 9).efficiency).toEqual({ cpu: 0.45, ram: 0.005, total: 0.09 });
    expect(efficiency(250, null, 240).efficiency).toEqual({ cpu: 2.5, ram: null, total: 2.4 });
  });

  test("what may be either is not known, which is said", () => {
    for (const values of [
      [1.2, 0.4, 0.5],
      [2.57, 0.4, 2.4],
      [1.01, null, null],
    ]) {
      const reading = efficiency(values[0], values[1], values[2]);
      expect(reading.efficiency).toBeNull();
      expect(reading.warnings.map(({ code }) => code)).toEqual(["EFFICIENCY_UNIT_UNKNOWN"]);
    }
  });

  test("a Metroculus that names the unit or its method is believed", () => {
    expect(efficiency(2.57, 0.4, 2.4, { method: "ALLOCATION" }).efficiency).toEqual({
      cpu: 2.57,
      ram: 0.4,
      total: 2.4,
    });
    expect(efficiency(1.2, 1, 1, { efficiency_unit: "percent" }).efficiency).toEqual({
      cpu: 0.012,
      ram: 0.01,
      total: 0.01,
    });
  });

  test("values that are no efficiency are not known", () => {
    expect(efficiency("0.5", -1, 0.4).efficiency).toEqual({ cpu: null, ram: null, total: 0.4 });
    expect(efficiency("0.5", -1, null).efficiency).toBeNull();
  });
});

describe("network prices taken for costs", () => {
  test("are told by the proportion of the three prices", () => {
    const hour = { network_internet_cost: 0.29, network_region_cost: 0.02, network_zone_cost: 0.02 };
    expect(codes({ ...infrastructure, breakdown: hour })).toContain("NETWORK_UNIT_PRICE");
    const traffic = { network_internet_cost: 12, network_region_cost: 3, network_zone_cost: 1.9 };
    expect(codes({ ...infrastructure, breakdown: traffic })).toContain("NETWORK_UNIT_PRICE"); // by its hours
    const summary = { ...infrastructure.summary, network_cost: 16.9, total_cost: 29.7856 };
    expect(codes({ summary: { ...summary, network_cost: 12, total_cost: 24.8856 } })).not.toContain(
      "NETWORK_UNIT_PRICE",
    );
  });

  test("are told by their sum over the window's hours, whatever the management fee is", () => {
    const network_cost = 168 * 0.163;
    const body = { summary: { total_cost: network_cost, network_cost } };
    expect(codes(body)).toContain("NETWORK_UNIT_PRICE");
    expect(codes({ ...body, summary: { total_cost: 100, network_cost: 100 } })).not.toContain("NETWORK_UNIT_PRICE");
  });

  test("are not suspected where allocations are known", () => {
    expect(codes(exporter)).toEqual([]);
    expect(codes(handover)).not.toContain("NETWORK_UNIT_PRICE");
  });

  test("are not suspected in the built-in Metroculus, where equal bytes in all directions cost in that proportion", () => {
    const breakdown = { network_internet_cost: 1.43, network_region_cost: 0.1, network_zone_cost: 0.1 };
    const body = { ...exporter, breakdown };
    expect(codes(body)).toEqual(["NETWORK_UNIT_PRICE"]);
    expect(codes({ ...body, method: "ALLOCATION" })).toEqual([]);
  });
});

test("the currency that Metroculus names is kept, and its own remarks are passed on", () => {
  const reading = read({
    ...exporter,
    currency: " eur ",
    warnings: [{ code: "DUPLICATE_SERIES", message: "Two replicas report." }, "Frozen figures left out.", { code: 1 }],
  });
  expect(reading.statedCurrency).toBe("EUR");
  expect(reading.warnings).toEqual([
    { code: "DUPLICATE_SERIES", message: "Two replicas report." },
    { code: "METROCULUS_SAYS", message: "Frozen figures left out." },
  ]);
});
