"""Metrics, logs and spans of a running service agree with the reference."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from adapters.telemetry.log_events import (
    COMMON_FIELDS,
    SERVICE_EVENTS,
    LogEvent,
)
from adapters.telemetry.service_metrics import SERVICE_METRICS
from adapters.telemetry.serving_declarations import PROCESS_METRICS
from adapters.telemetry.shared_log_events import ADAPTER_EVENTS, SERVER_EVENTS
from adapters.telemetry.spans import CATALOG_CALL, REQUEST, SERVICE_STAGES
from service.routes.access import ACCESS
from tests.support.builders.published_snapshots import shop
from tests.support.builders.running_service import quiet_catalog, running_service
from tests.support.builders.service_processes import valid_token
from tests.support.servers.collector import Collector
from tests.support.servers.raw_http import Request, Script, json_answer
from tests.support.tokens import ISSUER, Forge

SCOPES = "recommendations:read.any events:write.any profiles:read.any profiles:write.any users:erase.any"
OUTAGES = {
    "recommender_degraded_total",
    "recommender_catalog_errors_total",
    "recommender_catalog_faults_total",
    "recommender_limited_total",
    "recommender_builds_total",
    "recommender_build_timestamp_seconds",
    "recommender_build_last",
}
"""Metrics with labels that have no value before an outage, an invalid record or a recorded build."""

LIFE = {"snapshot live", "request", "answered"} | {
    event.event for event in SERVER_EVENTS if not event.event.startswith("Waiting for ")
}
"""Log events of a start, a load without outages and a stop."""


@dataclass(frozen=True)
class Emitted:
    """All that a process wrote and sent.

    Attributes:
        metrics: labels of each series by the name of its metric.
        lines: the log.
        spans: the spans that the collector received.
    """

    metrics: dict[str, list[dict[str, str]]]
    lines: list[dict[str, Any]]
    spans: list[Span]


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emitted]:
    folder, collector = tmp_path_factory.mktemp("emitted"), Collector()
    forge = Forge(folder / "jwks.json")
    forge.publish(forge.rsa)
    settings = {
        "SERVICE_LOG_LEVEL": "DEBUG",
        "SERVICE_OTLP_ENDPOINT": collector.url,
        "SERVICE_REQUEST_SECONDS": "30",
    }
    issuers = [{"issuer": ISSUER, "jwks_file": str(forge.jwks_file)}]
    try:
        with running_service(folder, shop(), issuers, settings, answers=catalog) as running:
            headers = {"authorization": f"Bearer {valid_token(forge, sub='shop', scope=SCOPES)}"}
            load(running.client, headers)
            metrics = httpx.get(f"{running.metrics_url}/metrics", trust_env=False).text
        yield Emitted(series(metrics), lines(running.log), collector.spans)
    finally:
        collector.stop()


def catalog(request: Request) -> Script:
    """Knows one shopper, who bought nothing."""
    if not request.target.startswith("/v1/users/u1"):
        return quiet_catalog(request)
    return json_answer({"items": [], "next_cursor": None} if "purchases" in request.target else {"id": "u1"})


def load(client: httpx.Client, headers: dict[str, str]) -> None:
    """Calls everything, also wrongly."""
    own = "/v1/users/u1"
    answers = [
        client.get(path, headers=headers)
        for path in (
            f"{own}/recommendations?diversity=0.5",
            f"{own}/recommendations",
            f"{own}/recommendations",
            f"{own}/buy-again",
            f"{own}/profile",
            "/v1/users/nobody/recommendations",
            "/v1/products/p1/similar",
            "/v1/products/p1/similar",
            "/v1/products/p1/bought-together",
            *("/v1/popular", "/v1/trending", "/v1/new-arrivals", "/v1/snapshot"),
        )
    ]
    bodies = {
        "/v1/recommendations": {"interactions": [{"product_id": "p1", "kind": "view"}]},
        "/v1/rankings": {"user_id": "u1", "product_ids": ["p1", "p2"]},
        "/v1/recommendations/batch": {"entries": [{"user_id": "u1"}]},
        "/v1/events": {"events": list(events(answers[0].json()))},
    }
    answers += [client.post(path, json=body, headers=headers) for path, body in bodies.items()]
    assert {answer.status_code for answer in answers} <= {200, 202, 207}, [each.text for each in answers]
    client.request("PURGE", f"{own}/recommendations", headers=headers)
    for path in (f"{own}/recommendations?limit=0", "/v1/products/none/similar", "/nowhere/1", "/health/live"):
        client.get(path, headers=headers)
    client.get("/v1/popular")


def events(answer: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Events of a shopper who buys the first product of an answer."""
    now = datetime.fromtimestamp(time.time(), UTC).isoformat()
    for number, kind in enumerate(("impression", "click", "purchase")):
        yield {
            "id": f"event-{number}",
            "user_id": "u1",
            "product_id": answer["items"][0]["product_id"],
            "kind": kind,
            "occurred_at": now,
            "recommendation_id": answer["recommendation_id"],
        }


def series(text: str) -> dict[str, list[dict[str, str]]]:
    """The labels of each series, by the name of its metric."""
    found: dict[str, list[dict[str, str]]] = {}
    for family in text_string_to_metric_families(text):
        suffix = {"counter": "_total"}.get(family.type, "")
        for sample in family.samples:
            labels = {name: value for name, value in sample.labels.items() if name != "le"}
            found.setdefault(family.name + suffix, []).append(labels)
    return found


def lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def declared(line: dict[str, Any]) -> LogEvent | None:
    """The declaration of a line of the log."""
    for event in (*SERVICE_EVENTS, *ADAPTER_EVENTS, *SERVER_EVENTS):
        pattern = re.escape(event.event).replace("%d", r"\d+").replace("%s", ".+")
        if line["logger"] == event.logger and re.fullmatch(pattern, line["event"]):
            return event
    return None


def test_scraped_metrics_are_those_of_the_reference(emitted: Emitted) -> None:
    reference = {metric.prometheus_name: metric for metric in (*SERVICE_METRICS, *PROCESS_METRICS)}
    assert emitted.metrics.keys() - reference.keys() == {"target_info"}
    assert reference.keys() - emitted.metrics.keys() <= OUTAGES
    for name, metric in reference.items():
        assert all(labels.keys() == set(metric.labels) for labels in emitted.metrics.get(name, [])), name


def test_logged_lines_are_those_of_the_reference(emitted: Emitted) -> None:
    seen = set()
    for line in emitted.lines:
        event = declared(line)
        assert event is not None, line
        assert (line["level"], line.keys() - COMMON_FIELDS.keys()) == (
            event.level,
            set(event.fields) - {"exception"},
        )
        seen.add(event.event)
    assert seen >= LIFE


def test_received_spans_are_those_of_the_reference(emitted: Emitted) -> None:
    templates = {f"{method} {path}" for method, path in ACCESS} | {"GET /health/live", "GET /health/ready"}
    requests = templates | {"GET unmatched", "_OTHER unmatched"}
    seen = set()
    for span in emitted.spans:
        attributes = {pair.key for pair in span.attributes}
        assert not span.events
        if span.kind == Span.SPAN_KIND_SERVER:
            assert span.name in requests
            assert attributes == set(REQUEST.attributes)
        elif span.kind == Span.SPAN_KIND_CLIENT:
            assert attributes <= set(CATALOG_CALL.attributes)
        else:
            assert span.name in SERVICE_STAGES
            assert attributes == set()
        seen.add(span.name)
    assert SERVICE_STAGES.keys() <= seen
    assert {"GET /v1/users/{user_id}/recommendations", "GET unmatched", "_OTHER unmatched"} <= seen
