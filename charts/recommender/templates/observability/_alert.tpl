{{/* (root, name, expr, for, severity, summary) -> an alert. */}}
{{- define "recommender.alert" -}}
{{- $values := .root.Values.metrics.prometheusRule -}}
- alert: {{ .name }}
  expr: {{ .expr | quote }}
  for: {{ .for }}
  labels:
    severity: {{ .severity }}
    {{- with $values.alertLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  annotations:
    summary: {{ .summary | quote }}
    {{- with $values.runbookUrl }}
    runbook_url: {{ printf "%s%s" . (lower $.name) }}
    {{- end }}
{{- end -}}
