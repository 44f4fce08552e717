{{/* What no schema of single values can tell. Each message says what to do. */}}
{{- define "gateway.check" -}}
{{- $v := .Values -}}
{{- if and (include "gateway.many" .) (not (include "gateway.shared" .)) -}}
{{- fail "More than one replica needs data that processes can share: set clickhouse.url and database.url (or their existingSecret), or optscale.url and metroculus.url." -}}
{{- end -}}
{{- if and $v.metroculus.standalone (not (include "gateway.onServers" .)) -}}
{{- fail "metroculus.standalone shares its data with the gateway: set clickhouse.url and database.url (or their existingSecret)." -}}
{{- end -}}
{{- if and $v.metroculus.standalone $v.metroculus.url -}}
{{- fail "metroculus.url names a Metroculus that runs already: leave metroculus.standalone off, or the url empty." -}}
{{- end -}}
{{- if and $v.optscale.proxy (not $v.optscale.url) -}}
{{- fail "optscale.proxy needs optscale.url: there is nothing to pass requests on to." -}}
{{- end -}}
{{- if and $v.optscale.url (or $v.auth.url $v.auth.oidc.issuer) -}}
{{- fail "auth is not asked when optscale.url is set, as OptScale decides who may see what: leave one of them empty." -}}
{{- end -}}
{{- if ne (empty $v.auth.oidc.issuer) (empty $v.auth.oidc.audience) -}}
{{- fail "auth.oidc.issuer and auth.oidc.audience go together: a token made for another service must not work here." -}}
{{- end -}}
{{- if and (include "gateway.given" $v.tokenDatabase) (not (include "gateway.given" $v.database)) -}}
{{- fail "tokenDatabase goes with database.url: SQLite keeps tokens in its own file." -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (gt (int $v.autoscaling.minReplicas) (int $v.autoscaling.maxReplicas)) -}}
{{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas." -}}
{{- end -}}
{{- /* The gateway lets clients leave for 2 s and requests finish for 20 s, then closes its stores. */}}
{{- $needed := add 25 (ceil (divf (get $v.config "SHUTDOWN_DELAY_MS" | default 0 | int) 1000)) -}}
{{- if lt (int $v.terminationGracePeriodSeconds) (int $needed) -}}
{{- fail (printf "terminationGracePeriodSeconds has to be %d at least, so that requests can finish after config.SHUTDOWN_DELAY_MS." (int $needed)) -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
{{- fail "ingress.enabled needs a name in ingress.hosts." -}}
{{- end -}}
{{- if and $v.clusterSecret.value $v.clusterSecret.existingSecret -}}
{{- fail "clusterSecret.value is set, and clusterSecret.existingSecret too: leave one of them empty." -}}
{{- end -}}
{{- if and $v.metrics.token $v.metrics.existingSecret -}}
{{- fail "metrics.token is set, and metrics.existingSecret too: leave one of them empty." -}}
{{- end -}}
{{- $keys := dict -}}
{{- range $name := include "gateway.connections" . | fromYaml | keys | sortAlpha -}}
{{- $connection := get $v $name -}}
{{- if and $connection.url $connection.existingSecret -}}
{{- fail (printf "%s.url is set, and %s.existingSecret too: leave one of them empty." $name $name) -}}
{{- end -}}
{{- if $connection.url -}}
{{- if hasKey $keys $connection.key -}}
{{- fail (printf "%s.key and %s.key are the same: give each a name of its own." (get $keys $connection.key) $name) -}}
{{- end -}}
{{- $_ := set $keys $connection.key $name -}}
{{- end -}}
{{- end -}}
{{- $owners := dict "HOST" "service" "PORT" "service.port" "DATA_DIR" "persistence" "TRUSTED_PROXIES" "trustedProxies" "METROCULUS_URL" "metroculus.url" "OPTSCALE_URL" "optscale.url" "OPTSCALE_PROXY" "optscale.proxy" "AUTH_URL" "auth.url" "OIDC_ISSUER" "auth.oidc.issuer" "OIDC_AUDIENCE" "auth.oidc.audience" "OIDC_ORGANIZATIONS_CLAIM" "auth.oidc.organizationsClaim" "OTEL_EXPORTER_OTLP_ENDPOINT" "tracing.endpoint" "CLICKHOUSE_CA_FILE" "clickhouse.caFile" "DATABASE_CA_FILE" "database.caFile" "REDIS_CA_FILE" "redis.caFile" "CLUSTER_SECRET" "clusterSecret" "METRICS_TOKEN" "metrics" -}}
{{- range $name, $variable := include "gateway.connections" . | fromYaml -}}
{{- $_ := set $owners $variable $name -}}
{{- end -}}
{{- range $variable := keys $v.config | sortAlpha -}}
{{- if hasKey $owners $variable -}}
{{- fail (printf "config.%s is not the place for it: set %s." $variable (get $owners $variable)) -}}
{{- end -}}
{{- if regexMatch "^[a-z][a-z0-9+.-]*://[^/?#]*@" (get $v.config $variable | toString) -}}
{{- fail (printf "config.%s holds a password, and a ConfigMap is no place for one: give it by extraEnv out of a Secret." $variable) -}}
{{- end -}}
{{- end -}}
{{- end -}}
