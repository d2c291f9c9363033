{{/* Alerts about snapshots, and about the jobs. Those about Jobs and CronJobs need kube-state-metrics. */}}
{{- define "recommender.snapshot-alerts" -}}
{{- $values := .Values.metrics.prometheusRule -}}
{{- $job := include "recommender.metrics-job" . -}}
{{- $name := include "recommender.fullname" . -}}
{{ include "recommender.alert" (list . "RecommenderWithoutSnapshot" "warning" "15m"
  (printf `up{%[1]s} == 1 unless on (pod) recommender_snapshot_info{%[1]s}` $job)
  "{{ $labels.pod }} has no snapshot to serve.") }}
{{ include "recommender.alert" (list . "RecommenderSnapshotRefused" "warning" "0m"
  (printf `sum(increase(recommender_snapshot_refusals_total{%s}[15m])) > 0` $job)
  "Pods reject a published snapshot and continue with the old one.") }}
{{ include "recommender.alert" (list . "RecommenderSnapshotsDiffer" "warning" "15m"
  (printf `count(count by (version) (recommender_snapshot_info{%s})) > 1` $job)
  "Pods serve {{ $value }} different snapshots.") }}
{{ include "recommender.alert" (list . "RecommenderSnapshotOld" "warning" "15m"
  (printf `min(recommender_snapshot_age_seconds{%s}) > %v * 3600` $job $values.snapshotAgeHours)
  "The served snapshot was built {{ $value | humanizeDuration }} ago.") }}
{{ include "recommender.alert" (list . "RecommenderPurchasesOld" "warning" "15m"
  (printf `min(recommender_snapshot_purchases_age_seconds{%s}) > %v * 3600` $job $values.purchasesAgeHours)
  "The latest purchase in the served snapshot was made {{ $value | humanizeDuration }} ago.") }}
{{ include "recommender.alert" (list . "RecommenderQualityFell" "warning" "15m"
  (printf `max by (measure) (recommender_snapshot_quality{%[1]s,measure=~"ndcg_at_20|recall_at_20"}) < 0.9 * max by (measure) (max_over_time(recommender_snapshot_quality{%[1]s,measure=~"ndcg_at_20|recall_at_20"}[7d]))` $job)
  "{{ $labels.measure }} of the served snapshot is {{ $value | humanize }}, a tenth below the best of the last week.") }}
{{ include "recommender.alert" (list . "RecommenderBuildNotPublished" "warning" "0m"
  (include "recommender.run-failed" (list . "build" "published"))
  "The last build was {{ $labels.outcome }}. The live snapshot stays.") }}
{{- if .Values.indexer.refresh.enabled }}
{{ include "recommender.alert" (list . "RecommenderRefreshFailed" "warning" "1h"
  (include "recommender.run-failed" (list . "refresh" "published|unchanged"))
  "No refresh has succeeded for an hour, the last one was {{ $labels.outcome }}. New products wait for the next build.") }}
{{- end }}
{{ include "recommender.alert" (list . "RecommenderRecordsSkipped" "warning" "15m"
  (printf `max by (record) (label_replace(recommender_build_last{%s,measure=~"rejected_.*"}, "record", "$1", "measure", "rejected_(.*)s")) > %v` $job $values.skippedRecords)
  "The last build skipped {{ $value | humanize }} records of the catalog ({{ $labels.record }}), because they are invalid.") }}
{{ include "recommender.alert" (list . "RecommenderIndexFailed" "warning" "0m"
  (include "recommender.job-failed" (list . (printf "%s-(indexer|first-build)-.*" $name)))
  "The build {{ $labels.job_name }} failed. The live snapshot stays.") }}
{{- if .Values.retention.enabled }}
{{ include "recommender.alert" (list . "RecommenderRetentionFailed" "warning" "0m"
  (include "recommender.job-failed" (list . (printf "%s-retention-.*" $name)))
  "The job {{ $labels.job_name }} failed. Old events are not deleted.") }}
{{- end }}
{{- if .Values.migrations.enabled }}
{{ include "recommender.alert" (list . "RecommenderMigrationFailed" "critical" "0m"
  (include "recommender.job-failed" (list . (printf "%s-migrations" $name)))
  "The job {{ $labels.job_name }} failed. The release was not upgraded.") }}
{{- end }}
{{- end -}}

{{/* (root, build or refresh, outcomes of success) -> the latest outcome of such runs if it is no success. */}}
{{- define "recommender.run-failed" -}}
{{- $runs := printf `recommender_build_timestamp_seconds{%s,kind=%q` (include "recommender.metrics-job" (index . 0)) (index . 1) -}}
{{- printf `max by (outcome) (%[1]s,outcome=~"refused|failed"}) > scalar(max(%[1]s,outcome=~%[2]q}) or vector(0))` $runs (index . 2) -}}
{{- end -}}

{{/* (root, pattern of names) -> the latest of these jobs if it failed. */}}
{{- define "recommender.job-failed" -}}
{{- $jobs := printf `namespace=%q,job_name=~%q` (include "recommender.namespace" (index . 0)) (index . 1) -}}
{{- printf `max by (job_name) (kube_job_status_start_time{%[1]s} and on (namespace, job_name) kube_job_failed{%[1]s,condition="true"} == 1) > scalar(max(kube_job_status_completion_time{%[1]s}) or vector(0))` $jobs -}}
{{- end -}}
