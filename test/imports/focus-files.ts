import { writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

/** A charge of a made-up bill; a test says what matters to it. */
export type Charge = Readonly<Record<string, string | number | null>>;

const usual: Charge = {
  BilledCost: 1,
  BillingAccountId: "billing-1",
  BillingAccountName: "Acme Billing",
  BillingCurrency: "USD",
  BillingPeriodStart: "2024-09-01T00:00:00Z",
  BillingPeriodEnd: "2024-10-01T00:00:00Z",
  ChargeCategory: "Usage",
  ChargePeriodStart: "2024-09-02T00:00:00Z",
  ChargePeriodEnd: "2024-09-03T00:00:00Z",
  ContractedCost: 1,
  EffectiveCost: 1,
  ListCost: 1,
  ProviderName: "AWS",
  RegionId: "us-east-1",
  RegionName: "US East",
  ResourceId: "i-1",
  ResourceName: null,
  ResourceType: "Instance",
  ServiceName: "Amazon EC2",
  SubAccountId: "111",
  SubAccountName: "Acme Web",
  Tags: null,
};

export function charge(differences: Charge = {}): Charge {
  return { ...usual, ...differences };
}

export function charges(...differences: readonly Charge[]): Charge[] {
  return differences.map(charge);
}

export function csvOf(rows: readonly Charge[], header: readonly string[] = Object.keys(rows[0] ?? usual)): string {
  const field = (value: string | number | null | undefined) => {
    if (value === null || value === undefined) return "NULL";
    return typeof value === "number" ? String(value) : `"${value.replaceAll('"', '""')}"`;
  };
  return [header.map((name) => `"${name}"`), ...rows.map((row) => header.map((name) => field(row[name])))]
    .map((fields) => `${fields.join(",")}\n`)
    .join("");
}

export async function writeCsv(path: string, rows: readonly Charge[]): Promise<string> {
  const text = csvOf(rows);
  await writeFile(path, path.endsWith(".gz") ? gzipSync(text) : text);
  return path;
}

/** What an account costs on each day, added up apart from the code under test: `account day` to cost. */
export function sumsOf(rows: readonly Charge[], cost = "EffectiveCost"): Map<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const key = `${row.SubAccountId ?? row.BillingAccountId} ${String(row.ChargePeriodStart).slice(0, 10)}`;
    sums.set(key, (sums.get(key) ?? 0) + Number(row[cost]));
  }
  return sums;
}
