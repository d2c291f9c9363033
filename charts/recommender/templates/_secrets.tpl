{{/* References to secret values, in an existing secret or in the chart's own. */}}

{{/* (root, value, existing, key in the chart's secret) -> the reference as YAML, empty when there is none. */}}
{{- define "recommender.secret-reference" -}}
{{- $root := index . 0 -}}
{{- $existing := index . 2 -}}
{{- if $existing.name -}}
name: {{ include "recommender.rendered" (list $root $existing.name) | quote }}
key: {{ $existing.key | quote }}
{{- else if index . 1 -}}
name: {{ include "recommender.fullname" $root | quote }}
key: {{ index . 3 }}
{{- end -}}
{{- end -}}

{{- define "recommender.database-reference" -}}
{{- include "recommender.secret-reference" (list . .Values.database.url .Values.database.existingSecret "database-url") -}}
{{- end -}}

{{- define "recommender.redis-reference" -}}
{{- include "recommender.secret-reference" (list . .Values.redis.url .Values.redis.existingSecret "redis-url") -}}
{{- end -}}

{{- define "recommender.catalog-reference" -}}
{{- with .Values.catalog -}}
{{- include "recommender.secret-reference" (list $ .clientSecret .existingSecret "catalog-client-secret") -}}
{{- end -}}
{{- end -}}

{{/* Content of the chart's own secret (Base64) as YAML: the secrets that are set as values. */}}
{{- define "recommender.own-secrets" -}}
{{- if and .Values.database.url (not .Values.database.existingSecret.name) }}
database-url: {{ .Values.database.url | b64enc | quote }}
{{- end }}
{{- if and .Values.redis.url (not .Values.redis.existingSecret.name) }}
redis-url: {{ .Values.redis.url | b64enc | quote }}
{{- end }}
{{- if and .Values.catalog.clientSecret (not .Values.catalog.existingSecret.name) }}
catalog-client-secret: {{ .Values.catalog.clientSecret | b64enc | quote }}
{{- end }}
{{- if and .Values.snapshot.signingKey.value (not .Values.snapshot.signingKey.existingSecret.name) }}
signing-key: {{ .Values.snapshot.signingKey.value | b64enc | quote }}
{{- end }}
{{- end -}}

{{/* The secrets that a build uses. A change needs a new build, because snapshots are signed. */}}
{{- define "recommender.indexer-secrets" -}}
{{- $unused := .Values.indexer.readEvents | ternary (list "redis-url") (list "redis-url" "database-url") -}}
{{- $own := include "recommender.own-secrets" . | fromYaml -}}
{{- range $unused -}}
{{- $_ := unset $own . -}}
{{- end -}}
{{- with $own -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{/* Names of the signing keys in the secret, as a JSON list. */}}
{{- define "recommender.signing-keys" -}}
{{- with .Values.snapshot.signingKey.existingSecret -}}
{{- empty .name | ternary (list "signing-key") .keys | toJson -}}
{{- end -}}
{{- end -}}

{{- define "recommender.signing-key-secret" -}}
{{- include "recommender.rendered" (list . (default (include "recommender.fullname" .) .Values.snapshot.signingKey.existingSecret.name)) -}}
{{- end -}}

{{/* (variable, reference as YAML) -> an entry of `env`, empty without a reference. */}}
{{- define "recommender.secret-variable" -}}
{{- if index . 1 -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      {{- index . 1 | nindent 6 }}
{{- end -}}
{{- end -}}
