{{/*
Migrations run before other resources of a release exist. Hooks with a lower weight create everything they need, and
it is deleted when they are done. Remains of a failure are replaced by the next attempt.
*/}}

{{/* weight -> annotations of a resource that migrations need. */}}
{{- define "recommender.migration-hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
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
