{{/* Names and labels. Selectors have no version, because they cannot change after the first installation. */}}

{{- define "recommender.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Prefix of all names. It leaves room for the longest suffix of a CronJob's name (52 characters in total).
     A name that is cut ends with a hash, so that two releases with long names share no object. A release has the chart twice by
     aliases, of which its name may contain both, so that an alias is never left out. */}}
{{- define "recommender.fullname" -}}
{{- $name := include "recommender.name" . -}}
{{- $full := and (contains $name .Release.Name) (eq .Chart.Name "recommender") | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- $full = default $full .Values.fullnameOverride -}}
{{- if gt (len $full) 36 -}}
{{- $full = printf "%s-%s" (trunc 27 $full | trimSuffix "-") (sha256sum $full | trunc 8) -}}
{{- end -}}
{{- $full -}}
{{- end -}}

{{/* The namespace of all objects. Selectors of peers without a namespace, alerts and addresses mean this one. */}}
{{- define "recommender.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* (root, text or structure) -> it as YAML, with the templates in its texts rendered. */}}
{{- define "recommender.rendered" -}}
{{- $text := kindIs "string" (index . 1) | ternary (index . 1) (toYaml (index . 1)) -}}
{{- if contains "{{" $text -}}
{{- tpl $text (index . 0) -}}
{{- else -}}
{{- $text -}}
{{- end -}}
{{- end -}}

{{/* A map as YAML without the entries that a later file of values removed by `null`. */}}
{{- define "recommender.kept" -}}
{{- $kept := dict -}}
{{- range $name, $value := . -}}
{{- if not (kindIs "invalid" $value) -}}
{{- $_ := set $kept $name $value -}}
{{- end -}}
{{- end -}}
{{- toYaml $kept -}}
{{- end -}}

{{/* True if a volume holds all pods that mount it on one node. */}}
{{- define "recommender.one-node-only" -}}
{{- if and (eq .Values.snapshot.storage "volume") (eq .Values.snapshot.persistence.accessMode "ReadWriteOnce") -}}
true
{{- end -}}
{{- end -}}

{{- define "recommender.release-selector" -}}
app.kubernetes.io/name: {{ include "recommender.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{/* (root, component) -> the selector of that component's pods. */}}
{{- define "recommender.selector" -}}
{{- $root := index . 0 -}}
{{ include "recommender.release-selector" $root }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* (root, component) -> labels of a resource. */}}
{{- define "recommender.labels" -}}
{{- $root := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "recommender.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: recommender
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
{{- with include "recommender.kept" $root.Values.commonLabels | fromYaml }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* (root, component) -> labels of its pods, without those of the user for this workload. */}}
{{- define "recommender.pod-labels" -}}
{{ include "recommender.selector" . }}
{{- with include "recommender.kept" (index . 0).Values.commonLabels | fromYaml }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* (root, component, further labels) -> `metadata` of the Jobs that a CronJob creates. */}}
{{- define "recommender.created-job-metadata" -}}
{{- with include "recommender.annotations" (list (index . 0) dict) -}}
{{ . }}
{{ end -}}
labels:
  {{- include "recommender.with" (list (include "recommender.pod-labels" .) (index . 2)) | nindent 2 }}
{{- end -}}

{{/* (root, own annotations) -> `annotations` of a resource or pod, with the common ones. Own ones take precedence. */}}
{{- define "recommender.annotations" -}}
{{- with include "recommender.kept" (merge (dict) (default dict (index . 1)) (default dict (index . 0).Values.commonAnnotations)) | fromYaml -}}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end -}}
{{- end -}}

{{/* (the chart's entries as YAML, the user's) -> both as YAML. The chart's entries take precedence. */}}
{{- define "recommender.with" -}}
{{- include "recommender.kept" (merge (dict) (index . 0 | fromYaml) (index . 1 | default dict)) -}}
{{- end -}}

{{/* (root, component) -> the name of its ServiceAccount. */}}
{{- define "recommender.service-account" -}}
{{- $root := index . 0 -}}
{{- $account := $root.Values.jobs.serviceAccount -}}
{{- if has (index . 1) (list "service" "indexer") -}}
{{- $account = (index $root.Values (index . 1)).serviceAccount -}}
{{- end -}}
{{- $own := printf "%s-%s" (include "recommender.fullname" $root) (index . 1) -}}
{{- include "recommender.rendered" (list $root (default ($account.create | ternary $own "default") $account.name)) -}}
{{- end -}}

{{/* (root, image) -> the full name of the image. */}}
{{- define "recommender.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- $repository := $image.repository -}}
{{- with $root.Values.global.imageRegistry | default $root.Values.images.registry -}}
{{- $repository = printf "%s/%s" (trimSuffix "/" .) $repository -}}
{{- end -}}
{{- if $image.digest -}}
{{ $repository }}@{{ $image.digest }}
{{- else -}}
{{ $repository }}:{{ default $root.Chart.AppVersion $image.tag }}
{{- end -}}
{{- end -}}

{{/* (root, size of a local disk) -> the volume of the snapshots. */}}
{{- define "recommender.snapshots-volume" -}}
{{- $root := index . 0 -}}
- name: snapshots
  {{- if eq $root.Values.snapshot.storage "object" }}
  {{- with $root.Values.snapshot.object.storageClassName }}
  ephemeral:
    volumeClaimTemplate:
      metadata:
        labels:
          {{- include "recommender.pod-labels" (list $root "snapshots") | nindent 10 }}
        {{- include "recommender.annotations" (list $root dict) | nindent 8 }}
      spec:
        accessModes: [ReadWriteOnce]
        storageClassName: {{ . | quote }}
        resources:
          requests: {storage: {{ index $ 1 | quote }}}
  {{- else }}
  emptyDir: {sizeLimit: {{ index . 1 | quote }}}
  {{- end }}
  {{- else }}
  persistentVolumeClaim:
    claimName: {{ include "recommender.claim" $root | quote }}
  {{- end }}
{{- end -}}

{{/* The volume claim of the snapshots. */}}
{{- define "recommender.claim" -}}
{{- include "recommender.rendered" (list . (default (printf "%s-snapshots" (include "recommender.fullname" .)) .Values.snapshot.persistence.existingClaim)) -}}
{{- end -}}
