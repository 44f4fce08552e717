{{/* Values of the form {url, existingSecret, key}, and the environment variable that each becomes. */}}
{{- define "gateway.connections" -}}
clickhouse: CLICKHOUSE_URL
database: DATABASE_URL
tokenDatabase: TOKEN_DATABASE
redis: REDIS_URL
thanos: THANOS_URL
{{- end -}}

{{/* Whether a connection is there: "true" or nothing. Takes the connection. */}}
{{- define "gateway.given" -}}
{{- if or .url .existingSecret -}}true{{- end -}}
{{- end -}}

{{- define "gateway.connectionsName" -}}
{{ include "gateway.fullname" . }}-connections
{{- end -}}

{{- define "gateway.clusterSecretName" -}}
{{ default .Values.clusterSecret.name .Values.clusterSecret.existingSecret }}
{{- end -}}

{{- define "gateway.metricsSecretName" -}}
{{ default (printf "%s-metrics" (include "gateway.fullname" .)) .Values.metrics.existingSecret }}
{{- end -}}

{{/* Whether /metrics has a token of its own: "true" or nothing. */}}
{{- define "gateway.hasMetricsToken" -}}
{{- if or .Values.serviceMonitor.enabled .Values.metrics.token .Values.metrics.existingSecret -}}true{{- end -}}
{{- end -}}

{{/* The environment that comes out of Secrets; takes the root. The ConfigMap holds the rest. */}}
{{- define "gateway.secretEnvironment" -}}
- name: CLUSTER_SECRET
  valueFrom:
    secretKeyRef: { name: {{ include "gateway.clusterSecretName" . }}, key: {{ .Values.clusterSecret.key }} }
{{- if include "gateway.hasMetricsToken" . }}
- name: METRICS_TOKEN
  valueFrom:
    secretKeyRef: { name: {{ include "gateway.metricsSecretName" . }}, key: {{ .Values.metrics.key }} }
{{- end }}
{{- range $name, $variable := include "gateway.connections" . | fromYaml }}
{{- $connection := get $.Values $name }}
{{- if include "gateway.given" $connection }}
- name: {{ $variable }}
  valueFrom:
    secretKeyRef: { name: {{ default (include "gateway.connectionsName" $) $connection.existingSecret }}, key: {{ $connection.key }} }
{{- end }}
{{- end }}
{{- end -}}

{{/* A secret that is given, else the one that the cluster has, else a new one; base64. Takes (list $ secret key value). */}}
{{- define "gateway.keptSecret" -}}
{{- $kept := lookup "v1" "Secret" (index . 0).Release.Namespace (index . 1) | default dict -}}
{{- if index . 3 -}}
{{ index . 3 | b64enc }}
{{- else -}}
{{ get ($kept.data | default dict) (index . 2) | default (randAlphaNum 48 | b64enc) }}
{{- end -}}
{{- end -}}
