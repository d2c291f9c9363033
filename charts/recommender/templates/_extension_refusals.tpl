{{/* Rejects extensions that the API server would reject, some of them in the middle of an upgrade. */}}

{{- define "recommender.extension-refusals" -}}
{{- $all := include "recommender.ca-volume" . | empty | ternary (list "temporary") (list "temporary" "ca-bundle") }}
{{- $names := dict "volumes" (list "snapshots" "signing-keys" "temporary" "code" "script" "ca-bundle") }}
{{- $_ := set $names "containers" (list "service" "build" "prune" "refresh" "copy-code" "migrations" "retention" "smoke-test") }}
{{- range $part := list "service" "indexer" "jobs" }}
{{- $code := and (eq $part "service") $.Values.development.syncCode }}
{{- $own := concat $all (eq $part "jobs" | ternary list (list "snapshots" "signing-keys")) ($code | ternary (list "code") list) }}
{{- $values := index $.Values $part }}
{{- $volumes := list }}
{{- range default list $values.extraVolumes }}
{{- if has .name $volumes }}
- {{ $part }}.extraVolumes lists {{ .name }} twice.
{{- end }}
{{- if has .name $names.volumes }}
- {{ $part }}.extraVolumes has {{ .name }}, a name of the chart's own volumes: choose another.
{{- end }}
{{- $volumes = append $volumes .name }}
{{- end }}
{{- $paths := list "/tmp" "/var/lib/recommender" "/etc/recommender/signing-keys" "/etc/recommender/authority" "/etc/recommender/smoke" }}
{{- if $code }}
{{- $paths = append $paths "/code" }}
{{- end }}
{{- range default list $values.extraVolumeMounts }}
{{- if not (has .name (concat $own $volumes)) }}
- {{ $part }}.extraVolumeMounts mounts {{ .name }}, which these pods do not have ({{ $part }}.extraVolumes).
{{- end }}
{{- $path := eq .mountPath "/" | ternary "/" (trimSuffix "/" .mountPath) }}
{{- if has $path $paths }}
- {{ $part }}.extraVolumeMounts mounts {{ .mountPath }}, which is mounted already.
{{- end }}
{{- $paths = append $paths $path }}
{{- end }}
{{- $variables := list }}
{{- range default list $values.extraEnv }}
{{- if has .name $variables }}
- {{ $part }}.extraEnv lists {{ .name }} twice.
{{- end }}
{{- if regexMatch "^(SERVICE|INDEXER|SMOKE)_" .name }}
- {{ $part }}.extraEnv sets {{ .name }}, which the chart sets: settings belong in service.settings and indexer.settings, addresses and secrets in values of their own (such as redis.existingSecret).
{{- end }}
{{- $variables = append $variables .name }}
{{- end }}
{{- $containers := list }}
{{- range concat (default list $values.initContainers) (default list $values.sidecars) }}
{{- if has .name $containers }}
- {{ $part }}.initContainers and {{ $part }}.sidecars have two containers named {{ .name }}.
{{- end }}
{{- if has .name $names.containers }}
- {{ $part }}.{{ has . (default list $values.sidecars) | ternary "sidecars" "initContainers" }} has {{ .name }}, a name of the chart's own containers: choose another.
{{- end }}
{{- $containers = append $containers .name }}
{{- end }}
{{- $ports := eq $part "service" | ternary (list "8000/TCP") list }}
{{- if and (eq $part "service") $.Values.metrics.enabled }}
{{- $ports = append $ports (printf "%d/TCP" (int $.Values.metrics.port)) }}
{{- end }}
{{- range concat (default list $values.initContainers) (default list $values.sidecars) }}
{{- if or (has . (default list $values.sidecars)) (eq (default "" .restartPolicy) "Always") }}
{{- $container := .name }}
{{- range default list .ports }}
{{- $port := printf "%d/%s" (int .containerPort) (default "TCP" .protocol) }}
{{- if has $port $ports }}
- {{ $part }}: the container {{ $container }} has the port {{ $port }} of another container of the pod.
{{- end }}
{{- $ports = append $ports $port }}
{{- end }}
{{- end }}
{{- end }}
{{- if and (eq (default "" $values.dnsPolicy) "None") (not (dig "nameservers" "" (default dict $values.dnsConfig))) }}
- {{ $part }}.dnsPolicy is None, so {{ $part }}.dnsConfig.nameservers must name a server.
{{- end }}
{{- range default list $values.tolerations }}
{{- if and (hasKey . "tolerationSeconds") (ne (default "" .effect) "NoExecute") }}
- {{ $part }}.tolerations has tolerationSeconds, which needs the effect NoExecute.
{{- end }}
{{- end }}
{{- end }}
{{- include "recommender.service-refusals" . }}
{{- include "recommender.rollout-refusals" . }}
{{- include "recommender.annotation-refusals" . }}
{{- include "recommender.object-refusals" . }}
{{- end -}}

{{/* Objects without kind or name, and two that are one in the cluster. Helm would find out in the middle of an upgrade. */}}
{{- define "recommender.object-refusals" -}}
{{- $name := include "recommender.fullname" . }}
{{- $known := dict }}
{{- range $kind, $suffixes := dict "Deployment" (list "") "Service" (list "") "ConfigMap" (list "-service" "-indexer") "CronJob" (list "-indexer") }}
{{- range $suffixes }}
{{- $_ := set $known (printf "%s %s/%s%s" $kind (include "recommender.namespace" $) $name .) "the chart" }}
{{- end }}
{{- end }}
{{- range $place, $object := default list .Values.extraObjects }}
{{- range regexSplit "(?m)^---.*$" (tpl (kindIs "string" $object | ternary $object (toYaml $object)) $) -1 }}
{{- with fromYaml . }}
{{- $metadata := default dict .metadata }}
{{- $here := printf "extraObjects[%d]" $place }}
{{- if or (not .apiVersion) (not .kind) (not $metadata.name) }}
- {{ $here }} is no object: {{ .Error | default "it needs apiVersion, kind and metadata.name" }}.
{{- else }}
{{- $object := printf "%s %s/%s" .kind (default $.Release.Namespace $metadata.namespace) $metadata.name }}
{{- with get $known $object }}
- {{ $here }} is {{ $object }}, which {{ . }} has already.
{{- end }}
{{- $_ := set $known $object $here }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "recommender.rollout-refusals" -}}
{{- with .Values.service }}
{{- $zero := list "0" "0%" }}
{{- $rolling := default dict .strategy.rollingUpdate }}
{{- if and (eq .strategy.type "RollingUpdate") (has (toString $rolling.maxUnavailable) $zero) (has (toString $rolling.maxSurge) $zero) }}
- service.strategy.rollingUpdate has maxUnavailable and maxSurge 0, so no pod could be replaced.
{{- end }}
{{- if ge (int .minReadySeconds) (int .progressDeadlineSeconds) }}
- service.minReadySeconds ({{ int .minReadySeconds }}) must be less than service.progressDeadlineSeconds ({{ int .progressDeadlineSeconds }}).
{{- end }}
{{- end }}
{{- end -}}

{{- define "recommender.annotation-refusals" -}}
{{- range $name, $annotations := dict "migrations" .Values.migrations "smokeTest" .Values.smokeTest }}
{{- if and $annotations.enabled (not (or (hasKey (default dict $annotations.hookAnnotations) "helm.sh/hook") (hasKey (default dict $annotations.hookAnnotations) "argocd.argoproj.io/hook"))) }}
- {{ $name }}.hookAnnotations has no hook, so an upgrade would change the {{ eq $name "migrations" | ternary "Job" "Pod" }} in place, which Kubernetes refuses. Set {{ $name }}.enabled to false instead.
{{- end }}
{{- end }}
{{- range $name := keys (default dict .Values.commonAnnotations) | sortAlpha }}
{{- if or (hasPrefix "helm.sh/hook" $name) (hasPrefix "argocd.argoproj.io/hook" $name) }}
- commonAnnotations sets {{ $name }}, which would make every object a hook.
{{- end }}
{{- end }}
{{- with .Values.metrics.serviceMonitor }}
{{- range $name := list "port" "targetPort" "path" "interval" "scrapeTimeout" "relabelings" "metricRelabelings" }}
{{- if hasKey (default dict $.Values.metrics.serviceMonitor.endpoint) $name }}
- metrics.serviceMonitor.endpoint sets {{ $name }}, which the chart sets itself{{ has $name (list "port" "targetPort" "path") | ternary "" (printf " (metrics.serviceMonitor.%s)" $name) }}.
{{- end }}
{{- end }}
{{- if and .enabled .scrapeTimeout (gt (include "recommender.seconds" .scrapeTimeout | int) (include "recommender.seconds" .interval | int)) }}
- metrics.serviceMonitor.scrapeTimeout ({{ .scrapeTimeout }}) is greater than metrics.serviceMonitor.interval ({{ .interval }}), so the operator would ignore the monitor.
{{- end }}
{{- end }}
{{- end -}}

{{/* A duration, `30s` or `1m`, in seconds. */}}
{{- define "recommender.seconds" -}}
{{- mul (regexFind "^[0-9]+" . | int) (hasSuffix "m" . | ternary 60 1) -}}
{{- end -}}

{{- define "recommender.service-refusals" -}}
{{- with .Values.service }}
{{- $names := list "http" }}
{{- $ports := list (int .port) }}
{{- range default list .extraPorts }}
{{- if or (has .name $names) (has (int .port) $ports) }}
- service.extraPorts has the name or port of another port: {{ .name }}, {{ .port }}.
{{- end }}
{{- $names = append $names .name }}
{{- $ports = append $ports (int .port) }}
{{- end }}
{{- $open := list "http" "8000" }}
{{- range concat (default list .initContainers) (default list .sidecars) }}
{{- range default list .ports }}
{{- $open = append (append $open .name) (toString .containerPort) }}
{{- end }}
{{- end }}
{{- if not (has (toString .targetPort) $open) }}
- service.targetPort is {{ .targetPort }}, which is the port of no container: name it in the ports of a sidecar (service.sidecars).
{{- end }}
{{- $further := default dict .serviceSpec }}
{{- if and $further.externalTrafficPolicy (eq .type "ClusterIP") }}
- service.serviceSpec.externalTrafficPolicy needs service.type NodePort or LoadBalancer.
{{- end }}
{{- if and (hasKey $further "allocateLoadBalancerNodePorts") (ne .type "LoadBalancer") }}
- service.serviceSpec.allocateLoadBalancerNodePorts needs service.type LoadBalancer.
{{- end }}
{{- if and $further.healthCheckNodePort (not (and (eq .type "LoadBalancer") (eq (default "" $further.externalTrafficPolicy) "Local"))) }}
- service.serviceSpec.healthCheckNodePort needs service.type LoadBalancer and externalTrafficPolicy Local.
{{- end }}
{{- if and (eq (default "" $further.clusterIP) "None") (ne .type "ClusterIP") }}
- service.serviceSpec.clusterIP is None, which needs service.type ClusterIP.
{{- end }}
{{- if and $further.sessionAffinityConfig (ne (default "" $further.sessionAffinity) "ClientIP") }}
- service.serviceSpec.sessionAffinityConfig needs sessionAffinity ClientIP.
{{- end }}
{{- if and (gt (len (default list $further.ipFamilies)) 1) (eq (default "SingleStack" $further.ipFamilyPolicy) "SingleStack") }}
- service.serviceSpec.ipFamilies lists two families, which need ipFamilyPolicy PreferDualStack or RequireDualStack.
{{- end }}
{{- if and .nodePort (eq .type "ClusterIP") }}
- service.nodePort needs service.type NodePort or LoadBalancer.
{{- end }}
{{- if and (or .loadBalancerClass .loadBalancerSourceRanges) (ne .type "LoadBalancer") }}
- service.loadBalancerClass and service.loadBalancerSourceRanges need service.type LoadBalancer.
{{- end }}
{{- end }}
{{- if .Values.podDisruptionBudget.enabled }}
{{- $least := .Values.podDisruptionBudget.minAvailable }}
{{- $pods := ternary .Values.autoscaling.minReplicas (default 0 .Values.service.replicas) .Values.autoscaling.enabled | int }}
{{- $kept := int $least }}
{{- if hasSuffix "%" (toString $least) }}
{{- $kept = divf (mulf (trimSuffix "%" $least) (default 100 $pods)) 100 | ceil | int }}
{{- end }}
{{- if and (not (kindIs "invalid" $least)) (ge $kept (default 100 $pods)) (or $pods (kindIs "string" $least)) }}
- podDisruptionBudget.minAvailable ({{ $least }}{{ if $pods }} of {{ $pods }} pods{{ end }}) leaves no pod to evict, so nodes could not be drained.
{{- end }}
{{- end }}
{{- end -}}
