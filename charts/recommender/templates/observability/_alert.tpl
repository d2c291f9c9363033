{{/* (root, name, severity, waiting time, expression, summary) -> an alert. */}}
{{- define "recommender.alert" -}}
{{- $values := (index . 0).Values.metrics.prometheusRule -}}
- alert: {{ index . 1 }}
  expr: {{ index . 4 | quote }}
  for: {{ index . 3 }}
  labels:
    {{- toYaml (merge (dict) (default dict $values.alertLabels) (dict "severity" (index . 2))) | nindent 4 }}
  annotations:
    summary: {{ index . 5 | quote }}
    {{- if $values.runbookUrl }}
    runbook_url: {{ printf "%s%s" $values.runbookUrl (index . 1 | lower) | quote }}
    {{- end }}
{{- end -}}

{{/* Labels that select the metrics of the release's pods. */}}
{{- define "recommender.metrics-job" -}}
{{- printf "namespace=%q,job=%q" .Release.Namespace (printf "%s-metrics" (include "recommender.fullname" .)) -}}
{{- end -}}

{{/* (root, window) -> the share of shoppers' requests that failed. Probes and scans of unknown paths do not count. */}}
{{- define "recommender.failed-share" -}}
{{- $requests := printf `http_server_request_duration_seconds_count{%s,http_route=~"/v1/.*"` (include "recommender.metrics-job" (index . 0)) -}}
{{- printf `sum(rate(%[1]s,http_response_status_code=~"5.."}[%[2]s])) / sum(rate(%[1]s}[%[2]s]))` $requests (index . 1) -}}
{{- end -}}

{{/* (root, speed, short window, long window) -> true while errors use up the budget of 30 days so many times too fast.
     The short window ends the alert soon after the errors end. */}}
{{- define "recommender.burn" -}}
{{- $limit := mulf (index . 1) (index . 0).Values.metrics.prometheusRule.errorRatio -}}
{{- $short := include "recommender.failed-share" (list (index . 0) (index . 2)) -}}
{{- $long := include "recommender.failed-share" (list (index . 0) (index . 3)) -}}
{{- printf "(%s > %v and %s > %v)" $short $limit $long $limit -}}
{{- end -}}
