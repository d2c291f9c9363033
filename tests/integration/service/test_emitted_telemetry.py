"""Metrics, logs and spans of a running service agree with the reference."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from adapters.telemetry.declared.process_metrics import PROCESS_METRICS
from adapters.telemetry.declared.service_log_events import SERVICE_EVENTS
from adapters.telemetry.declared.service_metrics import SERVICE_METRICS
from adapters.telemetry.declared.shared_log_events import ADAPTER_EVENTS, SERVER_EVENTS
from adapters.telemetry.declared.spans import REQUEST, SERVICE_SPANS, SERVICE_STAGES
from tests.support.builders.published_snapshots import shop
from tests.support.builders.services.running_service import quiet_catalog, running_service
from tests.support.builders.services.service_processes import valid_token
from tests.support.every_call import SCOPES, call_everything
from tests.support.servers.collector import Collector
from tests.support.servers.raw_http import Request, Script, json_answer
from tests.support.servers.waiting import wait_for
from tests.support.telemetry_reference import check_lines, check_scrape, check_spans, is_request, log_lines
from tests.support.tokens import ISSUER, Forge

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
        scrape: of the metrics endpoint.
        log: its lines.
        spans: the spans that the collector received.
    """

    scrape: str
    log: str
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
            call_everything(running.client, headers, "u1", "p1")
            # A load may be over before the event loop is measured for the first time.
            metrics = wait_for(
                lambda: httpx.get(f"{running.metrics_url}/metrics", timeout=60).text,
                lambda text: "recommender_event_loop_lag_seconds_count" in text,
            )
        yield Emitted(metrics, running.log.read_text(), collector.spans)
    finally:
        collector.stop()


def catalog(request: Request) -> Script:
    """Knows one shopper, who bought nothing."""
    if not request.target.startswith("/v1/users/u1"):
        return quiet_catalog(request)
    return json_answer({"items": [], "next_cursor": None} if "purchases" in request.target else {"id": "u1"})


def test_scraped_metrics_are_those_of_the_reference(emitted: Emitted) -> None:
    declared = (*SERVICE_METRICS, *PROCESS_METRICS)
    seen = check_scrape(emitted.scrape, declared)
    assert {metric.prometheus_name for metric in declared} - seen <= OUTAGES


def test_logged_lines_are_those_of_the_reference(emitted: Emitted) -> None:
    seen = check_lines(log_lines(emitted.log), (*SERVICE_EVENTS, *ADAPTER_EVENTS, *SERVER_EVENTS))
    assert {event for _, event in seen} >= LIFE


def test_received_spans_are_those_of_the_reference(emitted: Emitted) -> None:
    seen = check_spans(emitted.spans, SERVICE_SPANS, is_request)
    assert seen >= {*SERVICE_STAGES, REQUEST.name, "call: GET /v1/users/{user_id}"}
    names = {span.name for span in emitted.spans}
    assert {"GET /v1/users/{user_id}/recommendations", "GET unmatched", "_OTHER unmatched"} <= names


def test_load_moves_the_metrics_of_quality_and_process(emitted: Emitted) -> None:
    samples = [
        sample for family in text_string_to_metric_families(emitted.scrape) for sample in family.samples
    ]

    def value(name: str, **labels: str) -> float:
        return sum(
            each.value for each in samples if each.name == name and labels.items() <= each.labels.items()
        )

    for kind in ("impressions", "clicks", "purchases"):
        assert value(f"recommender_{kind}_total", scenario="for-you") == 1, kind
        assert value(f"recommender_{kind}_total") == 1, kind
        assert value("recommender_event_delay_seconds_count", kind=kind.removesuffix("s")) == 1, kind
    for stage in ("candidate_generation", "filtering", "reranking"):
        assert value("recommender_candidates_total", stage=stage) > 0, stage
    answered = value("recommender_items_total", kind="all")
    assert answered > 0
    assert 0 <= value("recommender_items_total", kind="explored") <= answered
    assert 0 <= value("recommender_items_total", kind="cold") <= answered
    for source in ("kept", "read"):
        assert value("recommender_profile_age_seconds_count", source=source) > 0, source
    for operation in ("user", "user_purchases", "products"):
        assert value("recommender_catalog_call_seconds_count", operation=operation) > 0, operation
    for name in ("recommender_shopper_states_total", "recommender_event_loop_lag_seconds_count"):
        assert value(name) > 0, name
    assert value("recommender_snapshot_loading_seconds_count", step="verify") == 1
    assert 0 < value("process_start_time_seconds") < time.time()
    for name in ("cpu_seconds_total", "resident_memory_bytes", "virtual_memory_bytes", "open_fds"):
        assert value(f"process_{name}") > 0, name
    assert value("process_open_fds") < value("process_max_fds")
