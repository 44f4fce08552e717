import { GatewayError } from "../errors.js";
import { assertWritable } from "../stores/read-only.js";
import type { Stores } from "../stores/stores.js";
import { SECONDS_PER_DAY } from "../time.js";
import {
  type FocusAccount,
  type FocusOrganization,
  findOrganization,
  named,
  storeOrganization,
} from "./focus-accounts.js";
import type { FocusCostColumn } from "./focus-columns.js";
import { type FocusFile, openFocusFile } from "./focus-file.js";
import type { FocusAccountReport, FocusLeftOut, FocusReport } from "./focus-report.js";
import { type ChargeStaging, stageCharges } from "./focus-staging.js";
import { commitImport, dropUncommitted, importsOf } from "./journal.js";
import type { ImportOptions } from "./progress.js";
import { stageLosses } from "./replace-charges.js";
import { nextVersion } from "./replace-resources.js";
import { newImportId } from "./staging.js";

export { type FocusCostColumn, focusCostColumns } from "./focus-columns.js";
export type { FocusReport } from "./focus-report.js";
export { formatFocusReport } from "./focus-report.js";

export interface FocusImport {
  /** CSV or Parquet, plain or gzip; all of them together are one import. */
  readonly files: readonly string[];
  /** The organization's name; it is made when there is none of that name. */
  readonly organization: string;
  /** ISO 4217; needed when the files hold several and the organization is new. */
  readonly currency?: string | undefined;
  /** EffectiveCost by default. */
  readonly cost?: FocusCostColumn | undefined;
}

/**
 * Imports FOCUS cost and usage files. Importing the same files again changes nothing; what an import replaces is
 * said at {@link ChargeCoverage}.
 * @throws GatewayError BAD_IMPORT_FILE with file, row and column; BAD_USER_INPUT for an organization or currency
 *   that cannot be meant. Nothing was stored then.
 */
export async function importFocus(
  stores: Stores,
  { files: names, organization: name, currency, cost: costColumn = "EffectiveCost" }: FocusImport,
  options: ImportOptions = {},
): Promise<FocusReport> {
  await assertWritable(stores);
  if (names.length === 0) throw new GatewayError("BAD_USER_INPUT", "Name at least one file to import.");
  const organization = await findOrganization(stores.relational, name, currency);
  const id = newImportId();
  await using files = await openAll(names);
  try {
    const parameters = { organizationId: organization.id, currency: organization.currency };
    const staging = await stageCharges(stores.clickHouse, id, files.opened, costColumn, parameters, options);
    const staged = await summarize(stores, staging);
    const inCurrency = usableCurrency(names, organization, staged);
    options.progress?.({ phase: "storing", done: 0, total: 1, unit: "steps" });
    const origin = { organizationId: organization.id, files: files.opened.map(({ source }) => source) };
    const coverage = {
      accountIds: staged.accounts.map((account) => account.id),
      start: staged.firstDay,
      end: staged.lastDay + SECONDS_PER_DAY,
      earlierImportIds: await importsOf(stores, origin),
    };
    const touchedAccountIds = await stageLosses(stores.clickHouse, id, coverage);
    const version = await nextVersion(stores.clickHouse);
    await commitImport(stores, {
      id,
      kind: "focus",
      origin,
      steps: [{ kind: "replaceCharges", ...coverage, touchedAccountIds, version }],
      changeRelational: (transaction) =>
        storeOrganization(transaction, { ...organization, currency: inCurrency }, staged.accounts),
    });
    await compareSums(stores, staged, coverage);
    options.progress?.({ phase: "storing", done: 1, total: 1, unit: "steps" });
    return {
      organization: { ...organization, currency: inCurrency },
      costColumn,
      charges: staged.charges,
      resources: staged.resources,
      cost: staged.cost,
      days: { first: dayOf(staged.firstDay), last: dayOf(staged.lastDay) },
      accounts: staged.reports,
      leftOut: staged.leftOut,
      unreadableTags: staged.unreadableTags,
      leftOutColumns: [...new Set(files.opened.flatMap(unreadableColumns))],
    };
  } catch (error) {
    await dropUncommitted(stores, id);
    throw error;
  }
}

async function openAll(names: readonly string[]): Promise<AsyncDisposable & { readonly opened: readonly FocusFile[] }> {
  const opened: FocusFile[] = [];
  const files = {
    opened,
    async [Symbol.asyncDispose]() {
      for (const file of opened) await file[Symbol.asyncDispose]();
    },
  };
  try {
    for (const name of names) {
      const file = await openFocusFile(name);
      opened.push(file);
      if (opened.some((other) => other !== file && other.source === file.source)) {
        throw new GatewayError("BAD_USER_INPUT", `${name} is named twice: its charges would count twice.`);
      }
    }
    return files;
  } catch (error) {
    await files[Symbol.asyncDispose]();
    throw error;
  }
}

function unreadableColumns({ header, types }: FocusFile): string[] {
  return header.filter((_name, position) => types[position] === "unreadable");
}

interface StagedCharges {
  readonly charges: number;
  readonly cost: number;
  /** Whether costs can be added up, in whichever order; their sums are no numbers otherwise. */
  readonly summable: boolean;
  readonly resources: number;
  /** Midnights UTC. */
  readonly firstDay: number;
  readonly lastDay: number;
  readonly accounts: readonly FocusAccount[];
  readonly reports: readonly FocusAccountReport[];
  /** Of what is kept, in order. */
  readonly currencies: readonly { readonly currency: string; readonly charges: number }[];
  readonly leftOut: readonly FocusLeftOut[];
  readonly unreadableTags: number;
  /** What the files say an account costs on a day, and how far rounding may take another order of adding up. */
  readonly sums: readonly {
    readonly account: string;
    readonly day: number;
    readonly cost: number;
    readonly slack: number;
  }[];
}

async function summarize({ clickHouse }: Stores, { charges }: ChargeStaging): Promise<StagedCharges> {
  const [totals] = await clickHouse.query<{
    charges: number;
    cost: number;
    resources: number;
    firstDay: number;
    lastDay: number;
    unreadableTags: number;
    summable: number;
  }>(
    `SELECT count() AS charges, sum(charge.cost) AS cost, uniqExact(resource_id) AS resources,
       toUnixTimestamp(toStartOfDay(min(start_date))) AS firstDay,
       toUnixTimestamp(toStartOfDay(max(start_date))) AS lastDay,
       countIf(NOT readable_tags) AS unreadableTags, isFinite(ifNull(sum(abs(charge.cost)), 0)) AS summable
     FROM ${charges} AS charge WHERE kept`,
  );
  const accounts = await clickHouse.query<FocusAccount>(
    `SELECT cloud_account_id AS id, any(account_type) AS type, any(charge.account_id) AS accountId,
       coalesce(argMax(account_name, (start_date, account_name)), nullIf(accountId, ''), any(provider)) AS name
     FROM ${charges} AS charge WHERE kept GROUP BY cloud_account_id ORDER BY name, accountId`,
  );
  const daily = await clickHouse.query<{ account: string; day: number; charges: number; cost: number; slack: number }>(
    `SELECT cloud_account_id AS account, toUnixTimestamp(toStartOfDay(start_date)) AS day, count() AS charges,
       sum(charge.cost) AS cost, sum(abs(charge.cost)) * 1e-12 AS slack
     FROM ${charges} AS charge WHERE kept GROUP BY account, day ORDER BY account, day`,
  );
  const currencies = await clickHouse.query<{ currency: string; charges: number }>(
    `SELECT assumeNotNull(charge.currency) AS currency, count() AS charges FROM ${charges} AS charge WHERE kept
     GROUP BY currency ORDER BY charges DESC, currency`,
  );
  const leftOut = await clickHouse.query<FocusLeftOut>(
    `SELECT if(charge.cost IS NULL, 'NO_COST', 'CURRENCY') AS reason, assumeNotNull(charge.currency) AS currency,
       count() AS charges, sum(charge.cost) AS cost
     FROM ${charges} AS charge WHERE NOT kept GROUP BY reason, currency ORDER BY reason, currency`,
  );
  const daysOf = new Map<string, typeof daily>(accounts.map(({ id }) => [id, []]));
  for (const day of daily) daysOf.get(day.account)?.push(day);
  return {
    charges: totals?.charges ?? 0,
    cost: totals?.cost ?? 0,
    summable: totals?.summable !== 0,
    resources: totals?.resources ?? 0,
    firstDay: totals?.firstDay ?? 0,
    lastDay: totals?.lastDay ?? 0,
    accounts,
    reports: named(accounts, new Set()).map((account) => {
      const days = daysOf.get(account.id) ?? [];
      return {
        ...account,
        charges: days.reduce((sum, day) => sum + day.charges, 0),
        cost: days.reduce((sum, day) => sum + day.cost, 0),
        daily: days.map(({ day, charges, cost }) => ({ day: dayOf(day), charges, cost })),
      };
    }),
    currencies,
    leftOut,
    unreadableTags: totals?.unreadableTags ?? 0,
    sums: daily,
  };
}

/**
 * The currency of what is imported.
 * @throws GatewayError BAD_IMPORT_FILE when there is nothing to import, or no one currency to import it in,
 *   or no sum of it.
 */
function usableCurrency(
  names: readonly string[],
  organization: FocusOrganization,
  { charges, summable, currencies, leftOut }: StagedCharges,
): string {
  const refuse = (sentence: string) => new GatewayError("BAD_IMPORT_FILE", `${names.join(", ")}: ${sentence}.`);
  const listed = (list: readonly { readonly currency: string; readonly charges: number }[]) =>
    list.map((part) => `${part.currency} (${part.charges} charges)`).join(", ");
  if (!summable) throw refuse("its costs add up to more than a number can hold: some must be wrong");
  if (currencies.length > 1) {
    throw refuse(`several currencies, ${listed(currencies)}: choose the one of ${organization.name} with --currency`);
  }
  const [currency] = currencies;
  if (charges > 0 && currency) return currency.currency;
  const others = leftOut.filter(({ reason }) => reason === "CURRENCY");
  if (leftOut.length === 0) throw refuse("it holds no charges");
  if (others.length === 0) throw refuse("no charge has a cost in the chosen column");
  throw refuse(`no charge is in ${organization.currency}, the currency of ${organization.name}, but ${listed(others)}`);
}

/** The promise that the report makes. @throws GatewayError INTERNAL when the store's sums are not the files'. */
async function compareSums(
  { clickHouse }: Stores,
  { sums }: StagedCharges,
  { accountIds, start, end }: { readonly accountIds: readonly string[]; readonly start: number; readonly end: number },
): Promise<void> {
  const stored = await clickHouse.query<{ account: string; day: number; cost: number; slack: number }>(
    `SELECT cloud_account_id AS account, toUnixTimestamp(date) AS day, sum(e.cost * e.sign) AS cost,
       sum(abs(e.cost)) * 1e-12 AS slack
     FROM expenses AS e
     WHERE cloud_account_id IN {accountIds:Array(String)}
       AND date >= toDateTime({start:UInt32}, 'UTC') AND date < toDateTime({end:UInt32}, 'UTC')
     GROUP BY account, day HAVING sum(e.sign) > 0`,
    { accountIds, start, end },
  );
  const inStore = new Map(stored.map((sum) => [`${sum.account} ${sum.day}`, sum]));
  for (const { account, day, cost, slack } of sums) {
    const key = `${account} ${day}`;
    const found = inStore.get(key);
    inStore.delete(key);
    // Adding up in another order, or what was taken back since, moves the last digits.
    if (found === undefined || Math.abs(found.cost - cost) > slack + found.slack)
      throw differs(account, day, cost, found?.cost);
  }
  for (const { account, day, cost } of inStore.values()) throw differs(account, day, undefined, cost);
}

function differs(account: string, day: number, cost: number | undefined, inStore: number | undefined): GatewayError {
  return new GatewayError(
    "INTERNAL",
    `The store holds ${inStore ?? "nothing"} for account ${account} on ${dayOf(day)}, the files ${cost ?? "nothing"}: import them again.`,
  );
}

function dayOf(midnight: number): string {
  return new Date(midnight * 1000).toISOString().slice(0, 10);
}
