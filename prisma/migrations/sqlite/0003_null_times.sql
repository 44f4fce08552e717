-- OptScale leaves some times null until what they tell of has happened once.
CREATE TABLE cloudaccount_0003 (
  id                                TEXT    NOT NULL PRIMARY KEY,
  name                              TEXT    NOT NULL,
  type                              TEXT    NOT NULL,
  config                            TEXT    NOT NULL,
  organization_id                   TEXT    NOT NULL,
  cost_model_id                     TEXT,
  auto_import                       BOOLEAN NOT NULL DEFAULT true,
  import_period                     INTEGER NOT NULL DEFAULT 1,
  last_import_at                    INTEGER DEFAULT 0,
  last_import_modified_at           INTEGER DEFAULT 0,
  account_id                        TEXT,
  process_recommendations           BOOLEAN NOT NULL DEFAULT true,
  last_import_attempt_at            INTEGER DEFAULT 0,
  last_import_attempt_error         TEXT,
  last_getting_metrics_at           INTEGER DEFAULT 0,
  last_getting_metric_attempt_at    INTEGER DEFAULT 0,
  last_getting_metric_attempt_error TEXT,
  cleaned_at                        INTEGER DEFAULT 0,
  parent_id                         TEXT,
  created_at                        INTEGER NOT NULL,
  deleted_at                        INTEGER NOT NULL DEFAULT 0
);
INSERT INTO cloudaccount_0003 SELECT
  id, name, type, config, organization_id, cost_model_id, auto_import, import_period, last_import_at,
  last_import_modified_at, account_id, process_recommendations, last_import_attempt_at, last_import_attempt_error,
  last_getting_metrics_at, last_getting_metric_attempt_at, last_getting_metric_attempt_error, cleaned_at, parent_id,
  created_at, deleted_at
FROM cloudaccount;
DROP TABLE cloudaccount;
ALTER TABLE cloudaccount_0003 RENAME TO cloudaccount;
CREATE INDEX cloudaccount_organization ON cloudaccount (organization_id, deleted_at);

CREATE TABLE checklist_0003 (
  id              TEXT    NOT NULL PRIMARY KEY,
  organization_id TEXT    NOT NULL,
  last_run        INTEGER DEFAULT 0,
  next_run        INTEGER DEFAULT 0,
  last_completed  INTEGER DEFAULT 0,
  created_at      INTEGER NOT NULL,
  deleted_at      INTEGER NOT NULL DEFAULT 0
);
INSERT INTO checklist_0003 SELECT id, organization_id, last_run, next_run, last_completed, created_at, deleted_at
FROM checklist;
DROP TABLE checklist;
ALTER TABLE checklist_0003 RENAME TO checklist;
CREATE INDEX checklist_organization ON checklist (organization_id, deleted_at);
