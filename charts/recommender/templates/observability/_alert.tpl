{{/* (root, name, expr, for, severity, summary) -> an alert. */}}
{{- define "recommender.alert" -}}
{{- $values := .root.Values.metrics.prometheusRule -}}
- alert: {{ .name }}
  expr: {{ .expr | quote }}
  for: {{ .for }}
  labels:
    {{- toYaml (merge (dict) (default dict $values.alertLabels) (dict "severity" .severity)) | nindent 4 }}
  annotations:
    summary: {{ .summary | quote }}
    {{- with $values.runbookUrl }}
    runbook_url: {{ printf "%s%s" . (lower $.name) | quote }}
    {{- end }}
{{- end -}}
