import type { Connection } from "mariadb";

/**
 * OptScale's tables that this gateway reads, and two that it does not know, with the types, keys and constraints that
 * OptScale's models have.
 */
const tables = [
  `organization (
    id VARCHAR(36) NOT NULL PRIMARY KEY, created_at INT NOT NULL, deleted_at INT NOT NULL DEFAULT 0,
    name VARCHAR(256) NOT NULL, pool_id VARCHAR(36), is_demo TINYINT(1) NOT NULL DEFAULT 0,
    currency VARCHAR(256) NOT NULL DEFAULT 'USD', cleaned_at INT NOT NULL DEFAULT 0)`,
  `employee (
    id VARCHAR(36) NOT NULL PRIMARY KEY, created_at INT NOT NULL, deleted_at INT NOT NULL DEFAULT 0,
    name VARCHAR(256) NOT NULL, organization_id VARCHAR(36) NOT NULL, auth_user_id VARCHAR(36),
    UNIQUE KEY uc_employee (organization_id, auth_user_id, deleted_at),
    FOREIGN KEY (organization_id) REFERENCES organization (id))`,
  `pool (
    id VARCHAR(36) NOT NULL PRIMARY KEY, created_at INT NOT NULL, deleted_at INT NOT NULL DEFAULT 0,
    \`limit\` BIGINT NOT NULL DEFAULT 0, name VARCHAR(256) NOT NULL, organization_id VARCHAR(36) NOT NULL,
    parent_id VARCHAR(36),
    purpose ENUM('BUDGET','BUSINESS_UNIT','TEAM','PROJECT','CICD','MLAI','ASSET_POOL') NOT NULL DEFAULT 'BUDGET',
    default_owner_id VARCHAR(36),
    UNIQUE KEY uc_pool (name, deleted_at, parent_id, organization_id),
    FOREIGN KEY (organization_id) REFERENCES organization (id),
    FOREIGN KEY (parent_id) REFERENCES pool (id),
    FOREIGN KEY (default_owner_id) REFERENCES employee (id))`,
  `cost_model (
    id VARCHAR(36) NOT NULL PRIMARY KEY, created_at INT NOT NULL, deleted_at INT NOT NULL DEFAULT 0, value TEXT)`,
  `cloudaccount (
    id VARCHAR(36) NOT NULL PRIMARY KEY, created_at INT NOT NULL, deleted_at INT NOT NULL DEFAULT 0,
    name VARCHAR(256) NOT NULL,
    type ENUM('AWS_CNR','ALIBABA_CNR','AZURE_CNR','AZURE_TENANT','KUBERNETES_CNR','ENVIRONMENT','GCP_CNR','NEBIUS','DATABRICKS') NOT NULL,
    config TEXT NOT NULL, organization_id VARCHAR(36) NOT NULL, cost_model_id VARCHAR(36),
    auto_import TINYINT(1) NOT NULL DEFAULT 1, import_period INT NOT NULL DEFAULT 1,
    last_import_at INT DEFAULT 0, last_import_modified_at INT DEFAULT 0, account_id VARCHAR(256),
    process_recommendations TINYINT(1) NOT NULL DEFAULT 1,
    last_import_attempt_at INT DEFAULT 0, last_import_attempt_error TEXT,
    last_getting_metrics_at INT DEFAULT 0, last_getting_metric_attempt_at INT DEFAULT 0,
    last_getting_metric_attempt_error TEXT, cleaned_at INT DEFAULT 0, parent_id VARCHAR(36),
    UNIQUE KEY uc_account_name (organization_id, name, deleted_at),
    UNIQUE KEY uc_account_id (account_id, type, organization_id, deleted_at),
    FOREIGN KEY (organization_id) REFERENCES organization (id),
    FOREIGN KEY (cost_model_id) REFERENCES cost_model (id),
    FOREIGN KEY (parent_id) REFERENCES cloudaccount (id))`,
  `checklist (
    id VARCHAR(36) NOT NULL PRIMARY KEY, created_at INT NOT NULL, deleted_at INT NOT NULL DEFAULT 0,
    organization_id VARCHAR(36) NOT NULL, last_run INT, next_run INT, last_completed INT,
    UNIQUE KEY uc_checklist (deleted_at, organization_id),
    FOREIGN KEY (organization_id) REFERENCES organization (id))`,
  "alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
];

/** Rows by table, column name to value, in the order in which they refer to each other. */
export type OptScaleRows = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;

/** Makes OptScale's `restapi` database of an empty one. */
export async function makeRestapi(root: Connection, database: string, rows: OptScaleRows = {}): Promise<void> {
  for (const table of tables) {
    await root.query(`CREATE TABLE ${database}.${table} ENGINE = InnoDB DEFAULT CHARSET = utf8mb4`);
  }
  for (const [table, list] of Object.entries(rows)) {
    for (const row of list) {
      const columns = Object.keys(row).map((name) => root.escapeId(name));
      await root.query(
        `INSERT INTO ${database}.${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
        Object.values(row),
      );
    }
  }
}

/** A digest of every row of every table, which changes when anything does. */
export async function digestOf(root: Connection, database: string): Promise<Record<string, string>> {
  const names = await root.query<{ name: string }[]>(
    "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? ORDER BY name",
    [database],
  );
  const digests: Record<string, string> = {};
  for (const { name } of names) {
    const [row] = await root.query<{ Checksum: unknown }[]>(`CHECKSUM TABLE ${database}.${name} EXTENDED`);
    digests[name] = String(row?.Checksum);
  }
  return digests;
}
