import { isObject, type JsonObject } from "../json.js";
import type { Answer } from "./answer.js";
import type { CostMethod, CostWarning } from "./cluster-cost.js";

const methods: readonly CostMethod[] = ["MANAGEMENT_ONLY", "INFRASTRUCTURE_ONLY", "ALLOCATION"];

/** The built-in Metroculus names its method, which no other does. */
export function statedMethod(body: JsonObject): CostMethod | undefined {
  return methods.find((method) => method === body.method);
}

/** The built-in Metroculus's efficiencies are fractions. */
export function efficiencyUnit(body: JsonObject): "fraction" | "percent" | null {
  if (body.efficiency_unit === "fraction" || body.efficiency_unit === "percent") return body.efficiency_unit;
  return statedMethod(body) === undefined ? null : "fraction";
}

export function statedCurrency({ body, components }: Answer): string | null {
  const stated = body.currency ?? components.currency;
  return typeof stated === "string" && stated.trim() !== "" ? stated.trim().toUpperCase() : null;
}

/** Warnings that Metroculus gives itself, as the built-in one does; anything that is not one is passed over. */
export function statedWarnings({ warnings }: JsonObject): CostWarning[] {
  if (!Array.isArray(warnings)) return [];
  return warnings.slice(0, 20).flatMap((warning: unknown) => {
    if (typeof warning === "string") return [{ code: "METROCULUS_SAYS", message: warning.slice(0, 500) }];
    if (!isObject(warning)) return [];
    const { code, message } = warning;
    if (typeof code !== "string" || !/^[A-Z][A-Z_]{2,39}$/.test(code) || typeof message !== "string") return [];
    return [{ code, message: message.slice(0, 500) }];
  });
}
