{{/*
Migrations run before other resources of a release exist. Hooks with a lower weight create everything they need, and
it is deleted when they are done. Remains of a failure are replaced by the next attempt.
*/}}

{{/* (root, weight, further annotations) -> annotations of the job or of what it needs. */}}
{{- define "recommender.migration-hook" -}}
{{- $annotations := dict "helm.sh/hook-weight" (index . 1 | toString) -}}
{{- toYaml (merge $annotations (default dict (index . 0).Values.migrations.hookAnnotations) (index . 2 | default dict)) -}}
{{- end -}}

{{/* True when migrations need their own secret, because the release's does not exist before an installation. */}}
{{- define "recommender.migration-secret" -}}
{{- if not .Values.database.existingSecret.name -}}
{{ include "recommender.fullname" . }}-migrations
{{- end -}}
{{- end -}}

{{- define "recommender.migration-database" -}}
{{- if include "recommender.migration-secret" . -}}
name: {{ include "recommender.migration-secret" . | quote }}
key: database-url
{{- else -}}
{{ include "recommender.database-reference" . }}
{{- end -}}
{{- end -}}
