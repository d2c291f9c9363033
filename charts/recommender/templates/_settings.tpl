{{/* Settings of the programs in their ConfigMaps. */}}

{{/* A value as the text of an environment variable. Lists and objects are JSON. */}}
{{- define "recommender.setting" -}}
{{- kindIs "string" . | ternary . (toJson .) -}}
{{- end -}}

{{/* auth.issuers as YAML, with the templates in them rendered. */}}
{{- define "recommender.trusted-issuers" -}}
{{- include "recommender.rendered" (list . (default list .Values.auth.issuers)) -}}
{{- end -}}

{{/* auth.issuers as the service reads them: JSON with names in snake_case. */}}
{{- define "recommender.issuers" -}}
{{- $issuers := list -}}
{{- range include "recommender.trusted-issuers" . | fromYamlArray -}}
{{- $issuer := dict -}}
{{- range $name, $value := . -}}
{{- $_ := set $issuer (snakecase $name) $value -}}
{{- end -}}
{{- $issuers = append $issuers $issuer -}}
{{- end -}}
{{- $issuers | toJson -}}
{{- end -}}

{{/* (root, prefix) -> one program's settings for the catalog. */}}
{{- define "recommender.catalog-settings" -}}
{{- $prefix := index . 1 -}}
{{- with (index . 0).Values.catalog -}}
{{ $prefix }}_CATALOG_URL: {{ include "recommender.rendered" (list (index $ 0) .url) | quote }}
{{- if .tokenUrl }}
{{ $prefix }}_CATALOG_TOKEN_URL: {{ include "recommender.rendered" (list (index $ 0) .tokenUrl) | quote }}
{{ $prefix }}_CATALOG_CLIENT_ID: {{ .clientId | quote }}
{{ $prefix }}_CATALOG_AUDIENCE: {{ .audience | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "recommender.service-settings" -}}
{{- $files := list -}}
{{- range include "recommender.signing-keys" . | fromJsonArray -}}
{{- $files = append $files (printf "/etc/recommender/signing-keys/%s" .) -}}
{{- end -}}
SERVICE_LISTEN_HOST: {{ .Values.service.listenHost | quote }}
SERVICE_LISTEN_PORT: "8000"
{{- if .Values.metrics.enabled }}
SERVICE_MANAGEMENT_HOST: {{ .Values.service.listenHost | quote }}
SERVICE_MANAGEMENT_PORT: {{ .Values.metrics.port | quote }}
{{- end }}
SERVICE_ISSUERS: {{ include "recommender.issuers" . | quote }}
{{- with .Values.console }}
{{- if .enabled }}
SERVICE_CONSOLE_ENABLED: "true"
SERVICE_CONSOLE_PUBLIC_URL: {{ .publicUrl | quote }}
SERVICE_CONSOLE_CLIENT_ID: {{ .clientId | quote }}
SERVICE_CONSOLE_AUTHORIZATION_URL: {{ .authorizationUrl | quote }}
SERVICE_CONSOLE_TOKEN_URL: {{ .tokenUrl | quote }}
SERVICE_CONSOLE_SCOPES: {{ .scopes | quote }}
{{- end }}
{{- end }}
SERVICE_SNAPSHOT_ROOT: /var/lib/recommender/snapshots
{{- if eq .Values.snapshot.storage "object" }}
SERVICE_SNAPSHOT_URL: {{ include "recommender.rendered" (list . .Values.snapshot.object.url) | quote }}
# Below the limit of the disk, at which the pod would be evicted.
SERVICE_SNAPSHOT_LOCAL_BYTES: {{ include "recommender.amount" .Values.snapshot.object.localSize | float64 | mulf 0.95 | int64 | quote }}
{{- end }}
SERVICE_SNAPSHOT_SIGNING_KEY_FILES: {{ $files | toJson | quote }}
{{ include "recommender.catalog-settings" (list . "SERVICE") }}
{{- with .Values.tracing.otlpEndpoint }}
SERVICE_OTLP_ENDPOINT: {{ include "recommender.rendered" (list $ .) | quote }}
SERVICE_TRACE_SAMPLE_RATIO: {{ $.Values.tracing.sampleRatio | quote }}
{{- end }}
SERVICE_READY_WITHOUT_SNAPSHOT: {{ .Values.service.readyWithoutSnapshot | quote }}
SERVICE_LOG_LEVEL: {{ .Values.service.logLevel | quote }}
SERVICE_LOG_FORMAT: json
SERVICE_SHUTDOWN_SECONDS: {{ .Values.service.shutdownSeconds | quote }}
{{- range $name, $value := include "recommender.kept" .Values.service.settings | fromYaml }}
{{ $name }}: {{ include "recommender.setting" $value | quote }}
{{- end }}
{{- end -}}

{{- define "recommender.indexer-settings" -}}
INDEXER_SNAPSHOT_ROOT: /var/lib/recommender/snapshots
{{- if eq .Values.snapshot.storage "object" }}
INDEXER_SNAPSHOT_URL: {{ include "recommender.rendered" (list . .Values.snapshot.object.url) | quote }}
{{- end }}
# When an upgrade's build and a scheduled one overlap, the second waits for the first, up to its own time limit.
INDEXER_SNAPSHOT_PATIENCE_SECONDS: {{ int64 .Values.indexer.deadlineSeconds | quote }}
INDEXER_SNAPSHOT_SIGNING_KEY_FILE: /etc/recommender/signing-keys/{{ include "recommender.signing-keys" . | fromJsonArray | first }}
INDEXER_EMBEDDING_CACHE: /var/lib/recommender/embeddings
{{- if gt (int .Values.indexer.shards) 1 }}
INDEXER_SHARDS: {{ .Values.indexer.shards | quote }}
{{- end }}
{{ include "recommender.catalog-settings" (list . "INDEXER") }}
{{- with .Values.tracing.otlpEndpoint }}
INDEXER_OTLP_ENDPOINT: {{ include "recommender.rendered" (list $ .) | quote }}
{{- end }}
INDEXER_LOG_LEVEL: {{ .Values.indexer.logLevel | quote }}
INDEXER_LOG_FORMAT: json
{{- range $name, $value := include "recommender.kept" .Values.indexer.settings | fromYaml }}
{{ $name }}: {{ include "recommender.setting" $value | quote }}
{{- end }}
{{- end -}}
