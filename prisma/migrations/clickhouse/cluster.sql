-- The tables of the expense store on a cluster, for who runs one: copies on the replicas of each shard, and one table
-- in front of them by the name that the gateway asks for. On a single server the gateway makes its tables itself.
--
--     clickhouse-client --database expenses --multiquery < cluster.sql
--
-- The servers' macros {cluster}, {shard} and {replica} name the cluster and each server's place in it; the database has
-- to be there on all of them. Each statement may run again. All rows of a cloud account lie on one shard, so that
-- FINAL, which looks at one shard at a time, sees all versions of a row. The columns are those of
-- src/stores/*-tables.ts, which a test holds them to.
--
-- The gateway reads such a cluster, and the built-in Metroculus writes samples to it. Imports replace rows, which
-- tables in front of shards cannot: they are refused.

CREATE TABLE IF NOT EXISTS expenses_local ON CLUSTER '{cluster}' (
  cloud_account_id String,
  resource_id      String,
  date             DateTime('UTC'),
  cost             Float64,
  sign             Int8
) ENGINE = ReplicatedCollapsingMergeTree('/clickhouse/tables/{shard}/{database}/expenses', '{replica}', sign)
PARTITION BY toYYYYMM(date)
ORDER BY (cloud_account_id, date, resource_id);

CREATE TABLE IF NOT EXISTS expenses ON CLUSTER '{cluster}' AS expenses_local
ENGINE = Distributed('{cluster}', currentDatabase(), expenses_local, cityHash64(cloud_account_id));

CREATE TABLE IF NOT EXISTS traffic_expenses_local ON CLUSTER '{cluster}' (
  cloud_account_id String,
  resource_id      String,
  date             DateTime('UTC'),
  type             Enum8('outbound' = 1, 'inbound' = 2),
  from             String,
  to               String,
  usage            Float64,
  cost             Float64,
  sign             Int8
) ENGINE = ReplicatedCollapsingMergeTree('/clickhouse/tables/{shard}/{database}/traffic_expenses', '{replica}', sign)
PARTITION BY toYYYYMM(date)
ORDER BY (cloud_account_id, resource_id, date, from, to);

CREATE TABLE IF NOT EXISTS traffic_expenses ON CLUSTER '{cluster}' AS traffic_expenses_local
ENGINE = Distributed('{cluster}', currentDatabase(), traffic_expenses_local, cityHash64(cloud_account_id));

CREATE TABLE IF NOT EXISTS resources_local ON CLUSTER '{cluster}' (
  cloud_account_id    String,
  id                  String,
  organization_id     String,
  cluster_id          String,
  cluster_type_id     String,
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
  first_seen          Nullable(Int64),
  last_seen           Nullable(Int64),
  deleted_at          Nullable(Int64),
  active              Bool,
  is_environment      Bool,
  constraint_violated Bool,
  recommended_at      Nullable(Int64),
  saving              Float64,
  document            String CODEC(ZSTD(1)),
  version             UInt64,
  removed             UInt8 DEFAULT 0
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/resources', '{replica}', version, removed)
ORDER BY (cloud_account_id, id)
SETTINGS index_granularity = 256;

CREATE TABLE IF NOT EXISTS resources ON CLUSTER '{cluster}' AS resources_local
ENGINE = Distributed('{cluster}', currentDatabase(), resources_local, cityHash64(cloud_account_id));

CREATE TABLE IF NOT EXISTS raw_expenses_local ON CLUSTER '{cluster}' (
  cloud_account_id String,
  resource_id      String,
  start_date       DateTime('UTC'),
  end_date         DateTime('UTC'),
  cost             Float64,
  header           LowCardinality(String),
  fields           Array(String) CODEC(ZSTD(1)),
  import_id        LowCardinality(String),
  record           String ALIAS toJSONString(mapFilter((name, value) -> value != '',
                     CAST((JSONExtract(header, 'Array(String)'), fields), 'Map(String, String)')))
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/raw_expenses', '{replica}')
PARTITION BY toYYYYMM(start_date)
ORDER BY (cloud_account_id, resource_id, start_date)
-- An import brings many parts of long rows at once; each that is merged has buffers of its own.
SETTINGS max_parts_to_merge_at_once = 8;

CREATE TABLE IF NOT EXISTS raw_expenses ON CLUSTER '{cluster}' AS raw_expenses_local
ENGINE = Distributed('{cluster}', currentDatabase(), raw_expenses_local, cityHash64(cloud_account_id));

CREATE TABLE IF NOT EXISTS k8s_series_local ON CLUSTER '{cluster}' (
  cloud_account_id LowCardinality(String),
  metric           LowCardinality(String),
  series           UInt64,
  labels           Map(LowCardinality(String), String)
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/k8s_series', '{replica}')
ORDER BY (cloud_account_id, metric, series);

CREATE TABLE IF NOT EXISTS k8s_series ON CLUSTER '{cluster}' AS k8s_series_local
ENGINE = Distributed('{cluster}', currentDatabase(), k8s_series_local, cityHash64(cloud_account_id));

CREATE TABLE IF NOT EXISTS k8s_samples_local ON CLUSTER '{cluster}' (
  cloud_account_id LowCardinality(String),
  metric           LowCardinality(String),
  series           UInt64,
  timestamp        DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  value            Float64 CODEC(Gorilla, ZSTD(1))
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/{database}/k8s_samples', '{replica}')
PARTITION BY toYYYYMM(timestamp)
ORDER BY (cloud_account_id, metric, series, timestamp);

CREATE TABLE IF NOT EXISTS k8s_samples ON CLUSTER '{cluster}' AS k8s_samples_local
ENGINE = Distributed('{cluster}', currentDatabase(), k8s_samples_local, cityHash64(cloud_account_id));
