{{/* Alerts about answers to shoppers. */}}
{{- define "recommender.service-alerts" -}}
{{- $values := .Values.metrics.prometheusRule -}}
{{- $job := include "recommender.metrics-job" . -}}
{{- $requests := printf `http_server_request_duration_seconds_count{%s,http_route=~"/v1/.*"}` $job -}}
{{- $zero := "" }}
{{- if and (not .Values.autoscaling.enabled) (kindIs "invalid" .Values.service.replicas) }}
{{- /* Another autoscaler may want no pod. By the chart's own values somebody else did, and shoppers miss the pods. */}}
{{- $zero = printf ` unless on () max(kube_deployment_spec_replicas{namespace=%q,deployment=%q}) == 0` (include "recommender.namespace" .) (include "recommender.fullname" .) }}
{{- end }}
{{- if not (include "recommender.paused" .) }}
{{ include "recommender.alert" (list . "RecommenderDown" "critical" "5m"
  (printf `absent(up{%s} == 1)%s` $job $zero)
  "No pod of the recommendation service is up.") }}
{{ include "recommender.alert" (list . "RecommenderNotServing" "critical" "5m"
  (printf `(absent(recommender_snapshot_info{%s}) or on () max by (namespace) (kube_deployment_status_replicas_available{namespace=%q,deployment=%q}) == 0) and on () sum(increase(%s[1d])) > 0%s` $job (include "recommender.namespace" .) (include "recommender.fullname" .) $requests $zero)
  "No pod can serve, and shoppers were answered within the last day.") }}
{{- end }}
{{ include "recommender.alert" (list . "RecommenderErrors" "critical" "2m"
  (printf "%s or %s" (include "recommender.burn" (list . 14.4 "5m" "1h")) (include "recommender.burn" (list . 6.0 "30m" "6h")))
  "{{ $value | humanizePercentage }} of shoppers' requests fail.") }}
{{ include "recommender.alert" (list . "RecommenderErrorBudget" "warning" "15m"
  (printf "%s or %s" (include "recommender.burn" (list . 3.0 "2h" "1d")) (include "recommender.burn" (list . 1.0 "6h" "3d")))
  "{{ $value | humanizePercentage }} of shoppers' requests fail, so that the error budget will not last for 30 days.") }}
{{ include "recommender.alert" (list . "RecommenderSlow" "warning" "10m"
  (printf `histogram_quantile(0.99, sum by (le) (rate(http_server_request_duration_seconds_bucket{%[1]s,http_route=~"/v1/.*"}[5m]))) > %[2]v and sum(increase(http_server_request_duration_seconds_bucket{%[1]s,http_route=~"/v1/.*",le="+Inf"}[1h])) >= 100` $job $values.latencySeconds)
  "The 99th percentile of request durations is {{ $value | humanizeDuration }}.") }}
{{ include "recommender.alert" (list . "RecommenderShedding" "warning" "5m"
  (printf `(sum(rate(recommender_shed_total{%[1]s}[5m])) + sum(rate(recommender_timed_out_total{%[1]s}[5m]))) / %[2]s > 0.01` $job (include "recommender.requests" (list . "5m")))
  "{{ $value | humanizePercentage }} of requests are rejected or cancelled, because pods are at their limits.") }}
{{ include "recommender.alert" (list . "RecommenderDegraded" "warning" "10m"
  (printf `sum by (dependency) (rate(recommender_degraded_total{%[1]s}[5m])) / scalar(sum(rate(recommender_answers_total{%[1]s}[5m]))) > 0.05` $job)
  "{{ $value | humanizePercentage }} of answers are made without {{ $labels.dependency }}.") }}
{{ include "recommender.alert" (list . "RecommenderDatabaseDown" "critical" "5m"
  (printf `(sum(rate(recommender_database_errors_total{%[1]s}[3m])) or vector(0)) + (sum(rate(recommender_degraded_total{%[1]s,dependency="database"}[3m])) or vector(0)) > 0` $job)
  "{{ $value | humanize }} requests per second fail or are degraded, because the database fails.") }}
{{ include "recommender.alert" (list . "RecommenderIssuerKeysUnavailable" "warning" "15m"
  (printf `min by (issuer) (recommender_issuer_keys_available{%s}) == 0` $job)
  "The keys of {{ $labels.issuer }} cannot be fetched.") }}
{{ include "recommender.alert" (list . "RecommenderCatalogErrors" "warning" "15m"
  (printf `sum by (operation) (rate(recommender_catalog_errors_total{%s}[10m])) > 0.1` $job)
  "Calls to the catalog fail: {{ $labels.operation }}, {{ $value | humanize }} per second.") }}
{{ include "recommender.alert" (list . "RecommenderChangesNotArriving" "warning" "5m"
  (printf `max by (pod) (recommender_overlay_age_seconds{%s} > 300)` $job)
  "{{ $labels.pod }} has received no changes of price or stock for {{ $value | humanizeDuration }}.") }}
{{ include "recommender.alert" (list . "RecommenderChangesSkipped" "warning" "15m"
  (printf `max by (record) (increase(recommender_catalog_faults_total{%s,fault="invalid"}[1h])) > %v` $job $values.skippedChanges)
  "A pod skipped {{ $value | humanize }} records of the catalog ({{ $labels.record }}) within an hour, because they are invalid.") }}
{{ include "recommender.alert" (list . "RecommenderClicksFell" "warning" "1h"
  (include "recommender.clicks-fell" .)
  "The click-through rate of the last day is {{ $value | humanizePercentage }}, a third below that of a week before.") }}
{{- if and .Values.autoscaling.enabled (lt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) }}
{{- $hpa := printf `namespace=%q,horizontalpodautoscaler=%q` (include "recommender.namespace" .) (include "recommender.fullname" .) }}
{{ include "recommender.alert" (list . "RecommenderAtMaximum" "warning" "15m"
  (printf `kube_horizontalpodautoscaler_status_current_replicas{%[1]s} >= kube_horizontalpodautoscaler_spec_max_replicas{%[1]s}` $hpa)
  "The service runs its maximum of {{ $value }} pods.") }}
{{- end }}
{{- end -}}

{{/* True if the click-through rate fell by a third against the week before, with enough impressions to tell. */}}
{{- define "recommender.clicks-fell" -}}
{{- $job := include "recommender.metrics-job" . -}}
{{- $rate := `sum(increase(recommender_clicks_total{%[1]s}[1d]%[2]s)) / sum(increase(recommender_impressions_total{%[1]s}[1d]%[2]s))` -}}
{{- $today := printf $rate $job "" -}}
{{- $before := printf $rate $job " offset 1w" -}}
{{- printf `%s < 0.67 * (%s) and sum(increase(recommender_impressions_total{%s}[1d])) > 1000` $today $before $job -}}
{{- end -}}
