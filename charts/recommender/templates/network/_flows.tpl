{{/* The flows that network policies let pass. A policy sees the port of what is behind a Service, not the Service's. */}}

{{/* A URL's port. */}}
{{- define "recommender.url-port" -}}
{{- $url := urlParse . -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (eq $url.scheme "https" | ternary "443" "80") -}}
{{- end -}}

{{/* (peers, ports) -> an egress rule; no peers: any address. */}}
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
{{- $ports := $flow.ports -}}
{{- if not $ports -}}
{{- range index . 1 -}}
{{- $ports = append $ports (include "recommender.url-port" .) -}}
{{- end -}}
{{- end -}}
{{- include "recommender.egress" (list $flow.to $ports) -}}
{{- end -}}

{{- define "recommender.egress-dns" -}}
- ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
  to:
    {{- toYaml .Values.networkPolicy.dnsTo | nindent 4 }}
{{- end -}}

{{- define "recommender.egress-database" -}}
{{- with .Values.networkPolicy.egress.database -}}
{{- include "recommender.egress" (list .to .ports) -}}
{{- end -}}
{{- end -}}

{{- define "recommender.egress-catalog" -}}
{{- include "recommender.egress-to-urls" (list .Values.networkPolicy.egress.catalog (list .Values.catalog.url)) -}}
{{- with .Values.catalog.tokenUrl }}
{{ include "recommender.egress-to-urls" (list $.Values.networkPolicy.egress.issuers (list .)) }}
{{- end -}}
{{- end -}}

{{- define "recommender.egress-collector" -}}
{{- with .Values.tracing.otlpEndpoint -}}
{{- include "recommender.egress-to-urls" (list $.Values.networkPolicy.egress.collector (list .)) -}}
{{- end -}}
{{- end -}}

{{/* Where the issuers' keys are, as a JSON list. */}}
{{- define "recommender.key-urls" -}}
{{- $urls := list -}}
{{- range .Values.auth.issuers -}}
{{- $urls = append $urls .jwksUrl -}}
{{- end -}}
{{- $urls | toJson -}}
{{- end -}}
