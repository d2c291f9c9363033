{{/* The pod of a build, for the first build and scheduled ones. */}}
{{- define "recommender.build-pod" -}}
{{ include "recommender.indexer-pod-start" (list . "build") }}
  {{- if and (gt (int .Values.indexer.shards) 1) (not (include "recommender.one-node-only" .)) }}
  # Each shard uses all cores of its node, so shards on the same node would gain nothing.
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "recommender.selector" (list . "indexer") | nindent 10 }}
      matchLabelKeys: [batch.kubernetes.io/controller-uid]
      nodeTaintsPolicy: Honor
  {{- end }}
  # Old snapshots are deleted only after a new one was published{{ if gt (int .Values.indexer.shards) 1 }}, and by shard 0 alone{{ end }}.
  initContainers:
    {{- with .Values.indexer.initContainers }}
    {{- include "recommender.rendered" (list $ .) | nindent 4 }}
    {{- end }}
    {{- include "recommender.build-container" (list . "build") | nindent 4 }}
  containers:
    {{- include "recommender.build-container" (list . "prune") | nindent 4 }}
  {{- include "recommender.indexer-volumes" . | nindent 2 }}
{{- end -}}

{{/* The pod of a refresh. */}}
{{- define "recommender.refresh-pod" -}}
{{ include "recommender.indexer-pod-start" (list . "refresh") }}
  {{- with .Values.indexer.initContainers }}
  initContainers:
    {{- include "recommender.rendered" (list $ .) | nindent 4 }}
  {{- end }}
  containers:
    {{- include "recommender.build-container" (list . "refresh") | nindent 4 }}
  {{- include "recommender.indexer-volumes" . | nindent 2 }}
{{- end -}}

{{/* (root, container) -> what the pods of builds and refreshes begin with. */}}
{{- define "recommender.indexer-pod-start" -}}
{{- $container := index . 1 -}}
{{- with index . 0 -}}
metadata:
  {{- $annotations := dict "kubectl.kubernetes.io/default-container" $container }}
  {{- $_ := set $annotations "checksum/settings" (include "recommender.indexer-settings" . | sha256sum) }}
  {{- with include "recommender.indexer-secrets" . }}
  {{- $_ := set $annotations "checksum/secret" (sha256sum .) }}
  {{- end }}
  {{- include "recommender.annotations" (list . (merge $annotations (default dict .Values.indexer.podAnnotations))) | nindent 2 }}
  labels:
    {{- include "recommender.with" (list (include "recommender.pod-labels" (list . "indexer")) .Values.indexer.podLabels) | nindent 4 }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "recommender.service-account" (list . "indexer") | quote }}
  {{- include "recommender.pod-security" . | nindent 2 }}
  {{- with include "recommender.placement" (list . .Values.indexer "snapshots") }}
  {{- . | nindent 2 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "recommender.indexer-volumes" -}}
volumes:
  {{- include "recommender.snapshots-volume" (list . .Values.snapshot.object.indexerSize) | nindent 2 }}
  {{- include "recommender.signing-keys-volume" . | nindent 2 }}
  - name: temporary
    emptyDir: {sizeLimit: {{ .Values.indexer.temporarySize | quote }}}
  {{- include "recommender.added-volumes" (list . .Values.indexer) | nindent 2 }}
{{- end -}}

{{/* (root, command) -> a container that runs it. */}}
{{- define "recommender.build-container" -}}
{{- $root := index . 0 -}}
- name: {{ index . 1 }}
  image: {{ include "recommender.image" (list $root $root.Values.indexer.image) | quote }}
  imagePullPolicy: {{ $root.Values.images.pullPolicy }}
  args: [{{ index . 1 }}]
  envFrom:
    - configMapRef:
        name: {{ include "recommender.fullname" $root }}-indexer
    {{- include "recommender.added-env-from" (list $root $root.Values.indexer) | nindent 4 }}
  env:
    {{- if eq (index . 1) "refresh" }}
    - {name: INDEXER_SHARDS, value: "1"} # a refresh embeds few texts
    {{- else if gt (int $root.Values.indexer.shards) 1 }}
    - name: INDEXER_SHARD
      valueFrom:
        fieldRef: {fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']"}
    # Identifies the run. Pods that replace a failed pod of this Job have the same value.
    - name: INDEXER_RUN
      valueFrom:
        fieldRef: {fieldPath: "metadata.labels['batch.kubernetes.io/controller-uid']"}
    {{- end }}
    {{- if and (eq (index . 1) "build") $root.Values.indexer.readEvents }}
    {{- include "recommender.secret-variable" (list "INDEXER_DATABASE_URL" (include "recommender.database-reference" $root)) | nindent 4 }}
    {{- end }}
    {{- if ne (index . 1) "prune" }}
    {{- with include "recommender.catalog-reference" $root }}
    {{- include "recommender.secret-variable" (list "INDEXER_CATALOG_CLIENT_SECRET" .) | nindent 4 }}
    {{- end }}
    {{- end }}
    # The image contains the model's weights.
    {{- include "recommender.added-env" (list $root $root.Values.indexer (dict "HF_HUB_OFFLINE" "1" "HOME" "/tmp")) | nindent 4 }}
  resources:
    {{- toYaml (eq (index . 1) "prune" | ternary $root.Values.indexer.pruneResources $root.Values.indexer.resources) | nindent 4 }}
  {{- include "recommender.container-security" . | nindent 2 }}
  volumeMounts:
    - {name: snapshots, mountPath: /var/lib/recommender}
    - {name: signing-keys, mountPath: /etc/recommender/signing-keys, readOnly: true}
    - {name: temporary, mountPath: /tmp}
    {{- include "recommender.added-mounts" (list $root $root.Values.indexer) | nindent 4 }}
{{- end -}}

{{/* The Job of a build without its pod. */}}
{{- define "recommender.build-job" -}}
activeDeadlineSeconds: {{ int64 .Values.indexer.deadlineSeconds }}
backoffLimit: {{ .Values.indexer.retries }}
{{- if gt (int .Values.indexer.shards) 1 }}
# Each shard embeds its texts and writes a marker to the volume. Index 0 waits for the markers and builds.
completionMode: Indexed
completions: {{ .Values.indexer.shards }}
parallelism: {{ .Values.indexer.shards }}
{{- end }}
podFailurePolicy:
  rules:
    # 2: invalid settings. 3: failed the quality gate. A retry would end the same.
    - action: FailJob
      onExitCodes: {containerName: build, operator: In, values: [2, 3]}
    # A drained node does not count as a failure of the build.
    - action: Ignore
      onPodConditions:
        - {type: DisruptionTarget, status: "True"}
template:
  {{- include "recommender.build-pod" . | nindent 2 }}
{{- end -}}
