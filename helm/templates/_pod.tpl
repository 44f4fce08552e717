{{/*
The pod template of a Deployment. Takes a dict: root, component, command, port, resources, and the volume of /data.
*/}}
{{- define "gateway.podTemplate" -}}
{{- $v := .root.Values -}}
metadata:
  labels:
    {{- /* Last, because what selects the pods must win. */}}
    {{- mergeOverwrite (deepCopy $v.podLabels) (include "gateway.labels" (list .root .component) | fromYaml) | toYaml | nindent 4 }}
  annotations:
    # A pod reads its environment only when it starts: a change of it has to make a new one.
    checksum/config: {{ include (print .root.Template.BasePath "/configmap.yaml") .root | sha256sum }}
    checksum/secrets: {{ print (include (print .root.Template.BasePath "/connections-secret.yaml") .root) $v.clusterSecret.value $v.metrics.token | sha256sum }}
    {{- with $v.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  # Nothing here speaks to Kubernetes.
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with $v.serviceAccountName }}
  serviceAccountName: {{ . }}
  {{- end }}
  {{- with $v.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $v.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext: {{- toYaml $v.podSecurityContext | nindent 4 }}
  terminationGracePeriodSeconds: {{ $v.terminationGracePeriodSeconds }}
  {{- with $v.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $v.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $v.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  topologySpreadConstraints:
    {{- if $v.topologySpreadConstraints }}
    {{- toYaml $v.topologySpreadConstraints | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "gateway.selector" (list .root .component) | nindent 10 }}
    {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ include "gateway.image" .root | quote }}
      imagePullPolicy: {{ $v.image.pullPolicy }}
      args: [{{ .command }}]
      ports:
        - { name: http, containerPort: {{ .port }} }
      envFrom:
        - configMapRef: { name: {{ include "gateway.fullname" .root }} }
      env:
        - { name: PORT, value: {{ .port | quote }} }
        {{- include "gateway.secretEnvironment" .root | nindent 8 }}
        {{- with $v.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      startupProbe: {{- toYaml $v.startupProbe | nindent 8 }}
      livenessProbe: {{- toYaml $v.livenessProbe | nindent 8 }}
      readinessProbe: {{- toYaml $v.readinessProbe | nindent 8 }}
      resources: {{- toYaml .resources | nindent 8 }}
      securityContext: {{- toYaml $v.securityContext | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /data }
        {{- with $v.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: data
      {{- toYaml .data | nindent 6 }}
    {{- with $v.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
