-- What was imported when, and whether the expense store holds all of it: a row is written in the transaction that
-- changes organizations and accounts, and finished_at is set when ClickHouse has caught up.
CREATE TABLE gateway_import (
  id           TEXT    NOT NULL PRIMARY KEY,
  kind         TEXT    NOT NULL,
  plan         TEXT    NOT NULL,
  process      TEXT    NOT NULL,
  committed_at INTEGER NOT NULL,
  finished_at  INTEGER
);
CREATE INDEX gateway_import_finished ON gateway_import (finished_at);
