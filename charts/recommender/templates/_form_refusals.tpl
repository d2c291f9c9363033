{{/* Rejects texts of a wrong form with a sentence. A schema could only print its pattern, and would print the text, which may be a secret. */}}

{{- define "recommender.form-refusals" -}}
{{- $forms := include "recommender.forms" . | fromYaml }}
{{- range $form, $values := include "recommender.formed-values" . | fromYaml }}
{{- range $path, $value := $values }}
{{- if and (or $value (eq $form "schedule")) (not (regexMatch (get $forms $form).pattern (default "" $value))) }}
- {{ $path }} {{ (get $forms $form).demand }}
{{- end }}
{{- end }}
{{- end }}
{{- $order := dict "sun" 0 "mon" 1 "tue" 2 "wed" 3 "thu" 4 "fri" 5 "sat" 6 "jan" 1 "feb" 2 "mar" 3 "apr" 4 "may" 5 "jun" 6 "jul" 7 "aug" 8 "sep" 9 "oct" 10 "nov" 11 "dec" 12 }}
{{- range $path, $schedule := (include "recommender.formed-values" . | fromYaml).schedule }}
{{- range regexFindAll "[0-9A-Za-z]+-[0-9A-Za-z]+" $schedule -1 }}
{{- $ends := lower . | splitList "-" }}
{{- if gt (hasKey $order (first $ends) | ternary (get $order (first $ends)) (first $ends | atoi) | int) (hasKey $order (last $ends) | ternary (get $order (last $ends)) (last $ends | atoi) | int) }}
- {{ $path }} has the range {{ . }}, which runs backward: write it as two, such as FRI-SAT,SUN-MON for FRI-MON.
{{- end }}
{{- end }}
{{- end }}
{{- range $path, $hosts := dict "ingress.hosts" .Values.ingress.hosts "gateway.hostnames" .Values.gateway.hostnames }}
{{- range default list $hosts }}
{{- $host := include "recommender.rendered" (list $ .) }}
{{- if or (not (regexMatch $forms.host.pattern $host)) (regexMatch "^[0-9]+([.][0-9]+){3}$" $host) }}
- {{ $path }} has {{ $host }}, which {{ $forms.host.demand }}
{{- end }}
{{- end }}
{{- end }}
{{- range $path, $paths := dict "ingress.paths" .Values.ingress.paths "gateway.paths" .Values.gateway.paths }}
{{- range default list $paths }}
{{- if not (regexMatch "^/[^ \t\n]*$" .) }}
- {{ $path }} has {{ . }}, which is no path: begin it with a slash, and leave out spaces.
{{- end }}
{{- end }}
{{- end }}
{{- range $path, $zone := dict "indexer.timeZone" .Values.indexer.timeZone "retention.timeZone" .Values.retention.timeZone }}
{{- if or (not (regexMatch $forms.zone.pattern $zone)) (eq $zone "Local") }}
- {{ $path }} {{ $forms.zone.demand }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Names of existing objects whose templates render to no name. Those without templates are checked by the schema. */}}
{{- define "recommender.name-refusals" -}}
{{- with .Values -}}
{{- $names := dict "snapshot.persistence.existingClaim" .snapshot.persistence.existingClaim "caBundle.configMap" .caBundle.configMap "caBundle.secret" .caBundle.secret }}
{{- $_ := set $names "snapshot.signingKey.existingSecret.name" .snapshot.signingKey.existingSecret.name }}
{{- range $part, $values := dict "database" .database "redis" .redis "catalog" .catalog "smokeTest" .smokeTest }}
{{- $_ := set $names (printf "%s.existingSecret.name" $part) $values.existingSecret.name }}
{{- end }}
{{- range $part, $values := dict "service" .service "indexer" .indexer "jobs" .jobs }}
{{- $_ := set $names (printf "%s.serviceAccount.name" $part) $values.serviceAccount.name }}
{{- end }}
{{- range $path, $name := $names }}
{{- $rendered := include "recommender.rendered" (list $ (default "" $name)) }}
{{- if and $name (not (regexMatch "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$" $rendered)) }}
- {{ $path }} is rendered as {{ quote $rendered }}, which is no name of an object.
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Values of each form, by their paths. */}}
{{- define "recommender.formed-values" -}}
{{- with .Values -}}
name: {{ dict "nameOverride" .nameOverride "fullnameOverride" .fullnameOverride | toJson }}
namespace: {{ dict "namespaceOverride" .namespaceOverride | toJson }}
registry: {{ dict "images.registry" .images.registry "global.imageRegistry" .global.imageRegistry | toJson }}
proxy: {{ dict "proxy.http" .proxy.http "proxy.https" .proxy.https | toJson }}
{{- $urls := dict "console.authorizationUrl" .console.authorizationUrl "console.tokenUrl" .console.tokenUrl }}
{{- range $path, $url := dict "catalog.url" .catalog.url "catalog.tokenUrl" .catalog.tokenUrl "tracing.otlpEndpoint" .tracing.otlpEndpoint "smokeTest.tokenUrl" .smokeTest.tokenUrl }}
{{- $_ := set $urls $path (include "recommender.rendered" (list $ (default "" $url))) }}
{{- end }}
{{- range $place, $issuer := include "recommender.trusted-issuers" $ | fromYamlArray }}
{{- $_ := set $urls (printf "auth.issuers[%d].jwksUrl" $place) $issuer.jwksUrl }}
{{- end }}
url: {{ $urls | toJson }}
origin: {{ dict "console.publicUrl" .console.publicUrl | toJson }}
database: {{ dict "database.url" .database.url | toJson }}
redis: {{ dict "redis.url" .redis.url | toJson }}
key: {{ dict "snapshot.signingKey.value" .snapshot.signingKey.value | toJson }}
bucket: {{ dict "snapshot.object.url" (include "recommender.rendered" (list $ (default "" .snapshot.object.url))) | toJson }}
{{- $schedules := dict "indexer.schedule" .indexer.schedule "indexer.firstRunSchedule" .indexer.firstRunSchedule }}
schedule: {{ merge $schedules (dict "indexer.refresh.schedule" .indexer.refresh.schedule "retention.schedule" .retention.schedule) | toJson }}
runbooks: {{ dict "metrics.prometheusRule.runbookUrl" .metrics.prometheusRule.runbookUrl | toJson }}
{{- end }}
{{- end -}}

{{/* Forms of texts, each with what to write instead. */}}
{{- define "recommender.forms" -}}
{{- $port := `(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?` -}}
{{- $url := printf `^https?://(\[[0-9a-fA-F:.]+\]|[^\s/?#:@\[\]$]+)%s([/?#]\S*)?$` $port -}}
{{- $times := list "[0-5]?[0-9]" "[01]?[0-9]|2[0-3]" "0?[1-9]|[12][0-9]|3[01]" -}}
{{- $times = append $times "(?i:0?[1-9]|1[0-2]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)" -}}
{{- $times = append $times "(?i:[0-6]|sun|mon|tue|wed|thu|fri|sat)" -}}
{{- $fields := list -}}
{{- range $times -}}
{{- $field := printf `(\*|\?|(%[1]s)(-(%[1]s))?)(/[1-9][0-9]*)?` . -}}
{{- $fields = append $fields (printf `%[1]s(,%[1]s)*` $field) -}}
{{- end -}}
{{- $schedule := printf `^(@(hourly|daily|weekly|monthly|yearly|annually|midnight)|@every ([0-9]+(h|m|s))+|%s)$` (join `\s+` $fields) -}}
name:
  pattern: '^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$'
  demand: "is no name: write up to 63 letters a-z, digits and hyphens, with a letter first and no hyphen at the end."
namespace:
  pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$'
  demand: "is no namespace: write up to 63 letters a-z, digits and hyphens, with no hyphen at either end."
registry:
  pattern: '^[a-zA-Z0-9][-a-zA-Z0-9._]*(:[0-9]+)?(/[-a-zA-Z0-9._]+)*/?$'
  demand: "is no registry: write its host and path without https://, such as registry.example:5000/shop."
url:
  pattern: {{ $url | squote }}
  demand: "is no address: write one such as https://host.example:8443/path, without a user, a password or variables."
proxy:
  pattern: {{ $url | squote }}
  demand: "is no address: write one such as http://proxy.example:3128. With a password, set the variable (HTTPS_PROXY) from a secret in the extraEnv of service, indexer and jobs."
origin:
  pattern: '^https://[^/?#@\s]+$|^http://(localhost|127\.0\.0\.1)(:\d+)?$'
  demand: "is no origin: write https:// and the host, such as https://recs.example, without a path."
database:
  pattern: '^postgres(ql)?(\+asyncpg)?://\S+$'
  demand: "is no URL of PostgreSQL: write postgresql://user:password@host:5432/database, without spaces."
redis:
  pattern: '^((redis|valkey)s?(\+sentinel)?://\S+|unix:///\S+)$'
  demand: "is no URL of Redis: write redis://host:6379, rediss://, valkey:// or redis+sentinel://sentinel:26379/name, without spaces."
key:
  pattern: '^.{32,}$'
  demand: "has fewer than 32 characters: make a key with openssl rand -hex 32."
bucket:
  pattern: '^(s3|gs|az)://[^\s@?#]+$'
  demand: "is no bucket: write s3://bucket/prefix, gs://bucket/prefix or az://container/prefix. Endpoint and credentials belong in extraEnv."
schedule:
  pattern: {{ $schedule | squote }}
  demand: 'is no schedule: write minute, hour, day, month and weekday, such as "17 3 * * *" (Sunday is 0), or @daily. The time zone is a value of its own.'
zone:
  pattern: '^([A-Z][A-Za-z0-9_-]*(/[A-Z][A-Za-z0-9_-]*)*|(Etc/)?GMT[+-][0-9]{1,2})$'
  demand: "is no time zone: write its name, such as Europe/Berlin or Etc/UTC."
runbooks:
  pattern: '^https?://\S+[#/=]$'
  demand: "is no address that the name of an alert can follow: end it with #, / or =."
host:
  pattern: '^(\*\.)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$'
  demand: "is no host name: write it in lower case, such as recs.shop.example or *.shop.example, without scheme, port and path."
{{- end -}}
