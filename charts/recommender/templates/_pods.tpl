{{/* Common parts of all pods. They meet Pod Security "restricted" and have no token of the cluster. */}}

{{- define "recommender.pod-security" -}}
automountServiceAccountToken: false
enableServiceLinks: false # variables of other Services could be read as settings
{{- $secrets := list }}
{{- range concat (default list .Values.images.pullSecrets) (default list .Values.global.imagePullSecrets) }}
{{- $secrets = append $secrets (kindIs "map" . | ternary . (dict "name" .)) }}
{{- end }}
{{- with uniq $secrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- range $name, $value := omit .Values.podSecurity "spec" }}
  {{- if not (kindIs "invalid" $value) }}
  {{ $name }}: {{ int64 $value }}
  {{- end }}
  {{- end }}
  {{- $defaults := dict "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") }}
  {{- toYaml (merge (dict) (default dict .Values.podSecurity.spec) $defaults) | nindent 2 }}
{{- end -}}

{{/* True if no pod is wanted, so that none is missed. */}}
{{- define "recommender.paused" -}}
{{- if not (or .Values.autoscaling.enabled (kindIs "invalid" .Values.service.replicas) .Values.service.replicas) }}true{{ end -}}
{{- end -}}

{{- define "recommender.container-security" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* (root, workload's values, whether it mounts the snapshots) -> scheduling and names of its pods, and further fields. */}}
{{- define "recommender.placement" -}}
{{- $fields := list "priorityClassName" "nodeSelector" "tolerations" "affinity" "dnsPolicy" "dnsConfig" "hostAliases" "schedulerName" "runtimeClassName" -}}
{{- $placement := dict -}}
{{- range $name := $fields -}}
{{- with get (index $ 1) $name -}}
{{- $_ := set $placement $name (kindIs "map" . | ternary (deepCopy .) .) -}}
{{- end -}}
{{- end -}}
{{- $selector := include "recommender.kept" (default dict $placement.nodeSelector) | fromYaml -}}
{{- $_ := unset $placement "nodeSelector" -}}
{{- with $selector -}}
{{- $_ := set $placement "nodeSelector" . -}}
{{- end -}}
{{- $placement = merge $placement (default dict (index . 1).podSpec) -}}
{{- if and (eq (len .) 3) (include "recommender.one-node-only" (index . 0)) -}}
{{- $_ := set $placement "affinity" (include "recommender.one-node" (list (index . 0) (get $placement "affinity")) | fromYaml) -}}
{{- end -}}
{{- with $placement -}}
{{- include "recommender.rendered" (list (index $ 0) .) -}}
{{- end -}}
{{- end -}}

{{/* (root, affinity) -> the affinity, with a term that places all pods that mount a ReadWriteOnce volume on one node. */}}
{{- define "recommender.one-node" -}}
{{- $affinity := default dict (index . 1) -}}
{{- $pods := default dict $affinity.podAffinity -}}
{{- $labels := include "recommender.release-selector" (index . 0) | fromYaml -}}
{{- $expression := dict "key" "app.kubernetes.io/component" "operator" "In" "values" (list "service" "indexer") -}}
{{- $selector := dict "matchLabels" $labels "matchExpressions" (list $expression) -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" $selector -}}
{{- $required := append (default list $pods.requiredDuringSchedulingIgnoredDuringExecution) $term -}}
{{- toYaml (set $affinity "podAffinity" (set $pods "requiredDuringSchedulingIgnoredDuringExecution" $required)) -}}
{{- end -}}

{{/* (root, workload's values, its own variables) -> entries of `env`: its own, proxy, certificate authority, and those of the
     values. Those of the values take precedence. No name comes twice, because Helm 4 applies `env` as a map by names. */}}
{{- define "recommender.added-env" -}}
{{- $root := index . 0 -}}
{{- $own := dict -}}
{{- if eq (len .) 3 -}}
{{- $own = index . 2 -}}
{{- end -}}
{{- with $root.Values.proxy -}}
{{- if or .http .https -}}
{{- $inside := list "localhost" "127.0.0.1" "::1" (include "recommender.fullname" $root) ".svc" (printf ".%s" $root.Values.clusterDomain) -}}
{{- range $name, $value := dict "HTTP_PROXY" .http "HTTPS_PROXY" .https "NO_PROXY" (concat $inside (default list .noProxy) | join ",") -}}
{{- if $value -}}
{{- $_ := set $own $name $value -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if include "recommender.ca-volume" $root -}}
{{- range list "SSL_CERT_FILE" "OTEL_EXPORTER_OTLP_CERTIFICATE" -}}
{{- $_ := set $own . "/etc/recommender/authority/ca.crt" -}}
{{- end -}}
{{- end -}}
{{- $added := default list (index . 1).extraEnv -}}
{{- $variables := list -}}
{{- range $added -}}
{{- $_ := unset $own .name -}}
{{- end -}}
{{- range $name, $value := $own -}}
{{- $variables = append $variables (dict "name" $name "value" $value) -}}
{{- end -}}
{{- with concat $variables $added -}}
{{- include "recommender.rendered" (list $root .) -}}
{{- end -}}
{{- end -}}

{{/* The source of the volume with the private certificate authority, empty without one. */}}
{{- define "recommender.ca-volume" -}}
{{- with .Values.caBundle -}}
{{- $item := dict "key" .key "path" "ca.crt" -}}
{{- if .configMap -}}
{{- toYaml (dict "configMap" (dict "name" (include "recommender.rendered" (list $ .configMap)) "items" (list $item))) -}}
{{- else if .secret -}}
{{- toYaml (dict "secret" (dict "secretName" (include "recommender.rendered" (list $ .secret)) "items" (list $item))) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "recommender.added-volumes" -}}
{{- $volumes := list -}}
{{- with include "recommender.ca-volume" (index . 0) -}}
{{- $volumes = append $volumes (merge (dict "name" "ca-bundle") (fromYaml .)) -}}
{{- end -}}
{{- with concat $volumes (default list (index . 1).extraVolumes) -}}
{{- include "recommender.rendered" (list (index $ 0) .) -}}
{{- end -}}
{{- end -}}

{{- define "recommender.added-mounts" -}}
{{- $mounts := list -}}
{{- if include "recommender.ca-volume" (index . 0) -}}
{{- $mounts = append $mounts (dict "name" "ca-bundle" "mountPath" "/etc/recommender/authority" "readOnly" true) -}}
{{- end -}}
{{- with concat $mounts (default list (index . 1).extraVolumeMounts) -}}
{{- toYaml . -}}
{{- end -}}
{{- end -}}

{{/* (root, workload's values) -> further sources of `envFrom`. */}}
{{- define "recommender.added-env-from" -}}
{{- with (index . 1).extraEnvFrom -}}
{{- include "recommender.rendered" (list (index $ 0) .) -}}
{{- end -}}
{{- end -}}

{{- define "recommender.signing-keys-volume" -}}
- name: signing-keys
  secret:
    secretName: {{ include "recommender.signing-key-secret" . | quote }}
    defaultMode: 0440
    items:
      {{- range include "recommender.signing-keys" . | fromJsonArray }}
      - {key: {{ . | quote }}, path: {{ . | quote }}}
      {{- end }}
{{- end -}}

{{/* (root, component) -> labels and annotations of the pods of a short job. */}}
{{- define "recommender.job-metadata" -}}
{{- $root := index . 0 -}}
{{- with include "recommender.annotations" (list $root $root.Values.jobs.podAnnotations) -}}
{{ . }}
{{ end -}}
labels:
  {{- include "recommender.with" (list (include "recommender.pod-labels" .) $root.Values.jobs.podLabels) | nindent 2 }}
{{- end -}}

{{/* (root, its values, component, arguments, reference to the database URL) -> the pod of a short job on the database. */}}
{{- define "recommender.database-pod" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
metadata:
  {{- include "recommender.job-metadata" (list $root (index . 2)) | nindent 2 }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "recommender.service-account" (list $root (index . 2)) | quote }}
  {{- include "recommender.pod-security" $root | nindent 2 }}
  {{- with include "recommender.placement" (list $root $root.Values.jobs) }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with $root.Values.jobs.initContainers }}
  initContainers:
    {{- include "recommender.rendered" (list $root .) | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ index . 2 }}
      image: {{ include "recommender.image" (list $root $root.Values.service.image) | quote }}
      imagePullPolicy: {{ $root.Values.images.pullPolicy }}
      args: {{ index . 3 | toJson }}
      {{- with include "recommender.added-env-from" (list $root $root.Values.jobs) }}
      envFrom:
        {{- . | nindent 8 }}
      {{- end }}
      env:
        {{- include "recommender.secret-variable" (list "SERVICE_DATABASE_URL" (index . 4)) | nindent 8 }}
        {{- include "recommender.added-env" (list $root $root.Values.jobs) | nindent 8 }}
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      {{- include "recommender.container-security" . | nindent 6 }}
      volumeMounts:
        - {name: temporary, mountPath: /tmp}
        {{- include "recommender.added-mounts" (list $root $root.Values.jobs) | nindent 8 }}
  volumes:
    - name: temporary
      emptyDir: {sizeLimit: 64Mi}
    {{- include "recommender.added-volumes" (list $root $root.Values.jobs) | nindent 4 }}
{{- end -}}
