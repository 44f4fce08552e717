-- This project's own tables beside an OptScale database, in a database of their own (TOKEN_DATABASE).
-- MariaDB commits each statement of this kind by itself, so each may run again: replicas that start together, or a
-- start that was cut off, change nothing twice.
-- Names and digests are compared byte by byte, as SQLite does.
CREATE TABLE IF NOT EXISTS gateway_api_token (
  token_sha256 CHAR(64)     NOT NULL PRIMARY KEY,
  name         VARCHAR(256) NOT NULL DEFAULT '',
  created_at   INT          NOT NULL,
  expires_at   INT
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS gateway_api_token_scope (
  token_sha256    CHAR(64)    NOT NULL,
  organization_id VARCHAR(36) NOT NULL,
  PRIMARY KEY (token_sha256, organization_id),
  FOREIGN KEY (token_sha256) REFERENCES gateway_api_token (token_sha256) ON DELETE CASCADE
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS gateway_cluster (
  cloud_account_id VARCHAR(36) NOT NULL PRIMARY KEY,
  cost_currency    VARCHAR(3),
  metrics_username VARCHAR(256),
  metrics_salt     VARCHAR(64),
  metrics_hash     VARCHAR(64)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
