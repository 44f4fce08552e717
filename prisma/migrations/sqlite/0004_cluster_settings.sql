-- What this project keeps of a cluster, moved out of OptScale's column `config`: in front of an OptScale database, which
-- is only read, it lies elsewhere.
CREATE TABLE gateway_cluster (
  cloud_account_id TEXT NOT NULL PRIMARY KEY,
  cost_currency    TEXT,
  metrics_username TEXT,
  metrics_salt     TEXT,
  metrics_hash     TEXT
);

INSERT INTO gateway_cluster
SELECT
  id,
  CASE WHEN json_extract(config, '$.currency') GLOB '[A-Za-z][A-Za-z][A-Za-z]' THEN upper(json_extract(config, '$.currency')) END,
  json_extract(config, '$.metrics_credentials.username'),
  json_extract(config, '$.metrics_credentials.salt'),
  json_extract(config, '$.metrics_credentials.hash')
FROM (SELECT id, config FROM cloudaccount WHERE json_valid(config) AND json_type(config) = 'object')
WHERE json_extract(config, '$.currency') IS NOT NULL OR json_extract(config, '$.metrics_credentials') IS NOT NULL;

UPDATE cloudaccount SET config = json_remove(config, '$.currency', '$.metrics_credentials')
WHERE id IN (SELECT cloud_account_id FROM gateway_cluster);
