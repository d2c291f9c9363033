{{/* Connections that network policies allow. A policy applies to the pods' port, not to the Service's. */}}

{{/* (root, name) -> the values of a flow as YAML, with the templates in them rendered. */}}
{{- define "recommender.flow" -}}
{{- include "recommender.rendered" (list (index . 0) (get (index . 0).Values.networkPolicy.egress (index . 1))) -}}
{{- end -}}

{{/* (peers, ports) -> an egress rule. Without peers it allows any address. */}}
{{- define "recommender.egress" -}}
- ports:
    {{- range index . 1 | uniq }}
    - {protocol: TCP, port: {{ int64 . }}}
    {{- end }}
  {{- with index . 0 }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* (flow's values, URLs) -> an egress rule to these URLs, unless the values name other ports. */}}
{{- define "recommender.egress-to-urls" -}}
{{- $flow := index . 0 -}}
{{- $ports := default list $flow.ports -}}
{{- if not $ports -}}
{{- range index . 1 -}}
{{- $ports = include "recommender.server-ports" (list (regexFind "^https?://[^/?#]*" .) (hasPrefix "https:" . | ternary 443 80)) | fromJsonArray | concat $ports -}}
{{- end -}}
{{- end -}}
{{- include "recommender.egress" (list $flow.to $ports) -}}
{{- end -}}

{{- define "recommender.egress-dns" -}}
- ports:
    {{- range .Values.networkPolicy.dnsPorts }}
    - {protocol: UDP, port: {{ int64 . }}}
    - {protocol: TCP, port: {{ int64 . }}}
    {{- end }}
  to:
    {{- include "recommender.rendered" (list . .Values.networkPolicy.dnsTo) | nindent 4 }}
{{- end -}}

{{/* (URL of a server or several, default port) -> the ports of its hosts, as a JSON list.
     The part before the last `@` may have any characters. */}}
{{- define "recommender.server-ports" -}}
{{- $hosts := regexReplaceAll "^[^:]*://" (index . 0) "" | splitList "@" | last | regexFind "^[^/?]*" -}}
{{- $ports := list -}}
{{- range splitList "," $hosts -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default (index $ 1 | toString)) -}}
{{- end -}}
{{- $ports | uniq | toJson -}}
{{- end -}}

{{/* (flow's values, URL, default port) -> an egress rule to the database or Redis. */}}
{{- define "recommender.egress-to-server" -}}
{{- $flow := index . 0 -}}
{{- $ports := include "recommender.server-ports" (list (index . 1) (index . 2)) | fromJsonArray -}}
{{- if contains "+sentinel://" (index . 1) -}}
{{- $ports = append $ports "6379" -}}
{{- end -}}
{{- include "recommender.egress" (list $flow.to (default $ports $flow.ports)) -}}
{{- end -}}

{{/* (workload's values) -> the endpoint of object storage in its variables, empty without one. */}}
{{- define "recommender.bucket-endpoint" -}}
{{- range default list .extraEnv -}}
{{- if has .name (list "AWS_ENDPOINT_URL" "AWS_ENDPOINT" "AZURE_STORAGE_ENDPOINT") -}}
{{- default "" .value -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "recommender.egress-object-storage" -}}
{{- if eq .Values.snapshot.storage "object" -}}
{{- $ports := list "443" -}}
{{- range list .Values.service .Values.indexer -}}
{{- with include "recommender.bucket-endpoint" . -}}
{{- $default := hasPrefix "http://" . | ternary 80 443 -}}
{{- $ports = include "recommender.server-ports" (list . $default) | fromJsonArray | concat $ports -}}
{{- end -}}
{{- end -}}
{{- $flow := include "recommender.flow" (list . "objectStorage") | fromYaml -}}
{{- include "recommender.egress" (list $flow.to (default $ports $flow.ports)) -}}
{{- end -}}
{{- end -}}

{{- define "recommender.egress-database" -}}
{{- include "recommender.egress-to-server" (list (include "recommender.flow" (list . "database") | fromYaml) (default "" .Values.database.url) 5432) -}}
{{- end -}}

{{- define "recommender.egress-redis" -}}
{{- $url := default "" .Values.redis.url -}}
{{- include "recommender.egress-to-server" (list (include "recommender.flow" (list . "redis") | fromYaml) $url (contains "+sentinel://" $url | ternary 26379 6379)) -}}
{{- end -}}

{{- define "recommender.egress-catalog" -}}
{{- include "recommender.egress-to-urls" (list (include "recommender.flow" (list . "catalog") | fromYaml) (list (include "recommender.rendered" (list . (default "" .Values.catalog.url))))) -}}
{{- with include "recommender.rendered" (list . (default "" .Values.catalog.tokenUrl)) }}
{{ include "recommender.egress-to-urls" (list (include "recommender.flow" (list $ "issuers") | fromYaml) (list .)) }}
{{- end -}}
{{- end -}}

{{- define "recommender.egress-collector" -}}
{{- with include "recommender.rendered" (list . (default "" .Values.tracing.otlpEndpoint)) -}}
{{- include "recommender.egress-to-urls" (list (include "recommender.flow" (list $ "collector") | fromYaml) (list .)) -}}
{{- end -}}
{{- end -}}

{{/* URLs of the issuers' keys, and of the token endpoint of the console, as a JSON list. */}}
{{- define "recommender.key-urls" -}}
{{- $urls := list -}}
{{- range include "recommender.trusted-issuers" . | fromYamlArray -}}
{{- $urls = append $urls .jwksUrl -}}
{{- end -}}
{{- if and .Values.console.enabled .Values.console.tokenUrl -}}
{{- $urls = append $urls .Values.console.tokenUrl -}}
{{- end -}}
{{- $urls | toJson -}}
{{- end -}}

{{/* The proxy, and further rules of the values. */}}
{{- define "recommender.egress-added" -}}
{{- with .Values.proxy -}}
{{- $urls := list -}}
{{- range list .http .https -}}
{{- if . -}}
{{- $urls = append $urls . -}}
{{- end -}}
{{- end -}}
{{- if $urls }}
{{ include "recommender.egress-to-urls" (list (include "recommender.flow" (list $ "proxy") | fromYaml) $urls) }}
{{- end -}}
{{- end -}}
{{- with .Values.networkPolicy.extraEgress }}
{{ include "recommender.rendered" (list $ .) }}
{{- end -}}
{{- end -}}
