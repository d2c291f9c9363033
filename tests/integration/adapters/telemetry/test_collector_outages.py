"""A collector that hangs or fails delays nothing and fills no memory."""

import gc
import json
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from adapters.telemetry import Telemetry, TelemetryConfig, start_telemetry
from tests.support.builders.kept_logs import logs_as_before
from tests.support.servers.collector import Collector
from tests.support.servers.waiting import wait_until

__all__ = ["logs_as_before"]

WAITING, BATCH = 2_048, 512


@pytest.fixture
def collector() -> Iterator[Collector]:
    started = Collector()
    yield started
    started.stop()


def tracing(collector: Collector, **changes: Any) -> Telemetry:
    config = TelemetryConfig("test", "1", log_format="json", otlp_endpoint=collector.url, **changes)
    return start_telemetry(config)


def record(telemetry: Telemetry, spans: int) -> None:
    for _ in range(spans):
        with telemetry.stages.stage("ranking"):
            pass


def kept_spans() -> int:
    gc.collect()
    # Not `isinstance`, which asks proxies of other libraries for their class.
    return sum(issubclass(type(each), ReadableSpan) for each in gc.get_objects())


def test_hanging_collector_delays_no_span_and_fills_no_memory(collector: Collector) -> None:
    collector.answering.clear()
    telemetry, before = tracing(collector, exit_seconds=0.0), kept_spans()
    record(telemetry, BATCH)
    wait_until(lambda: collector.attempts == 1, "an export hangs")
    record(telemetry, 4 * WAITING)
    assert (collector.attempts, collector.spans) == (1, [])
    assert kept_spans() - before <= WAITING + BATCH + 1
    telemetry.close()


def test_exit_waits_for_no_further_export_of_a_hanging_collector(collector: Collector) -> None:
    collector.answering.clear()
    telemetry = tracing(collector, exit_seconds=0.1, push_metrics=True)
    record(telemetry, WAITING)
    telemetry.close()
    assert collector.attempts <= 2  # One for each signal, of four batches of spans.
    assert collector.spans == []


def has_answered(collector: Collector, batches: int) -> bool:
    return collector.answered == batches


def test_outage_is_logged_once_and_its_end_too(
    collector: Collector, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry = tracing(collector)
    collector.status = 400
    for batches in (1, 2):
        record(telemetry, BATCH)
        wait_until(partial(has_answered, collector, batches), "an export was rejected")
    collector.status = 200
    record(telemetry, 1)
    telemetry.close()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["signal"]) for line in lines] == [
        ("the collector does not take telemetry", "spans"),
        ("the collector takes telemetry again", "spans"),
    ]
    assert len(collector.spans) == 1
