{{/* The environment variables that have a value of their own and hold no secret; empty ones are left out. */}}
{{- define "gateway.settings" -}}
{{- $v := .Values -}}
{{- $metroculus := $v.metroculus.standalone | ternary (printf "http://%s" (include "gateway.metroculusName" .)) $v.metroculus.url -}}
METROCULUS_URL: {{ $metroculus | quote }}
TRUSTED_PROXIES: {{ join "," $v.trustedProxies | quote }}
CLICKHOUSE_CA_FILE: {{ $v.clickhouse.caFile | quote }}
DATABASE_CA_FILE: {{ $v.database.caFile | quote }}
REDIS_CA_FILE: {{ $v.redis.caFile | quote }}
OPTSCALE_URL: {{ $v.optscale.url | quote }}
OPTSCALE_PROXY: {{ $v.optscale.proxy }}
AUTH_URL: {{ $v.auth.url | quote }}
OIDC_ISSUER: {{ $v.auth.oidc.issuer | quote }}
OIDC_AUDIENCE: {{ $v.auth.oidc.audience | quote }}
OIDC_ORGANIZATIONS_CLAIM: {{ $v.auth.oidc.organizationsClaim | quote }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ $v.tracing.endpoint | quote }}
{{- end -}}
