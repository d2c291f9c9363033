{{/* Common parts of all pods. They meet Pod Security "restricted" and have no token of the cluster. */}}

{{- define "recommender.pod-security" -}}
automountServiceAccountToken: false
enableServiceLinks: false # variables of other Services could be read as settings
{{- with .Values.images.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . | quote }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- range $name, $value := .Values.podSecurity }}
  {{- if not (kindIs "invalid" $value) }}
  {{ $name }}: {{ int64 $value }}
  {{- end }}
  {{- end }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "recommender.container-security" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* (root, workload's values) -> scheduling of its pods. */}}
{{- define "recommender.placement" -}}
{{- $placement := pick (index . 1) "priorityClassName" "nodeSelector" "tolerations" "affinity" -}}
{{- range $name, $value := $placement -}}
{{- if not $value -}}
{{- $_ := unset $placement $name -}}
{{- end -}}
{{- end -}}
{{- with $placement -}}
{{- toYaml . -}}
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

{{/* Annotations of CronJobs. */}}
{{- define "recommender.job-annotations" -}}
{{- with .Values.jobs.annotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* (root, component) -> labels and annotations of the pods of a short job. */}}
{{- define "recommender.job-metadata" -}}
{{- $root := index . 0 -}}
{{- with $root.Values.jobs.podAnnotations -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{ end -}}
labels:
  {{- include "recommender.with" (list (include "recommender.selector" .) $root.Values.jobs.podLabels) | nindent 2 }}
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
  containers:
    - name: {{ index . 2 }}
      image: {{ include "recommender.image" (list $root $root.Values.service.image) | quote }}
      imagePullPolicy: {{ $root.Values.images.pullPolicy }}
      args: {{ index . 3 | toJson }}
      env:
        {{- include "recommender.secret-variable" (list "SERVICE_DATABASE_URL" (index . 4)) | nindent 8 }}
        {{- with $root.Values.jobs.extraEnv }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      resources:
        {{- toYaml $values.resources | nindent 8 }}
      {{- include "recommender.container-security" . | nindent 6 }}
      volumeMounts:
        - {name: temporary, mountPath: /tmp}
        {{- with $root.Values.jobs.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: temporary
      emptyDir: {sizeLimit: 64Mi}
    {{- with $root.Values.jobs.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
