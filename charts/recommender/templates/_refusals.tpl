{{/* What cannot work is refused before anything reaches the cluster, all of it at once, in sentences. */}}

{{- define "recommender.refusals" -}}
{{- include "recommender.missing" . -}}
{{- include "recommender.contradictions" . -}}
{{- include "recommender.traffic-refusals" . -}}
{{- end -}}

{{- define "recommender.missing" -}}
{{- if not .Values.auth.issuers }}
- auth.issuers is empty: name at least one token issuer (issuer and jwksUrl); there is no way to run without.
{{- end }}
{{- if not .Values.catalog.url }}
- catalog.url is missing: the base URL of the shop's catalog service.
{{- end }}
{{- if not (include "recommender.database-reference" .) }}
- database is missing: set database.existingSecret.name (or database.url).
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
- {{ $name }} and its existingSecret exclude each other: which one counts?
{{- end }}
{{- end }}
{{- with .Values.snapshot.signingKey }}
{{- if and .value .existingSecret.name }}
- snapshot.signingKey.value and its existingSecret exclude each other: which one counts?
{{- end }}
{{- end }}
{{- with .Values.catalog }}
{{- if and .clientSecret .existingSecret.name }}
- catalog.clientSecret and its existingSecret exclude each other: which one counts?
{{- end }}
{{- if and .tokenUrl (or (not .clientId) (not (or .clientSecret .existingSecret.name))) }}
- catalog.tokenUrl needs catalog.clientId and a secret (catalog.existingSecret.name or catalog.clientSecret).
{{- end }}
{{- if and (not .tokenUrl) (or .clientId .clientSecret .existingSecret.name) }}
- catalog.clientId and its secret are of no use without catalog.tokenUrl.
{{- end }}
{{- end }}
{{- with .Values.autoscaling }}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}
- autoscaling.minReplicas ({{ .minReplicas }}) is more than autoscaling.maxReplicas ({{ .maxReplicas }}).
{{- end }}
{{- if and .enabled .inFlight.enabled (not .inFlight.metric) }}
- autoscaling.inFlight needs the name of a metric that the metrics API serves (autoscaling.inFlight.metric).
{{- end }}
{{- end }}
{{- if and .Values.podDisruptionBudget.enabled (has (toString .Values.podDisruptionBudget.maxUnavailable) (list "0" "0%")) }}
- podDisruptionBudget.maxUnavailable is 0: no node could ever be drained.
{{- end }}
{{- end -}}

{{- define "recommender.traffic-refusals" -}}
{{- if and .Values.ingress.enabled .Values.gateway.enabled }}
- ingress.enabled and gateway.enabled exclude each other: choose one way in.
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
- ingress.hosts is empty: an Ingress without a host takes every host's requests.
{{- end }}
{{- if and .Values.ingress.externalAuth (not .Values.ingress.enabled) }}
- ingress.externalAuth is of no use without ingress.enabled.
{{- end }}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) }}
- gateway.parentRefs is empty: name the Gateway that the route attaches to.
{{- end }}
{{- if and .Values.gateway.enabled .Values.gateway.jwtPolicy.enabled (gt (len .Values.auth.issuers) 4) }}
- gateway.jwtPolicy takes at most four issuers: switch gateway.jwtPolicy.enabled off, the service verifies all of them.
{{- end }}
{{- with .Values.metrics }}
{{- if and (not .enabled) (or .serviceMonitor.enabled .prometheusRule.enabled) }}
- metrics.serviceMonitor and metrics.prometheusRule need metrics.enabled.
{{- end }}
{{- if and .prometheusRule.enabled (not .serviceMonitor.enabled) }}
- metrics.prometheusRule needs metrics.serviceMonitor: its alerts look for the job that the monitor makes.
{{- end }}
{{- if eq (int .port) 8000 }}
- metrics.port is 8000, which the API listens on.
{{- end }}
{{- end }}
{{- with .Values.smokeTest }}
{{- if and .enabled .tokenUrl (not (and .clientId .existingSecret.name)) }}
- smokeTest.tokenUrl needs smokeTest.clientId and smokeTest.existingSecret.name.
{{- end }}
{{- end }}
{{- with .Values.snapshot.persistence }}
{{- if and .existingClaim .storageClassName }}
- snapshot.persistence.storageClassName is of no use with an existing claim.
{{- end }}
{{- end }}
{{- end -}}
