"""Declared metrics, their documentation and their export agree."""

from collections.abc import Iterator

import pytest

from adapters.telemetry import (
    IndexerMetrics,
    RecordedBuilds,
    ServedSnapshot,
    ServiceMetrics,
    Telemetry,
    TelemetryConfig,
    start_telemetry,
)
from adapters.telemetry.declared.indexer_metrics import INDEXER_METRICS
from adapters.telemetry.declared.process_metrics import PROCESS_METRICS
from adapters.telemetry.declared.reference import metrics_reference
from adapters.telemetry.declared.service_metrics import SERVICE_METRICS
from tests.support.scraping import scraped


@pytest.fixture
def telemetry() -> Iterator[Telemetry]:
    started = start_telemetry(TelemetryConfig("recommender-test", "1.2.3", metrics_port=0))
    yield started
    started.close()


def record_everything(telemetry: Telemetry) -> ServiceMetrics:
    service = ServiceMetrics(telemetry.meter, clock=lambda: 1_000.0, durations=telemetry.durations)
    service.request("GET", "/v1/popular", 200, 0.003)
    service.answered("for-you", "personalised")
    service.repeated("for-you")
    service.impression("for-you")
    service.click("for-you")
    service.purchase("for-you")
    service.shopper_state(kept=True)
    service.profile_used("kept", 3.0)
    service.loop_lag(0.003)
    telemetry.stages.candidates("filtering", 30)
    telemetry.stages.items("all", 10)
    service.degraded("for-you", "catalog")
    service.event_stored("view", 3.0)
    service.catalog_called("user_purchases", 0.03)
    service.snapshot_swapped(ServedSnapshot("v1", 400.0, 100.0, {"ndcg_at_20": 0.2}))
    service.builds_recorded(
        RecordedBuilds({"build": {"published": 3}}, {"build": {"published": 400.0}}, {"products": 300.0})
    )
    service.database_failed()
    service.snapshot_refused()
    service.catalog_failed("user_purchases", "timeout")
    service.catalog_faults("product", "invalid", 2)
    service.overlay_refreshed(990.0)
    service.limited("client")
    service.shed()
    service.timed_out()
    service.snapshot_loading("fetch", 0.5)
    service.snapshot_unreachable()
    service.in_flight(3)
    service.issuers_known(lambda: {"https://id.shop.example": True})
    with telemetry.stages.stage("ranking"):
        pass
    indexer = IndexerMetrics(telemetry.meter)
    indexer.built(12.5, 300, 4_000, {"ann_recall_at_20": 0.99, "ndcg_at_20": 0.1})
    indexer.rejected("product", 1)
    indexer.refused("popularity")
    indexer.published()
    return service


def test_exported_metrics_are_exactly_the_declared_ones(telemetry: Telemetry) -> None:
    record_everything(telemetry)
    samples = scraped(telemetry)
    del samples["target_info"]
    for metric in (*SERVICE_METRICS, *INDEXER_METRICS, *PROCESS_METRICS):
        name = f"{metric.prometheus_name}_count" if metric.kind == "histogram" else metric.prometheus_name
        (labels,) = samples.pop(name)
        assert {label for label, _ in labels} == set(metric.labels), name
        if metric.kind == "histogram":
            bounds = {dict(labels)["le"] for labels in samples.pop(f"{metric.prometheus_name}_bucket")}
            assert bounds == {*(str(bound) for bound in metric.buckets), "+Inf"}
            del samples[f"{metric.prometheus_name}_sum"]
    assert samples == {}


def test_recorded_values_are_exported(telemetry: Telemetry) -> None:
    record_everything(telemetry)
    samples = scraped(telemetry)
    assert samples["recommender_build_ann_recall"] == {(): 0.99}
    assert samples["recommender_overlay_age_seconds"] == {(): 10.0}
    assert samples["recommender_snapshot_age_seconds"] == {(): 600.0}
    assert samples["recommender_snapshot_purchases_age_seconds"] == {(): 900.0}
    assert samples["recommender_snapshot_quality"] == {(("measure", "ndcg_at_20"),): 0.2}
    assert samples["recommender_builds_total"] == {(("kind", "build"), ("outcome", "published")): 3.0}
    assert samples["recommender_answers_total"] == {
        (("scenario", "for-you"), ("strategy", "personalised")): 1.0
    }
    labels = (
        ("http_request_method", "GET"),
        ("http_response_status_code", "200"),
        ("http_route", "/v1/popular"),
    )
    assert samples["http_server_request_duration_seconds_sum"] == {labels: 0.003}


def test_snapshot_info_shows_only_the_served_version(telemetry: Telemetry) -> None:
    service = record_everything(telemetry)
    assert scraped(telemetry)["recommender_snapshot_info"] == {(("version", "v1"),): 1.0}
    service.snapshot_swapped(ServedSnapshot("v2", 900.0, None, {}))
    for _ in range(2):
        assert scraped(telemetry)["recommender_snapshot_info"] == {(("version", "v2"),): 1.0}


def test_snapshot_and_overlay_metrics_are_absent_at_first(telemetry: Telemetry) -> None:
    ServiceMetrics(telemetry.meter)
    samples = scraped(telemetry)
    assert "recommender_snapshot_info" not in samples
    assert "recommender_overlay_age_seconds" not in samples


def test_feed_that_never_answered_ages_from_the_first_snapshot(telemetry: Telemetry) -> None:
    now = [100.0]
    service = ServiceMetrics(telemetry.meter, clock=lambda: now[0])
    for started in (110.0, 250.0):
        now[0] = started
        service.snapshot_swapped(ServedSnapshot("v1", 50.0, None, {}))
    now[0] = 400.0
    samples = scraped(telemetry)
    assert samples["recommender_overlay_age_seconds"] == {(): 290.0}
    assert "recommender_snapshot_purchases_age_seconds" not in samples


def test_target_info_names_the_process(telemetry: Telemetry) -> None:
    record_everything(telemetry)
    ((labels, value),) = scraped(telemetry)["target_info"].items()
    assert value == 1.0
    assert dict(labels)["service_name"] == "recommender-test"
    assert dict(labels)["service_version"] == "1.2.3"


def test_reference_names_every_metric_and_label() -> None:
    text = metrics_reference()
    for metric in (*SERVICE_METRICS, *INDEXER_METRICS):
        row = next(line for line in text.splitlines() if line.startswith(f"| `{metric.prometheus_name}` "))
        assert metric.description in row
        assert all(f"`{label}`" in row for label in metric.labels)
