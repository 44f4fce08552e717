import type { FocusColumns, FocusField } from "./focus-columns.js";
import type { FocusFile } from "./focus-file.js";
import { providerKeySql, providerTypeSql } from "./focus-providers.js";
import type { ColumnType } from "./parquet-columns.js";
import { stableIdSql } from "./stable-id.js";

/** A number as FOCUS writes it; also what JavaScript's Number and ClickHouse's toFloat64 read alike. */
export const NUMBER_PATTERN = "^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$";

/** ISO 8601 from the year to the second, in UTC unless it says otherwise; the time may be missing. DateTime's years. */
export const INSTANT_PATTERN =
  "^(19[7-9][0-9]|20[0-9]{2}|210[0-5])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])" +
  "([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?" +
  " ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2})?$";

export const CURRENCY_PATTERN = "^[A-Z]{3}$";

/** What is null in a charge, besides nothing. */
export const NULLS: readonly string[] = ["NULL", "\\N", ""];

/** One row a charge, on its way into the staging tables; see chargesSql. */
export const chargeColumns = `
  valid             Bool,                    -- whether every value that is needed can be read
  kept              Bool,                    -- valid, in the organization's currency, and with a cost
  currency          LowCardinality(Nullable(String)),
  cost              Nullable(Float64),
  start_date        DateTime('UTC'),
  end_date          DateTime('UTC'),         -- exclusive
  cloud_account_id  LowCardinality(String),
  resource_id       String,
  provider          LowCardinality(String),
  account_type      LowCardinality(String),
  account_id        LowCardinality(String),  -- the cloud's own
  account_name      LowCardinality(Nullable(String)),
  cloud_resource_id Nullable(String),
  name              Nullable(String),
  resource_type     LowCardinality(Nullable(String)),
  region            LowCardinality(Nullable(String)),
  service_name      LowCardinality(Nullable(String)),
  meta              String,                  -- a JSON object
  tags              String,                  -- a JSON object, '' where there are none
  readable_tags     Bool`;

/** The billing record itself, as raw_expenses keeps it. */
export const recordColumns = `
  header            LowCardinality(String),
  fields            Array(String)`;

/** The names of columns in such a list, in order. */
export function columnNames(columns: string): string {
  return [...columns.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name).join(", ");
}

/**
 * What ClickHouse is told about a file's columns: in a CSV file they go by position, and one more catches what a row
 * has too much; in a Parquet file they go by name.
 */
export function structureOf(file: FocusFile): string {
  const columns = file.header
    .map((name, position) => ({ name, position, type: file.types[position] }))
    .filter(({ type }) => type !== "unreadable")
    .map(({ name, position, type }) => {
      const column = file.format === "CSV" ? `c${position}` : quoted(name);
      return `${column} ${typeSql(type)}`;
    });
  return [...columns, ...(file.format === "CSV" ? [`${beyond(file)} Nullable(String)`] : [])].join(", ");
}

function typeSql(type: ColumnType | undefined): string {
  if (type === "map") return "Map(String, Nullable(String))";
  if (typeof type !== "object") return "Nullable(String)";
  if ("members" in type) return `Tuple(${type.members.map((name) => `${quoted(name)} Nullable(String)`).join(", ")})`;
  return `Array(Tuple(${quoted(type.key)} Nullable(String), ${quoted(type.value)} Nullable(String)))`;
}

/** A JSON object of a map, of a list of pairs, or of the members of a structure that are set. */
function objectText(column: string, type: Exclude<ColumnType, "text" | "unreadable">): string {
  if (type === "map") return `if(empty(${column}), NULL, toJSONString(${column}))`;
  const pairs =
    "members" in type ? `arrayFilter(member -> isNotNull(member.2), tupleToNameValuePairs(${column}))` : column;
  const map = `mapFromArrays(arrayMap(pair -> ifNull(pair.1, ''), ${pairs}), arrayMap(pair -> pair.2, ${pairs}))`;
  return `if(empty(${pairs}), NULL, toJSONString(${map}))`;
}

/**
 * How a CSV file is read: no field of a row is null, except those that the row does not have. So rows of too few or
 * too many fields are known. (Left to itself, the engine takes a row that has an empty field too much.)
 */
export const csvSettings = {
  input_format_csv_detect_header: 0,
  input_format_csv_skip_trailing_empty_lines: 1,
  input_format_csv_allow_variable_number_of_columns: 1,
  input_format_csv_empty_as_default: 0,
  format_csv_null_representation: "\u0001",
} as const;

function beyond(file: FocusFile): string {
  return `c${file.header.length}`;
}

/** Whether a row has as many fields as the header, and whether it is an empty line, in SQL. */
function shapeOf(file: FocusFile): { readonly whole: string; readonly isRow: string } {
  if (file.format !== "CSV") return { whole: "true", isRow: "true" };
  return {
    whole: `c${file.header.length - 1} IS NOT NULL AND ${beyond(file)} IS NULL`,
    isRow: "NOT (c0 = '' AND c1 IS NULL)",
  };
}

function quoted(name: string): string {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}

export interface ChargeParameters {
  readonly organizationId: string;
  /** The organization's; without it charges of every currency are kept. */
  readonly currency: string | undefined;
}

/**
 * A SELECT that makes charges (chargeColumns and recordColumns) of a file's rows.
 * No name from the file becomes part of the statement: columns are named by parameters.
 */
export function chargesSql(
  file: FocusFile,
  columns: FocusColumns,
  { organizationId, currency }: ChargeParameters,
): { readonly select: (source: string) => string; readonly parameters: Record<string, unknown> } {
  const parameters: Record<string, unknown> = {
    organizationId,
    currency: currency ?? "",
    nulls: NULLS,
    number: NUMBER_PATTERN,
    instant: INSTANT_PATTERN,
    currencyPattern: CURRENCY_PATTERN,
  };
  const selected: string[] = [];
  const positions: number[] = [];
  for (const [position, name] of file.header.entries()) {
    const type = file.types[position] ?? "text";
    if (type === "unreadable") continue;
    positions.push(position);
    if (file.format === "CSV") {
      selected.push(text(`c${position}`, position));
    } else {
      parameters[`n${position}`] = name;
      const column = `{n${position}:Identifier}`;
      selected.push(type === "text" ? text(column, position) : `${objectText(column, type)} AS t${position}`);
    }
  }
  parameters.header = JSON.stringify(positions.map((position) => file.header[position]?.trim() ?? ""));
  const field = (name: FocusField) => coalesce(columns[name]);
  const { whole, isRow } = shapeOf(file);
  const values = `[${positions.map((position) => `ifNull(t${position}, '')`).join(", ")}]`;
  // Text of a Parquet file always is.
  const utf8 = file.format === "CSV" ? "isValidUTF8(arrayStringConcat(fields, '\\n'))" : "true";
  const select = (source: string) => `
SELECT
  valid,
  valid AND (currency = {currency:String} OR {currency:String} = '') AND cost IS NOT NULL AS kept,
  currency, cost,
  ifNull(start_at, toDateTime(0, 'UTC')) AS start_date,
  greatest(ifNull(end_at, toDateTime(0, 'UTC')), start_date) AS end_date,
  cloud_account_id,
  if(cloud_resource_id IS NULL,
    ${stableIdSql("cloud_account_id", "'charge'", "ifNull(service, '')", "ifNull(category, '')")},
    ${stableIdSql("cloud_account_id", "'resource'", "assumeNotNull(cloud_resource_id)")}) AS resource_id,
  provider, account_type, account_id,
  coalesce(${field("subAccountName")}, if(${field("subAccountId")} IS NULL, ${field("billingAccountName")}, NULL)) AS account_name,
  ${field("resourceId")} AS cloud_resource_id,
  if(cloud_resource_id IS NULL, concat(ifNull(service, 'Charges'), ifNull(concat(' (', category, ')'), '')), ${field("resourceName")}) AS name,
  if(cloud_resource_id IS NULL, category, ${field("resourceType")}) AS resource_type,
  ${field("region")} AS region,
  service AS service_name,
  ${objectSql([
    ["provider", "toNullable(provider)"],
    ["publisher", field("publisher")],
    ["region_name", field("regionName")],
    ["availability_zone", field("availabilityZone")],
    ["service_category", field("serviceCategory")],
    ["sku_id", field("sku")],
  ])} AS meta,
  multiIf(
    tag_text IS NULL, '',
    JSONType(tag_text) = 'Object', tag_text,
    JSONType(concat('{', tag_text, '}')) = 'Object', concat('{', tag_text, '}'),
    '') AS tags,
  tag_text IS NULL OR tags != '' AS readable_tags,
  {header:String} AS header,
  fields
FROM (
  SELECT
    ${positions.map((position) => `t${position}`).join(", ")},
    ${values} AS fields,
    ${field("billingCurrency")} AS currency,
    ${field("cost")} AS cost_text,
    if(match(ifNull(cost_text, ''), {number:String}), toFloat64OrNull(cost_text), NULL) AS cost,
    ${instant("chargePeriodStart")} AS start_at,
    ${instant("chargePeriodEnd")} AS end_at,
    whole AND ${utf8} AND start_at IS NOT NULL AND end_at IS NOT NULL AND start_at <= end_at
      AND ifNull(match(currency, {currencyPattern:String}), false)
      AND (cost_text IS NULL OR isFinite(ifNull(cost, nan))) AS valid,
    ${once(`ifNull(${field("provider")}, 'Unknown')`)} AS provider,
    ${providerTypeSql("provider")} AS account_type,
    ifNull(${field("account")}, '') AS account_id,
    ${stableIdSql("{organizationId:String}", "'account'", once(`concat(${providerKeySql("provider")}, char(0), account_id)`))} AS cloud_account_id,
    ${field("serviceName")} AS service,
    ${field("chargeCategory")} AS category,
    ${field("tags")} AS tag_text
  FROM (SELECT ${selected.join(", ")}, ${whole} AS whole FROM ${source} WHERE ${isRow})
)`;
  return { select, parameters };

  function instant(name: FocusField): string {
    const value = field(name);
    const instant = `if(match(ifNull(${once(value)}, ''), {instant:String}), parseDateTimeBestEffortOrNull(${once(value)}, 'UTC'), NULL)`;
    return `CAST(${instant}, 'Nullable(DateTime(\\'UTC\\'))')`;
  }
}

function text(column: string, position: number): string {
  return `if(${column} IN {nulls:Array(String)}, NULL, ${column}) AS t${position}`;
}

/** Text of which a block has few different values: what is made of it, and nothing else, is made once of each of them. */
function once(text: string): string {
  return `toLowCardinality(${text})`;
}

function coalesce(positions: readonly number[]): string {
  if (positions.length === 0) return "CAST(NULL, 'Nullable(String)')";
  if (positions.length === 1) return `t${positions[0]}`;
  return `coalesce(${positions.map((position) => `t${position}`).join(", ")})`;
}

/**
 * A JSON object in SQL, of pairs of member names and nullable text; members that are null are left out. Joining
 * text takes half of the time that maps or tuples take.
 */
function objectSql(members: readonly (readonly [name: string, value: string])[]): string {
  const parts = members.map(([name, value]) => `ifNull(concat(',"${name}":', toJSONString(${once(value)})), '')`);
  return `concat('{', substring(concat(${parts.join(", ")}), 2), '}')`;
}
