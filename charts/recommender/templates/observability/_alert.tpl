{{/* (root, name, severity, waiting time, expression, summary) -> an alert. */}}
{{- define "recommender.alert" -}}
{{- $values := (index . 0).Values.metrics.prometheusRule -}}
- alert: {{ index . 1 }}
  expr: {{ index . 4 | quote }}
  for: {{ index . 3 }}
  labels:
    {{- toYaml (merge (dict) (include "recommender.kept" $values.alertLabels | fromYaml) (dict "severity" (index . 2))) | nindent 4 }}
  annotations:
    summary: {{ index . 5 | quote }}
    {{- if $values.runbookUrl }}
    runbook_url: {{ printf "%s%s" $values.runbookUrl (index . 1 | lower) | quote }}
    {{- end }}
{{- end -}}

{{/* Labels that select the metrics of the release's pods. */}}
{{- define "recommender.metrics-job" -}}
{{- printf "namespace=%q,job=%q" (include "recommender.namespace" .) (include "recommender.job" .) -}}
{{- end -}}

{{/* The label `job` of the metrics. With a ServiceMonitor it is the name of the Service. */}}
{{- define "recommender.job" -}}
{{- tpl (default "" .Values.metrics.job) . | default (printf "%s-metrics" (include "recommender.fullname" .)) -}}
{{- end -}}

{{/* (root, window) -> the rate of shoppers' requests that failed, by series. Probes and scans of unknown paths do not count.
     Requests that fail before they are routed do: while a token issuer is down, all of them fail there. */}}
{{- define "recommender.failed" -}}
{{- printf `rate(http_server_request_duration_seconds_count{%s,http_route=~"/v1/.*|unmatched",http_response_status_code=~"5.."}[%s])` (include "recommender.metrics-job" (index . 0)) (index . 1) -}}
{{- end -}}

{{/* (root, window) -> the rate of shoppers' requests. */}}
{{- define "recommender.requests" -}}
{{- printf `sum(rate(http_server_request_duration_seconds_count{%s,http_route=~"/v1/.*"}[%s]) or %s)` (include "recommender.metrics-job" (index . 0)) (index . 1) (include "recommender.failed" .) -}}
{{- end -}}

{{/* (root, window) -> the share of shoppers' requests that failed. */}}
{{- define "recommender.failed-share" -}}
{{- printf `sum(%s) / %s` (include "recommender.failed" .) (include "recommender.requests" .) -}}
{{- end -}}

{{/* (root, speed, short window, long window) -> true while errors use up the budget of 30 days so many times too fast.
     The short window ends the alert soon after the errors end. A few errors are no alert: of ten requests at night, one is 10 %. */}}
{{- define "recommender.burn" -}}
{{- $limit := mulf (index . 1) (index . 0).Values.metrics.prometheusRule.errorRatio -}}
{{- $short := include "recommender.failed-share" (list (index . 0) (index . 2)) -}}
{{- $long := include "recommender.failed-share" (list (index . 0) (index . 3)) -}}
{{- $errors := printf `sum(%s)` (include "recommender.failed" (list (index . 0) (index . 3)) | replace "rate(" "increase(") -}}
{{- printf "(%s > %v and %s > %v and %s >= %v)" $short $limit $long $limit $errors (index . 0).Values.metrics.prometheusRule.minErrors -}}
{{- end -}}
