{{- /* How the operator talks to the Sidecars. */ -}}
{{- /* The Secrets that are mounted as files, as a mapping of folder to name. */ -}}
{{- define "cassandra-cleanup-operator.sidecarSecrets" -}}
{{- with .Values.sidecar }}
{{- with .tls.caSecret }}
ca: {{ . }}
{{- end }}
{{- with .tls.clientCertificateSecret }}
client-certificate: {{ . }}
{{- end }}
{{- with .tokenSecret }}
token: {{ . }}
{{- end }}
{{- with .basicAuthSecret }}
basic-auth: {{ . }}
{{- end }}
{{- end }}
{{- end }}

{{- define "cassandra-cleanup-operator.sidecarArgs" -}}
{{- $folder := "/etc/sidecar" }}
{{- with .Values.sidecar }}
{{- if ne (int .port) 4567 }}
- --sidecar-port={{ .port }}
{{- end }}
{{- if .tls.enabled }}
- --sidecar-scheme=https
{{- with .tls.serverName }}
- {{ printf "--sidecar-server-name=%s" . | quote }}
{{- end }}
{{- end }}
{{- if .tls.caSecret }}
- --sidecar-ca-file={{ $folder }}/ca/ca.crt
{{- end }}
{{- if .tls.clientCertificateSecret }}
- --sidecar-cert-file={{ $folder }}/client-certificate/tls.crt
- --sidecar-key-file={{ $folder }}/client-certificate/tls.key
{{- end }}
{{- if .tokenSecret }}
- --sidecar-token-file={{ $folder }}/token/token
{{- end }}
{{- if .basicAuthSecret }}
- --sidecar-username-file={{ $folder }}/basic-auth/username
- --sidecar-password-file={{ $folder }}/basic-auth/password
{{- end }}
{{- end }}
{{- end }}
