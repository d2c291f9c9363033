"""Reference pages of metrics, log events and spans, in Markdown."""

from collections.abc import Iterable, Sequence

from adapters.telemetry.declared.indexer_log_events import INDEXER_EVENTS
from adapters.telemetry.declared.indexer_metrics import INDEXER_METRICS
from adapters.telemetry.declared.log_event import COMMON_FIELDS, Level, LogEvent
from adapters.telemetry.declared.metric import Metric
from adapters.telemetry.declared.process_metrics import PROCESS_METRICS
from adapters.telemetry.declared.request_metrics import STAGE_DURATION
from adapters.telemetry.declared.service_log_events import SERVICE_EVENTS
from adapters.telemetry.declared.service_metrics import SERVICE_METRICS
from adapters.telemetry.declared.shared_log_events import ADAPTER_EVENTS, SERVER_EVENTS
from adapters.telemetry.declared.spans import INDEXER_SPANS, SERVICE_SPANS, SpanDeclaration

_GENERATED = "This page is generated: `python docs/reference/generate.py`."

_METRICS = f"""# Metrics

The names are those in Prometheus. Service and indexer serve their metrics on a management port, if one is configured.
The indexer also sends them to its OTLP endpoint, since it may end before it is scraped. Builds record their outcome on
the volume of snapshots too, and the service reports it.
A histogram has the series `…_bucket`, `…_sum` and `…_count`. `target_info` has the labels `service_name` and
`service_version`. No label contains a user or product id.

{_GENERATED}
"""

_LOG_EVENTS = f"""# Log events

Every program writes its log to standard error, as JSON unless it is a terminal. Each line has an `event`. The tables
list all of them, with their own fields. No field contains an id of a shopper. Secrets are replaced by `[redacted]`.
Other lines come from libraries, at `warning` and above, with the name of their logger. `python -m service migrate` and
`retain` log nothing: they print one line on standard output.

{_GENERATED}
"""

_SPANS = f"""# Spans

Service, indexer and reference catalog send spans to an OTLP/HTTP collector, if one is configured. The headers
`traceparent` and `tracestate` of a request are honored and passed on: one trace leads from the ingress through the
service to the catalog. A caller's decision about sampling applies. No name and no attribute contains an id of a shopper
or product. Calls to token issuers carry the trace, too. Those to object storage, which belong to no request, and to the
model hub, which is somebody else's, do not. While the collector does not answer, at most 2,048 spans wait, and further
ones are dropped. The end of a process waits for it for at most 5 seconds.

{_GENERATED}
"""


def metrics_reference() -> str:
    """Returns the page of metrics, with one table per process."""
    head = "metric", "kind", "unit", "labels", "meaning"
    sections = [
        ("Service", SERVICE_METRICS),
        ("Indexer", (*INDEXER_METRICS, STAGE_DURATION)),
        ("Process of service or indexer", PROCESS_METRICS),
    ]
    return _page(_METRICS, head, [(title, map(_metric_row, metrics)) for title, metrics in sections])


def log_events_reference(catalog: Sequence[tuple[Level, str, tuple[str, ...], str]]) -> str:
    """Returns the page of log events.

    Args:
        catalog: level, event, fields and description of each event of the reference catalog.
    """
    common = [(f"`{name}`", text) for name, text in COMMON_FIELDS.items()]
    own = [LogEvent("catalog", *event) for event in catalog]
    sections = [
        ("Service", SERVICE_EVENTS),
        ("Indexer", INDEXER_EVENTS),
        ("Service and indexer", ADAPTER_EVENTS),
        ("Reference catalog", own),
        ("Server", SERVER_EVENTS),
    ]
    fields = _page(_LOG_EVENTS, ("field", "meaning"), [("Fields of all events", common)])
    head = "event", "level", "logger", "fields", "meaning"
    return _page(fields, head, [(title, map(_event_row, events)) for title, events in sections])


def spans_reference() -> str:
    """Returns the page of spans, with one table per process."""
    head = "name", "kind", "attributes", "meaning"
    catalog = (SERVICE_SPANS[0],)
    sections = [("Service", SERVICE_SPANS), ("Indexer", INDEXER_SPANS), ("Reference catalog", catalog)]
    return _page(_SPANS, head, [(title, map(_span_row, spans)) for title, spans in sections])


def _page(
    introduction: str, head: Sequence[str], sections: Iterable[tuple[str, Iterable[Sequence[str]]]]
) -> str:
    lines = [introduction.rstrip("\n")]
    for title, rows in sections:
        lines += ["", f"## {title}", "", *map(_line, (head, ["---"] * len(head), *rows))]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _metric_row(metric: Metric) -> Sequence[str]:
    unit = {"s": "seconds", "1": "no unit", "By": "bytes"}.get(metric.unit, metric.unit.strip("{}"))
    return f"`{metric.prometheus_name}`", metric.kind, unit, _names(metric.labels), metric.description


def _event_row(event: LogEvent) -> Sequence[str]:
    return f"`{event.event}`", event.level, f"`{event.logger}`", _names(event.fields), event.description


def _span_row(span: SpanDeclaration) -> Sequence[str]:
    return f"`{span.name}`", span.kind, _names(span.attributes), span.description


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "none"
