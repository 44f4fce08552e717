import type { EpochSeconds } from "../time.js";
import { isKept } from "./metric-names.js";
import { OmError } from "./om-error.js";

export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface CostQuery {
  readonly cloudAccountIds: readonly string[];
  /** Whether one account was asked for, and gets its answer bare. */
  readonly single: boolean;
  readonly start: EpochSeconds;
  /** The window is half-open: the end is not in it. */
  readonly end: EpochSeconds;
}

const MAX_ACCOUNTS = 200;
const MAX_METRICS = 100;

/**
 * `cloud_account_id` (repeated or comma-separated for several), `start_date` and `end_date`. An end that is not
 * after the start is legal, as it always was, and a window without time.
 * @throws OmError OM0008, OM0006
 */
export function costQuery(query: RawQuery): CostQuery {
  const ids = [...new Set(list(query, "cloud_account_id"))];
  if (ids.length === 0) throw new OmError("OM0008", "cloud_account_id");
  const start = seconds(query, "start_date");
  const end = seconds(query, "end_date");
  if (ids.length > MAX_ACCOUNTS || !ids.every((id) => /^[\w.:-]{1,64}$/.test(id))) {
    throw new OmError("OM0006", "cloud_account_id");
  }
  return { cloudAccountIds: ids, single: ids.length === 1, start, end };
}

/**
 * `metrics`: comma-separated names, or null for all there are.
 * @throws OmError OM0006 for a name that is not one of those kept
 */
export function metricNames(query: RawQuery): readonly string[] | null {
  const names = [...new Set(list(query, "metrics"))];
  if (names.length === 0) return null;
  if (names.length > MAX_METRICS || !names.every(isKept)) throw new OmError("OM0006", "metrics");
  return names;
}

function list(query: RawQuery, name: string): string[] {
  const given = query[name];
  const values = given === undefined ? [] : typeof given === "string" ? [given] : [...given];
  return values.flatMap((value) => value.split(",")).flatMap((value) => value.trim() || []);
}

function seconds(query: RawQuery, name: string): EpochSeconds {
  const given = query[name];
  const text = (typeof given === "object" ? given.at(-1) : given)?.trim() ?? "";
  if (text === "") throw new OmError("OM0008", name);
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || !Number.isSafeInteger(value)) throw new OmError("OM0006", name);
  return value;
}
