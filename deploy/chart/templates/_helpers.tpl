{{- /* Names and labels. */ -}}
{{- define "cassandra-cleanup-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* 48 characters leave room for the suffixes. */ -}}
{{- define "cassandra-cleanup-operator.fullname" -}}
{{- $name := include "cassandra-cleanup-operator.name" . }}
{{- $joined := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) }}
{{- default $joined .Values.fullnameOverride | trunc 48 | trimSuffix "-" }}
{{- end }}

{{- define "cassandra-cleanup-operator.serviceAccountName" -}}
{{- default (include "cassandra-cleanup-operator.fullname" .) .Values.serviceAccount.name }}
{{- end }}

{{- define "cassandra-cleanup-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "cassandra-cleanup-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cassandra-cleanup-operator.labels" -}}
{{ include "cassandra-cleanup-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* Labels and annotations of an object; ours win over further ones: a list of the root, labels and annotations. */ -}}
{{- define "cassandra-cleanup-operator.metadata" -}}
{{- $root := index . 0 }}
{{- $own := include "cassandra-cleanup-operator.labels" $root | fromYaml -}}
labels:
  {{- merge $own (index . 1 | default dict) | toYaml | nindent 2 }}
{{- with merge (dict) (index . 2 | default dict) $root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "cassandra-cleanup-operator.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- /* A file that the chart brings along. */ -}}
{{- define "cassandra-cleanup-operator.file" -}}
{{- $root := index . 0 }}
{{- required (printf "the chart has no %s" (index . 1)) ($root.Files.Get (index . 1)) }}
{{- end }}
