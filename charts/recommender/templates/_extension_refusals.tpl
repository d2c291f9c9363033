{{/* Rejects extensions that the API server would reject, some of them in the middle of an upgrade. */}}

{{- define "recommender.extension-refusals" -}}
{{- $own := list "temporary" "snapshots" "signing-keys" "ca-bundle" "code" }}
{{- range $part := list "service" "indexer" "jobs" }}
{{- $values := index $.Values $part }}
{{- $volumes := list }}
{{- range default list $values.extraVolumes }}
{{- if has .name $volumes }}
- {{ $part }}.extraVolumes lists {{ .name }} twice.
{{- end }}
{{- $volumes = append $volumes .name }}
{{- end }}
{{- $paths := list "/tmp" "/var/lib/recommender" "/etc/recommender/signing-keys" "/etc/recommender/authority" }}
{{- range default list $values.extraVolumeMounts }}
{{- if not (has .name (concat $own $volumes)) }}
- {{ $part }}.extraVolumeMounts mounts {{ .name }}, which {{ $part }}.extraVolumes does not list.
{{- end }}
{{- if has .mountPath $paths }}
- {{ $part }}.extraVolumeMounts mounts {{ .mountPath }}, which is mounted already.
{{- end }}
{{- $paths = append $paths .mountPath }}
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
{{- if or (eq (toString $least) "100%") (and $pods (not (kindIs "invalid" $least)) (not (kindIs "string" $least)) (ge (int $least) $pods)) }}
- podDisruptionBudget.minAvailable ({{ $least }}) leaves no pod to evict, so nodes could not be drained.
{{- end }}
{{- end }}
{{- end -}}
