{{/* What browsers of listed origins may do (SERVICE_CORS_ORIGINS), as YAML in the words of Envoy Gateway; empty: nothing. */}}
{{- define "recommender.cross-origin" -}}
{{- $origins := get (default dict .Values.service.settings) "SERVICE_CORS_ORIGINS" | default list -}}
{{- if kindIs "string" $origins -}}
{{- $origins = fromJsonArray $origins -}}
{{- end -}}
{{- with $origins -}}
allowOrigins:
  {{- toYaml . | nindent 2 }}
allowMethods: [GET, POST, PUT, DELETE]
allowHeaders: [authorization, content-type, if-none-match, x-request-id]
exposeHeaders: [etag, ratelimit, ratelimit-policy, retry-after, www-authenticate, x-request-id]
{{- end -}}
{{- end -}}
