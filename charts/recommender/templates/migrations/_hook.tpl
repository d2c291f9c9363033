{{/*
Migrations run before anything else of a release exists, so that all they need is made by hooks as well, earlier by
weight, and goes when they are done. What is left after a failure is replaced by the next try.
*/}}

{{/* weight -> the annotations of a resource that migrations need. */}}
{{- define "recommender.migration-hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/* Whether migrations need a secret of their own: the release's does not exist before an installation. */}}
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
