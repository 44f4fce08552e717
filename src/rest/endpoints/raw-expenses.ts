import type { CloudAccount } from "../../accounts/accounts.js";
import type { BillingRecord, StoredResource } from "../../expenses/resource-facts.js";
import type { Services } from "../../services.js";
import { type EpochSeconds, SECONDS_PER_DAY, type Window } from "../../time.js";
import { permitted } from "../authorization.js";
import { CSV_TYPE, type Endpoint, XLSX_TYPE } from "../endpoint.js";
import { RestError } from "../errors.js";
import { dates, format, limit } from "../expense-parameters.js";
import { windowOfArguments } from "../expense-scope.js";
import { expenseFormat, inOneBatch, rowsAnswer } from "../expenses-answer.js";
import { readArguments } from "../parameters.js";
import { rawExpensesExample, rawExpensesSchema } from "../schemas/raw-expenses.js";

export const rawExpenses: Endpoint = {
  path: "/resources/{resource_id}/raw_expenses",
  segments: { resource_id: "Resource, or cluster with all its members." },
  name: "rawExpenses",
  summary: "Billing records of a resource",
  description:
    "Records of the bill that start in the window, dearest first. Where the import kept no records, one a day stands in, made of what is known.",
  access: "token or secret",
  parameters: [...dates, format, limit],
  refusesOthers: true,
  errors: ["OE0002", "OE0003", "OE0212", "OE0216", "OE0217", "OE0223", "OE0224", "OE0446", "OE0473", "OE0496"],
  answer: {
    description: "The records, and their cost.",
    schema: rawExpensesSchema,
    example: rawExpensesExample,
    others: {
      [XLSX_TYPE]: "`format=xlsx`: the records as a workbook.",
      [CSV_TYPE]: "`format=csv`: the records as RFC 4180.",
    },
  },
  async handle({ services, principal, segments, query, signal }) {
    const resourceId = segments.resource_id as string;
    const owned = await ownedResource(services, resourceId);
    if (principal.kind === "user") await permitted(principal, "Resource", resourceId, owned);
    const args = readArguments(query, rawExpenses);
    if (owned === null) throw new RestError("OE0002", ["Resource", resourceId]);
    const chosen = expenseFormat(args.texts.format);
    const window = windowOfArguments(args);
    const records = seenIn(owned.resource, window)
      ? await services.resourceFacts.billingRecords(resourceId, owned.accounts, window, { signal })
      : [];
    const most = args.integers.limit;
    const rows = records.slice(0, most).map(rawExpense);
    return rowsAnswer({
      format: chosen,
      head: {
        start_date: window.start,
        end_date: window.end,
        total_cost: costWithin(records, window),
        ...(most !== undefined && { limit: most }),
      },
      key: "raw_expenses",
      rows: () => inOneBatch(rows),
      usualRow,
      rowCount: rows.length,
    });
  },
};

interface OwnedResource {
  readonly resource: StoredResource;
  readonly organizationId: string;
  readonly accounts: readonly CloudAccount[];
}

/** Null when there is none, or when its account or organization is gone. */
async function ownedResource({ accounts, resourceFacts }: Services, id: string): Promise<OwnedResource | null> {
  const resource = await resourceFacts.resource(id);
  if (resource === null) return null;
  let organizationId = resource.organizationId;
  if (resource.cloudAccountId !== null) {
    const [account] = await accounts.cloudAccountsByIds([resource.cloudAccountId]);
    organizationId = account?.organizationId ?? null;
  }
  if (organizationId === null || (await accounts.organization(organizationId)) === null) return null;
  return { resource, organizationId, accounts: await accounts.cloudAccountsOf(organizationId) };
}

function seenIn({ firstSeen, lastSeen }: StoredResource, { start, end }: Window): boolean {
  return firstSeen !== null && lastSeen !== null && firstSeen <= end && lastSeen >= start;
}

/** What every record is shown with, whatever its provider wrote. */
const usualRow = { cloud_account_id: "", resource_id: "", start_date: "", end_date: "", cost: 0 };

function rawExpense({ cloudAccountId, cloudResourceId, start, end, cost, record }: BillingRecord) {
  return {
    ...record,
    cloud_account_id: cloudAccountId,
    resource_id: cloudResourceId,
    start_date: dateTime(start),
    end_date: dateTime(end),
    cost,
  };
}

/** A date-time without a zone, as the original writes it. */
function dateTime(instant: EpochSeconds): string {
  return new Date(instant * 1000).toISOString().slice(0, 19);
}

/** A record of several days that reaches beyond the window counts by the day, for no more days than the window has. */
function costWithin(records: readonly BillingRecord[], window: Window): number {
  const windowDays = Math.ceil((window.end - window.start) / SECONDS_PER_DAY);
  return records.reduce((sum, { start, end, cost }) => {
    const days = Math.ceil((end - start) / SECONDS_PER_DAY);
    if (end < window.end || days <= 1) return sum + cost;
    return sum + (cost / days) * Math.min(days, windowDays);
  }, 0);
}
