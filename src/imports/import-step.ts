import type { ClickHouse } from "../stores/clickhouse.js";
import { type ChargeReplacement, replaceCharges } from "./replace-charges.js";
import { expenseFacts, replaceFacts, trafficFacts } from "./replace-facts.js";
import { replaceResources } from "./replace-resources.js";
import { stagingTable } from "./staging.js";

/** One thing to do with the staged rows of an import. It is kept as JSON, and doing it again changes nothing. */
export type ImportStep =
  | {
      readonly kind: "replaceFacts";
      readonly table: "expenses" | "traffic_expenses";
      readonly accountIds: readonly string[];
    }
  | {
      readonly kind: "replaceResources";
      readonly accountIds: readonly string[];
      /** Whose cluster records are replaced. */
      readonly organizationIds: readonly string[];
      readonly version: number;
    }
  | ({ readonly kind: "replaceCharges" } & ChargeReplacement);

export async function applyStep(clickHouse: ClickHouse, importId: string, step: ImportStep): Promise<void> {
  switch (step.kind) {
    case "replaceFacts":
      return replaceFacts(
        clickHouse,
        step.table === "expenses" ? expenseFacts : trafficFacts,
        stagingTable(importId, step.table),
        {
          where: "cloud_account_id IN {accountIds:Array(String)}",
          parameters: { accountIds: step.accountIds },
        },
      );
    case "replaceResources":
      return replaceResources(clickHouse, stagingTable(importId, "resources"), step);
    case "replaceCharges":
      return replaceCharges(clickHouse, importId, step);
  }
}
