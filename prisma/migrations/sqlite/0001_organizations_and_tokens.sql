-- OptScale's organization, pool, employee, cloudaccount and checklist, and this project's API tokens.
-- Unique keys are OptScale's own, except those that live data is known to break.
CREATE TABLE organization (
  id         TEXT    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  pool_id    TEXT,
  is_demo    BOOLEAN NOT NULL DEFAULT false,
  currency   TEXT    NOT NULL DEFAULT 'USD',
  created_at INTEGER NOT NULL,
  deleted_at INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE pool (
  id               TEXT    NOT NULL PRIMARY KEY,
  "limit"          BIGINT  NOT NULL DEFAULT 0,
  name             TEXT    NOT NULL,
  organization_id  TEXT    NOT NULL,
  parent_id        TEXT,
  purpose          TEXT    NOT NULL DEFAULT 'BUDGET',
  default_owner_id TEXT,
  created_at       INTEGER NOT NULL,
  deleted_at       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX pool_organization ON pool (organization_id, deleted_at);
CREATE INDEX pool_parent ON pool (parent_id);

CREATE TABLE employee (
  id              TEXT    NOT NULL PRIMARY KEY,
  name            TEXT    NOT NULL,
  organization_id TEXT    NOT NULL,
  auth_user_id    TEXT,
  created_at      INTEGER NOT NULL,
  deleted_at      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX employee_organization ON employee (organization_id, deleted_at);

CREATE TABLE cloudaccount (
  id                                TEXT    NOT NULL PRIMARY KEY,
  name                              TEXT    NOT NULL,
  type                              TEXT    NOT NULL,
  config                            TEXT    NOT NULL,
  organization_id                   TEXT    NOT NULL,
  cost_model_id                     TEXT,
  auto_import                       BOOLEAN NOT NULL DEFAULT true,
  import_period                     INTEGER NOT NULL DEFAULT 1,
  last_import_at                    INTEGER NOT NULL DEFAULT 0,
  last_import_modified_at           INTEGER NOT NULL DEFAULT 0,
  account_id                        TEXT,
  process_recommendations           BOOLEAN NOT NULL DEFAULT true,
  last_import_attempt_at            INTEGER NOT NULL DEFAULT 0,
  last_import_attempt_error         TEXT,
  last_getting_metrics_at           INTEGER NOT NULL DEFAULT 0,
  last_getting_metric_attempt_at    INTEGER NOT NULL DEFAULT 0,
  last_getting_metric_attempt_error TEXT,
  cleaned_at                        INTEGER NOT NULL DEFAULT 0,
  parent_id                         TEXT,
  created_at                        INTEGER NOT NULL,
  deleted_at                        INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX cloudaccount_organization ON cloudaccount (organization_id, deleted_at);

CREATE TABLE checklist (
  id              TEXT    NOT NULL PRIMARY KEY,
  organization_id TEXT    NOT NULL,
  last_run        INTEGER NOT NULL DEFAULT 0,
  next_run        INTEGER NOT NULL DEFAULT 0,
  last_completed  INTEGER NOT NULL DEFAULT 0,
  created_at      INTEGER NOT NULL,
  deleted_at      INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX checklist_organization ON checklist (organization_id, deleted_at);

CREATE TABLE gateway_api_token (
  token_sha256 TEXT    NOT NULL PRIMARY KEY,
  name         TEXT    NOT NULL DEFAULT '',
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER
);

CREATE TABLE gateway_api_token_scope (
  token_sha256    TEXT NOT NULL REFERENCES gateway_api_token (token_sha256) ON DELETE CASCADE,
  organization_id TEXT NOT NULL,
  PRIMARY KEY (token_sha256, organization_id)
);
