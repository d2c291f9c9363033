{{/* Rejects invalid values before anything reaches the cluster. All faults are listed at once, as sentences. */}}

{{- define "recommender.refusals" -}}
{{- include "recommender.missing" . -}}
{{- include "recommender.form-refusals" . -}}
{{- include "recommender.name-refusals" . -}}
{{- include "recommender.contradictions" . -}}
{{- include "recommender.pod-refusals" . -}}
{{- include "recommender.traffic-refusals" . -}}
{{- include "recommender.extension-refusals" . -}}
{{- end -}}

{{- define "recommender.missing" -}}
{{- if not .Values.auth.issuers }}
- auth.issuers is empty: at least one token issuer (issuer and jwksUrl) is required.
{{- end }}
{{- if not .Values.catalog.url }}
- catalog.url is missing: the base URL of the shop's catalog service.
{{- end }}
{{- if not (include "recommender.database-reference" .) }}
- database is missing: set database.existingSecret.name (or database.url).
{{- end }}
{{- if .Values.console.enabled }}
{{- range $name := list "publicUrl" "clientId" "authorizationUrl" "tokenUrl" }}
{{- if not (index $.Values.console $name) }}
- console.{{ $name }} is missing: the console needs it (or console.enabled=false).
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.snapshot.signingKey }}
{{- if not (or .value .existingSecret.name) }}
- snapshot.signingKey is missing: set snapshot.signingKey.existingSecret.name (or snapshot.signingKey.value).
{{- end }}
{{- end }}
{{- end -}}

{{- define "recommender.contradictions" -}}
{{- range $name, $value := dict "database.url" .Values.database "redis.url" .Values.redis }}
{{- if and $value.url $value.existingSecret.name }}
- {{ $name }} and its existingSecret exclude each other: set only one.
{{- end }}
{{- end }}
{{- with .Values.snapshot.signingKey }}
{{- if and .value .existingSecret.name }}
- snapshot.signingKey.value and its existingSecret exclude each other: set only one.
{{- end }}
{{- end }}
{{- with .Values.catalog }}
{{- if and .clientSecret .existingSecret.name }}
- catalog.clientSecret and its existingSecret exclude each other: set only one.
{{- end }}
{{- if and .tokenUrl (or (not .clientId) (not (or .clientSecret .existingSecret.name))) }}
- catalog.tokenUrl needs catalog.clientId and a secret (catalog.existingSecret.name or catalog.clientSecret).
{{- end }}
{{- if and (not .tokenUrl) (or .clientId .clientSecret .existingSecret.name) }}
- catalog.clientId and its secret need catalog.tokenUrl.
{{- end }}
{{- end }}
{{- with .Values.indexer }}
{{- if and (dig "INDEXER_BROWSING_WEIGHT" false (.settings | default dict)) (not .readEvents) }}
- indexer.settings.INDEXER_BROWSING_WEIGHT needs indexer.readEvents: views and carts are in the database.
{{- end }}
{{- end }}
{{- with .Values.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
- autoscaling.minReplicas ({{ .minReplicas }}) is greater than autoscaling.maxReplicas ({{ .maxReplicas }}).
{{- end }}
{{- if and .enabled (not (or .cpuPercent .inFlight.enabled .extraMetrics)) }}
- autoscaling has no metric: set cpuPercent, inFlight.enabled or extraMetrics.
{{- end }}
{{- if and .enabled .inFlight.enabled (not .inFlight.metric) }}
- autoscaling.inFlight needs the name of a metric that the metrics API serves (autoscaling.inFlight.metric).
{{- end }}
{{- end }}
{{- if and .Values.podDisruptionBudget.enabled (kindIs "invalid" .Values.podDisruptionBudget.minAvailable) (has (toString .Values.podDisruptionBudget.maxUnavailable) (list "0" "0%")) }}
- podDisruptionBudget.maxUnavailable is 0, so nodes could not be drained.
{{- end }}
{{- end -}}

{{- define "recommender.pod-refusals" -}}
{{- if and .Values.autoscaling.enabled .Values.autoscaling.cpuPercent (not (dig "requests" "cpu" "" (default dict .Values.service.resources))) }}
- autoscaling needs service.resources.requests.cpu, because autoscaling.cpuPercent is relative to it.
{{- end }}
{{- if and (eq .Values.snapshot.storage "volume") (eq .Values.snapshot.persistence.accessMode "ReadWriteOnce") (eq .Values.service.spread "DoNotSchedule") }}
- service.spread is DoNotSchedule, but a ReadWriteOnce volume (snapshot.persistence.accessMode) requires all pods on one node.
{{- end }}
{{- with .Values.jobs.serviceAccount }}
{{- if and .create .name }}
- jobs.serviceAccount.name ({{ .name }}) needs jobs.serviceAccount.create false: it is an existing account for all jobs.
{{- end }}
{{- end }}
{{- if and (include "recommender.one-node-only" .) .Values.service.topologySpreadConstraints }}
- service.topologySpreadConstraints spread pods, but a ReadWriteOnce volume (snapshot.persistence.accessMode) requires all pods on one node.
{{- end }}
{{- $reserved := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" }}
{{- range $label := keys (default dict .Values.commonLabels) | sortAlpha }}
{{- if or (has $label $reserved) (hasPrefix "app.kubernetes.io/" $label) (hasPrefix "helm.sh/" $label) }}
- commonLabels sets {{ $label }}, which the chart sets itself.
{{- end }}
{{- end }}
{{- range $part := list "service" "indexer" "jobs" }}
{{- range $label := keys (default dict (index $.Values $part).podLabels) | sortAlpha }}
{{- if has $label $reserved }}
- {{ $part }}.podLabels sets {{ $label }}, which the chart's own selectors use.
{{- end }}
{{- end }}
{{- end }}
{{- $name := include "recommender.fullname" . }}
{{- if not (or .Values.fullnameOverride (regexMatch "^[a-z][-a-z0-9]*$" $name)) }}
- {{ $name }}, from the names of release and chart, cannot name a Service, which begins with a letter and has only a-z, 0-9 and hyphens. Set fullnameOverride.
{{- end }}
{{- $workloads := dict "service.resources" .Values.service.resources "indexer.resources" .Values.indexer.resources }}
{{- $_ := merge $workloads (dict "indexer.pruneResources" .Values.indexer.pruneResources "smokeTest.resources" .Values.smokeTest.resources) }}
{{- $_ := merge $workloads (dict "migrations.resources" .Values.migrations.resources "retention.resources" .Values.retention.resources) }}
{{- range $name, $wanted := $workloads }}
{{- $resources := default dict $wanted }}
{{- range $part := list "requests" "limits" }}
{{- range $resource, $amount := get $resources $part | default dict }}
{{- if and (ne $resource "cpu") (hasSuffix "m" (toString $amount)) }}
- {{ $name }}.{{ $part }}.{{ $resource }} is {{ $amount }}, which are thousandths of a byte. For MiB write Mi.
{{- end }}
{{- end }}
{{- end }}
{{- range $resource, $limit := $resources.limits | default dict }}
{{- $first := and (eq $name "indexer.resources") $.Values.indexer.firstRun | ternary (get (default dict $.Values.indexer.firstRunRequests) $resource) nil }}
{{- if and $first (gt (include "recommender.amount" $first | float64) (include "recommender.amount" $limit | float64)) }}
- indexer.firstRunRequests.{{ $resource }} ({{ $first }}) is more than the limit in indexer.resources ({{ $limit }}).
{{- end }}
{{- $request := get ($resources.requests | default dict) $resource }}
{{- if and $request (gt (include "recommender.amount" $request | float64) (include "recommender.amount" $limit | float64)) }}
- {{ $name }} requests more {{ $resource }} ({{ $request }}) than its limit ({{ $limit }}).
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* A quantity as a number. */}}
{{- define "recommender.amount" -}}
{{- $units := dict "" 1.0 "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "E" 1e18 "Ki" 0x1p10 "Mi" 0x1p20 "Gi" 0x1p30 "Ti" 0x1p40 "Pi" 0x1p50 "Ei" 0x1p60 -}}
{{- $text := toString . -}}
{{- $unit := regexFind "([KMGTPE]i|[mkMGTPE])?$" $text -}}
{{- mulf (trimSuffix $unit $text | float64) (get $units $unit) -}}
{{- end -}}

{{- define "recommender.traffic-refusals" -}}
{{- if and .Values.caBundle.configMap .Values.caBundle.secret }}
- caBundle.configMap and caBundle.secret exclude each other: set only one.
{{- end }}
{{- $issuers := list }}
{{- range .Values.auth.issuers }}
{{- if has .issuer $issuers }}
- auth.issuers lists {{ .issuer }} twice.
{{- end }}
{{- $issuers = append $issuers .issuer }}
{{- end }}
{{- if and .Values.ingress.enabled .Values.gateway.enabled }}
- ingress.enabled and gateway.enabled exclude each other: set only one.
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
- ingress.hosts is empty: an Ingress without a host receives the requests of every host.
{{- end }}
{{- if and .Values.ingress.enabled (not (or .Values.ingress.paths .Values.ingress.extraPaths)) }}
- ingress.paths and ingress.extraPaths are empty: name a path.
{{- end }}
{{- if and .Values.ingress.externalAuth (not .Values.ingress.enabled) }}
- ingress.externalAuth needs ingress.enabled.
{{- end }}
{{- if and .Values.ingress.externalAuth .Values.console.enabled }}
- ingress.externalAuth and console.enabled exclude each other: browsers have no token. Leave out externalAuth, because the service verifies every token itself.
{{- end }}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) }}
- gateway.parentRefs is empty: name the Gateway of the route.
{{- end }}
{{- if and .Values.gateway.enabled (not (or .Values.gateway.paths .Values.gateway.extraRules)) }}
- gateway.paths and gateway.extraRules are empty: name a path.
{{- end }}
{{- if and .Values.gateway.enabled .Values.gateway.jwtPolicy.enabled (gt (len (default list .Values.auth.issuers)) 4) }}
- gateway.jwtPolicy supports at most four issuers: disable gateway.jwtPolicy.enabled. The service verifies all issuers itself.
{{- end }}
{{- with .Values.metrics }}
{{- if and (not .enabled) (or .serviceMonitor.enabled .prometheusRule.enabled) }}
- metrics.serviceMonitor and metrics.prometheusRule need metrics.enabled.
{{- end }}
{{- if and .prometheusRule.enabled (not (or .serviceMonitor.enabled .job)) }}
- metrics.prometheusRule needs metrics.serviceMonitor, because its alerts use the job of the monitor. With another one, name its job in metrics.job.
{{- end }}
{{- if eq (int .port) 8000 }}
- metrics.port is 8000, which is the port of the API.
{{- end }}
{{- end }}
{{- with .Values.smokeTest }}
{{- if and .enabled .tokenUrl (not (and .clientId .existingSecret.name)) }}
- smokeTest.tokenUrl needs smokeTest.clientId and smokeTest.existingSecret.name.
{{- end }}
{{- end }}
{{- with .Values.snapshot }}
{{- if and (eq .storage "object") (not .object.url) }}
- snapshot.storage is object, but snapshot.object.url is missing: the bucket, such as s3://bucket/prefix.
{{- end }}
{{- if and (eq .storage "volume") .object.url }}
- snapshot.object.url has no effect with snapshot.storage volume: set snapshot.storage to object.
{{- end }}
{{- range $part, $other := dict "service" "indexer" "indexer" "service" }}
{{- $others := index $.Values $other }}
{{- if and (eq $.Values.snapshot.storage "object") (include "recommender.bucket-endpoint" (index $.Values $part)) (not (or $others.extraEnv $others.extraEnvFrom)) }}
- {{ $part }}.extraEnv sets an endpoint of object storage, but {{ $other }}.extraEnv is empty: both use the same bucket.
{{- end }}
{{- end }}
{{- if and (eq .storage "object") .persistence.existingClaim }}
- snapshot.persistence.existingClaim has no effect with snapshot.storage object.
{{- end }}
{{- end }}
{{- with .Values.snapshot.persistence }}
{{- if and .existingClaim .storageClassName }}
- snapshot.persistence.storageClassName has no effect with an existing claim.
{{- end }}
{{- end }}
{{- end -}}
