{{/* CORS of SERVICE_CORS_ORIGINS as YAML with the names of Envoy Gateway, empty without origins. */}}
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
