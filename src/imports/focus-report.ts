import type { FocusCostColumn } from "./focus-columns.js";

export interface FocusReport {
  readonly organization: {
    readonly id: string;
    readonly name: string;
    readonly currency: string;
    /** Whether this import made it. */
    readonly created: boolean;
  };
  readonly costColumn: FocusCostColumn;
  /** Charges that were stored. */
  readonly charges: number;
  /** Resources that these charges belong to. */
  readonly resources: number;
  readonly cost: number;
  /** First and last charged UTC day, `YYYY-MM-DD`. */
  readonly days: { readonly first: string; readonly last: string };
  /** Accounts in order of their names. The store's sums equal the file's: they were compared. */
  readonly accounts: readonly FocusAccountReport[];
  /** What was not stored, and why. */
  readonly leftOut: readonly FocusLeftOut[];
  /** Charges whose tags are no JSON object; they were stored without tags. */
  readonly unreadableTags: number;
  /** Columns that no expense is taken from and whose nested values the billing records are without. */
  readonly leftOutColumns: readonly string[];
}

export interface FocusAccountReport {
  readonly id: string;
  readonly name: string;
  /** The cloud's own id of the account. */
  readonly accountId: string;
  readonly type: string;
  readonly charges: number;
  readonly cost: number;
  /** In order of days, `YYYY-MM-DD` in UTC. */
  readonly daily: readonly { readonly day: string; readonly charges: number; readonly cost: number }[];
}

export interface FocusLeftOut {
  /** Another currency than the organization's, or no value in the cost column. */
  readonly reason: "CURRENCY" | "NO_COST";
  readonly currency: string;
  readonly charges: number;
  /** Null where the cost is what is missing, and where the costs add up to more than a number can hold. */
  readonly cost: number | null;
}

/** The report for a person, in lines. @param daily whether to list each account's days */
export function formatFocusReport(report: FocusReport, { daily = false }: { readonly daily?: boolean } = {}): string {
  const { organization } = report;
  const money = (cost: number) => cost.toFixed(6);
  const number = (value: number) => value.toLocaleString("en");
  const lines = [
    `Imported ${number(report.charges)} charges of ${report.days.first} to ${report.days.last} into ${organization.name} (${organization.id})${organization.created ? ", which is new" : ""}.`,
    `${number(report.resources)} resources in ${number(report.accounts.length)} accounts, ${report.costColumn} ${money(report.cost)} ${organization.currency}; the store's sums equal the file's, per account and day:`,
  ];
  const rows: (readonly string[])[] = [["account", "type", "charges", `cost, ${organization.currency}`]];
  for (const account of report.accounts) {
    const label = account.name.includes(account.accountId) ? account.name : `${account.name} (${account.accountId})`;
    rows.push([label, account.type.toLowerCase(), number(account.charges), money(account.cost)]);
    if (!daily) continue;
    for (const { day, charges, cost } of account.daily) rows.push([`  ${day}`, "", number(charges), money(cost)]);
  }
  lines.push(...table(rows));
  for (const { reason, currency, charges, cost } of report.leftOut) {
    lines.push(
      reason === "CURRENCY"
        ? `Left out: ${number(charges)} charges in ${currency}, ${cost === null ? "more than a number can hold of" : money(cost)} ${currency} in all; an organization has one currency.`
        : `Left out: ${number(charges)} charges without ${report.costColumn}.`,
    );
  }
  if (report.unreadableTags > 0) {
    lines.push(`Tags of ${number(report.unreadableTags)} charges are not a JSON object and were left out.`);
  }
  if (report.leftOutColumns.length > 0) {
    lines.push(
      `Left out of the billing records, as their nested values cannot be read: ${report.leftOutColumns.join(", ")}.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Columns side by side, the first two to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
