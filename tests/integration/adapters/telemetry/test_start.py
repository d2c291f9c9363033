"""Start and stop of telemetry with a collector and a metrics endpoint."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

from adapters.telemetry import (
    IndexerMetrics,
    ServiceMetrics,
    TelemetryConfig,
    TelemetryError,
    start_telemetry,
)
from adapters.telemetry.start import ProcessResource
from tests.support.servers.collector import Collector


@pytest.fixture
def collector() -> Iterator[Collector]:
    started = Collector()
    try:
        yield started
    finally:
        started.stop()


@pytest.mark.parametrize("suffix", ["", "/", "/v1/traces"])
def test_closing_sends_pending_spans(collector: Collector, suffix: str) -> None:
    telemetry = start_telemetry(
        TelemetryConfig("recommender-test", "1", otlp_endpoint=collector.url + suffix)
    )
    with telemetry.stages.stage("ranking"):
        pass
    telemetry.close()
    assert [span.name for span in collector.spans] == ["ranking"]
    assert collector.services == {"recommender-test"}


def test_closing_pushes_the_metrics_of_a_short_job(collector: Collector) -> None:
    config = TelemetryConfig("test", "1", otlp_endpoint=collector.url + "/v1/traces", push_metrics=True)
    telemetry = start_telemetry(config)
    IndexerMetrics(telemetry.meter).refused("popularity")
    telemetry.close()
    (point,) = collector.metrics["recommender.build.refused"].sum.data_points
    assert point.as_int == 1
    assert [pair.value.string_value for pair in point.attributes] == ["popularity"]


def test_sample_ratio_of_zero_sends_no_spans(collector: Collector) -> None:
    config = TelemetryConfig("test", "1", otlp_endpoint=collector.url, trace_sample_ratio=0.0)
    telemetry = start_telemetry(config)
    with telemetry.stages.stage("ranking"):
        pass
    telemetry.close()
    assert collector.spans == []


def test_unreachable_collector_raises_no_error(free_port: int) -> None:
    telemetry = start_telemetry(TelemetryConfig("test", "1", otlp_endpoint=f"http://127.0.0.1:{free_port}"))
    with telemetry.stages.stage("ranking"):
        pass
    telemetry.close()


def test_several_starts_in_one_process_share_no_state(collector: Collector) -> None:
    config = TelemetryConfig("test", "1", otlp_endpoint=collector.url, metrics_port=0)
    first, second = start_telemetry(config), start_telemetry(config)
    ServiceMetrics(first.meter).snapshot_refused()
    assert first.metrics_port != second.metrics_port
    assert "recommender_snapshot_refusals_total 1.0" in scrape(first.metrics_port)
    assert "refusals" not in scrape(second.metrics_port)
    assert not isinstance(trace.get_tracer_provider(), TracerProvider)
    assert not isinstance(metrics.get_meter_provider(), MeterProvider)
    first.close()
    assert scrape(second.metrics_port) is not None
    second.close()
    second.close()


def test_closing_stops_the_metrics_endpoint() -> None:
    telemetry = start_telemetry(TelemetryConfig("test", "1", metrics_port=0))
    port = telemetry.metrics_port
    telemetry.close()
    with pytest.raises(urllib.error.URLError):
        scrape(port)


def test_occupied_metrics_port_is_named_in_the_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(TelemetryError, match=rf"127\.0\.0\.1:{port}.*Choose another"):
            start_telemetry(TelemetryConfig("test", "1", metrics_port=port))


@pytest.mark.parametrize("ratio", [-0.1, 1.1])
def test_sample_ratio_out_of_range_is_rejected(ratio: float) -> None:
    with pytest.raises(TelemetryError, match="must be from 0 to 1"):
        start_telemetry(TelemetryConfig("test", "1", trace_sample_ratio=ratio))


def scrape(port: int | None) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
        text: str = response.read().decode()
    return text


def test_resource_of_a_process_equals_that_of_the_library() -> None:
    found = Resource.create({"service.name": "a", "service.version": "1"})
    own = ProcessResource(found.attributes, found.schema_url)
    assert own == found
    assert hash(own) == hash(found)
    assert own != Resource.create({"service.name": "b"})
