import { kubernetesTables } from "./kubernetes-tables.js";

/**
 * The tables of the expense store, made when it opens. Each statement may run again and again.
 *
 * `expenses` and `traffic_expenses` are OptScale's own, column for column, so that its data can be read and
 * copied as it is. Readers of both always use sum(cost * sign).
 */
const expenses = `
CREATE TABLE IF NOT EXISTS expenses (
  cloud_account_id String,
  resource_id      String,             -- the resource document's id
  date             DateTime('UTC'),    -- midnight of the day that was charged
  cost             Float64,            -- in the organization's currency
  sign             Int8                -- -1 takes back an earlier row of the same cost
) ENGINE = CollapsingMergeTree(sign)
PARTITION BY toYYYYMM(date)
ORDER BY (cloud_account_id, date, resource_id)`;

const trafficExpenses = `
CREATE TABLE IF NOT EXISTS traffic_expenses (
  cloud_account_id String,
  resource_id      String,             -- the cloud's own resource id
  date             DateTime('UTC'),
  type             Enum8('outbound' = 1, 'inbound' = 2),
  from             String,
  to               String,
  usage            Float64,
  cost             Float64,
  sign             Int8
) ENGINE = CollapsingMergeTree(sign)
PARTITION BY toYYYYMM(date)
ORDER BY (cloud_account_id, resource_id, date, from, to)`;

/**
 * One row a resource document. Columns are what is filtered or sorted on; NULL means that the document has
 * null there or lacks the key, which the contract never tells apart. Everything else is in \`document\`.
 * Read with FINAL: the row with the highest version counts. Granules are small because a page of expenses picks a
 * hundred documents from anywhere in the table.
 */
const resources = `
CREATE TABLE IF NOT EXISTS resources (
  cloud_account_id    String,                            -- '' for cluster records, which belong to no account
  id                  String,
  organization_id     String,                            -- only on cluster records, else ''
  cluster_id          String,                            -- the cluster that this resource is a member of, else ''
  cluster_type_id     String,                            -- only on cluster records, else ''
  cloud_resource_id   Nullable(String),
  name                Nullable(String),
  resource_type       LowCardinality(Nullable(String)),
  region              LowCardinality(Nullable(String)),
  service_name        LowCardinality(Nullable(String)),
  employee_id         Nullable(String),
  pool_id             Nullable(String),
  k8s_node            Nullable(String),
  k8s_namespace       Nullable(String),
  k8s_service         Nullable(String),
  created_by_kind     Nullable(String),
  created_by_name     Nullable(String),
  tag_keys            Array(LowCardinality(String)),
  first_seen          Nullable(Int64),                   -- epoch seconds
  last_seen           Nullable(Int64),                   -- epoch seconds
  deleted_at          Nullable(Int64),                   -- 0 while alive
  active              Bool,
  is_environment      Bool,
  constraint_violated Bool,
  recommended_at      Nullable(Int64),                   -- recommendations.run_timestamp
  saving              Float64,                           -- sum of recommendations.modules[].saving
  document            String CODEC(ZSTD(1)),             -- the whole document as JSON, tags with clear keys
  version             UInt64,
  removed             UInt8 DEFAULT 0
) ENGINE = ReplacingMergeTree(version, removed)
ORDER BY (cloud_account_id, id)
SETTINGS index_granularity = 256`;

/**
 * The charges that `expenses` are summed from, one row a billing record, for those who want to see the bill itself.
 * Only imports that have such records fill it.
 */
const rawExpenses = `
CREATE TABLE IF NOT EXISTS raw_expenses (
  cloud_account_id String,
  resource_id      String,                   -- the resource document's id
  start_date       DateTime('UTC'),          -- start of the charged period
  end_date         DateTime('UTC'),          -- its end, exclusive
  cost             Float64,                  -- as in expenses
  header           LowCardinality(String),   -- names of the billing record's fields, a JSON array
  fields           Array(String) CODEC(ZSTD(1)), -- its values in the same order, '' where it has none
  import_id        LowCardinality(String),   -- which import brought it
  record           String ALIAS toJSONString(mapFilter((name, value) -> value != '',
                     CAST((JSONExtract(header, 'Array(String)'), fields), 'Map(String, String)')))
) ENGINE = MergeTree
PARTITION BY toYYYYMM(start_date)
ORDER BY (cloud_account_id, resource_id, start_date)
-- An import brings many parts of long rows at once; each that is merged has buffers of its own.
SETTINGS max_parts_to_merge_at_once = 8`;

export interface ClickHouseTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** Makes it, unless it is there. */
  readonly statement: string;
}

export const clickHouseTables: readonly ClickHouseTable[] = [
  expenses,
  trafficExpenses,
  resources,
  rawExpenses,
  ...kubernetesTables,
].map((statement) => ({
  name: /^CREATE TABLE IF NOT EXISTS (\w+)/m.exec(statement)?.[1] as string,
  // Above, each column begins a line that is two spaces in.
  columns: [...statement.matchAll(/^ {2}(\w+) /gm)].map(([, column]) => column as string),
  statement,
}));
