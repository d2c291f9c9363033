"""Compares what processes emit with the declarations that the reference pages are made from."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric as ReceivedMetric
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from adapters.telemetry.declared.log_event import COMMON_FIELDS, LogEvent
from adapters.telemetry.declared.metric import Metric
from adapters.telemetry.declared.spans import CATALOG_CALL, COMMAND, REQUEST, SpanDeclaration
from service.routes.access import ACCESS, PAGES

SOMETIMES = {
    "choosing parameters": {"ndcg_at_20", "ndcg_at_20_when_chosen"},
    "progress": {"total", "seconds_left"},
}
"""Fields that an event may lack, as its description says."""

_SUFFIXES = {"s": "_seconds", "By": "_bytes"}
_POINTS = {"counter": "sum", "gauge": "gauge", "histogram": "histogram"}


def check_scrape(text: str, declared: Iterable[Metric]) -> set[str]:
    """Checks name, type, help, unit and labels of every scraped metric.

    Returns:
        The Prometheus names of those that have a series.
    """
    known = {metric.prometheus_name: metric for metric in declared}
    seen = set()
    for family in text_string_to_metric_families(text):
        name = family.name + {"counter": "_total"}.get(family.type, "")
        if name == "target_info":
            continue
        assert name in known, f"{name} is in no reference"
        metric = known[name]
        assert family.type == metric.kind, name
        # The texts of prometheus-client's own collector are its own.
        assert name.startswith("process_") or family.documentation == metric.description, name
        assert _SUFFIXES.get(metric.unit, "") in name, (name, metric.unit)
        for sample in family.samples:
            assert sample.labels.keys() - {"le"} == set(metric.labels), sample
            seen.add(name)
    return seen


def check_pushed(received: Iterable[ReceivedMetric], declared: Iterable[Metric]) -> set[str]:
    """Checks name, type, help, unit and labels of every metric that a collector received.

    Returns:
        Their Prometheus names.
    """
    known = {metric.name: metric for metric in declared}
    seen = set()
    for pushed in received:
        assert pushed.name in known, f"{pushed.name} is in no reference"
        metric = known[pushed.name]
        kind = pushed.WhichOneof("data")
        assert (kind, pushed.unit, pushed.description) == (
            _POINTS[metric.kind],
            metric.unit,
            metric.description,
        ), pushed.name
        for point in getattr(pushed, str(kind)).data_points:
            assert {pair.key for pair in point.attributes} == set(metric.labels), pushed.name
        seen.add(metric.prometheus_name)
    return seen


def log_lines(text: str) -> list[dict[str, Any]]:
    """The lines of a log. Every line must be JSON."""
    return [json.loads(line) for line in text.splitlines()]


def check_lines(lines: Sequence[dict[str, Any]], declared: Sequence[LogEvent]) -> set[tuple[str, str]]:
    """Checks logger, level and fields of every line of a log.

    Returns:
        Logger and name of the events that were logged.
    """
    seen = set()
    for line in lines:
        event = _event_of(line, declared)
        assert event is not None, f"in no reference: {line}"
        assert line["level"] == event.level, line
        own, fields = line.keys() - COMMON_FIELDS.keys(), set(event.fields) - {"exception"}
        assert own <= fields <= own | SOMETIMES.get(event.event, set()), line
        assert {"timestamp", "level", "logger", "event"} <= line.keys(), line
        seen.add((event.logger, event.event))
    return seen


def is_request(name: str) -> bool:
    """True for the name of a span of a request that the service answers."""
    templates = ACCESS.keys() | PAGES.keys() | {("GET", "/health/live"), ("GET", "/health/ready")}
    method, _, route = name.partition(" ")
    return route == "unmatched" or (method, route) in templates


def check_spans(
    spans: Iterable[Span], declared: Sequence[SpanDeclaration], requests: Callable[[str], bool]
) -> set[str]:
    """Checks name, kind and attributes of every span of one process.

    Args:
        spans: of the process.
        declared: its declarations.
        requests: True for the name of a span of a request that the process can answer.

    Returns:
        The names of declarations that had a span.
    """
    internal = {span.name: span for span in declared if span.kind == "internal"}
    seen = set()
    for span in spans:
        attributes = {pair.key for pair in span.attributes}
        assert not span.events, span
        if span.kind == Span.SPAN_KIND_SERVER:
            assert REQUEST in declared
            assert requests(span.name), span.name
            assert attributes == set(REQUEST.attributes), span
            seen.add(REQUEST.name)
        elif span.kind == Span.SPAN_KIND_CLIENT:
            assert CATALOG_CALL in declared
            assert attributes & {"http.response.status_code", "error.type"}, span
            assert {"http.request.method", "url.template"} <= attributes <= set(CATALOG_CALL.attributes), span
            seen.add(f"call: {span.name}")
        else:
            name = COMMAND.name if span.name.startswith("indexer ") else span.name
            assert name in internal, span.name
            assert attributes == set(internal[name].attributes), span
            seen.add(name)
    return seen


def _event_of(line: dict[str, Any], declared: Sequence[LogEvent]) -> LogEvent | None:
    for event in declared:
        pattern = re.escape(event.event).replace("%d", r"\d+").replace("%s", ".+")
        if line.get("logger") == event.logger and re.fullmatch(pattern, line["event"]):
            return event
    return None
