{{- define "gateway.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- default $full .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "gateway.metroculusName" -}}
{{ include "gateway.fullname" . }}-metroculus
{{- end -}}

{{/* The programs that run, each a Deployment and a Service of its own: "gateway", and "metroculus" if it is standalone. */}}
{{- define "gateway.components" -}}
gateway{{ if .Values.metroculus.standalone }} metroculus{{ end }}
{{- end -}}

{{/* Takes (list $ component). */}}
{{- define "gateway.componentName" -}}
{{ include (eq (index . 1) "gateway" | ternary "gateway.fullname" "gateway.metroculusName") (index . 0) }}
{{- end -}}

{{/* What is common to all components; takes the root. It must not change: a Deployment's selector cannot. */}}
{{- define "gateway.commonSelector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Takes (list $ component). */}}
{{- define "gateway.selector" -}}
{{ include "gateway.commonSelector" (index . 0) }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Takes (list $ component). */}}
{{- define "gateway.labels" -}}
{{ include "gateway.selector" . }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "gateway.image" -}}
{{- $image := .Values.image -}}
{{ $image.repository }}
{{- if $image.digest }}@{{ $image.digest }}
{{- else }}:{{ default (printf "%s%s" .Chart.AppVersion (include "gateway.embedded" . | empty | ternary "" "-embedded")) $image.tag }}
{{- end -}}
{{- end -}}

{{/* Whether all data lies on servers: "true" or nothing. */}}
{{- define "gateway.onServers" -}}
{{- if and (include "gateway.given" .Values.clickhouse) (include "gateway.given" .Values.database) -}}true{{- end -}}
{{- end -}}

{{/* Whether the gateway keeps nothing, as OptScale and a Metroculus have it all: "true" or nothing. */}}
{{- define "gateway.storeless" -}}
{{- if and .Values.optscale.url (or .Values.metroculus.url .Values.metroculus.standalone) -}}true{{- end -}}
{{- end -}}

{{/* Whether ClickHouse runs in the process: "true" or nothing. */}}
{{- define "gateway.embedded" -}}
{{- if not (or (include "gateway.given" .Values.clickhouse) (include "gateway.storeless" .)) -}}true{{- end -}}
{{- end -}}

{{/* Whether any number of processes can work side by side, as nothing lies under /data: "true" or nothing. */}}
{{- define "gateway.shared" -}}
{{- if or (include "gateway.onServers" .) (include "gateway.storeless" .) -}}true{{- end -}}
{{- end -}}

{{/* Whether there can be more than one replica of the gateway: "true" or nothing. */}}
{{- define "gateway.many" -}}
{{- $replicas := .Values.autoscaling.enabled | ternary .Values.autoscaling.maxReplicas .Values.replicas -}}
{{- if gt (int $replicas) 1 -}}true{{- end -}}
{{- end -}}
