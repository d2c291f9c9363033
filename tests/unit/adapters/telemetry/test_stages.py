from collections.abc import Iterator

import pytest
from opentelemetry.metrics import NoOpMeter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import NoOpTracer

from adapters.telemetry import ObservedStages, SilentStages, TelemetryConfig, start_telemetry
from adapters.telemetry.declared.request_metrics import STAGE_DURATION
from adapters.telemetry.instruments import histogram
from recommender.ports import StageObserver


class Clock:
    """A clock that advances by a quarter of a second with each call."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.25
        return self.now


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(spans: InMemorySpanExporter) -> Iterator[TracerProvider]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    yield provider
    provider.shutdown()


def durations(reader: InMemoryMetricReader) -> dict[str, float]:
    data = reader.get_metrics_data()
    assert data is not None
    points = data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points
    found = {}
    for point in points:
        assert isinstance(point, HistogramDataPoint)
        assert point.attributes is not None
        found[str(point.attributes["stage"])] = point.sum
    return found


def test_stages_are_nested_spans_with_durations(tracing: TracerProvider, spans: InMemorySpanExporter) -> None:
    reader = InMemoryMetricReader()
    metering = MeterProvider([reader], shutdown_on_exit=False)
    meter = metering.get_meter("test")
    stages = ObservedStages(tracing.get_tracer("test"), histogram(meter, STAGE_DURATION), Clock())
    with stages.stage("outer"), stages.stage("inner"):
        pass
    inner, outer = spans.get_finished_spans()
    assert (inner.name, outer.name) == ("inner", "outer")
    assert inner.parent is not None
    assert inner.parent.span_id == outer.get_span_context().span_id
    assert durations(reader) == {"outer": 0.75, "inner": 0.25}
    metering.shutdown()


def test_failed_stage_is_measured_and_raises_its_error(
    tracing: TracerProvider, spans: InMemorySpanExporter
) -> None:
    reader = InMemoryMetricReader()
    metering = MeterProvider([reader], shutdown_on_exit=False)
    meter = metering.get_meter("test")
    stages = ObservedStages(tracing.get_tracer("test"), histogram(meter, STAGE_DURATION), Clock())
    with pytest.raises(KeyError), stages.stage("ranking"):
        raise KeyError("gone")
    (span,) = spans.get_finished_spans()
    assert not span.status.is_ok
    assert (span.status.description, span.events) == (None, ())
    assert durations(reader) == {"ranking": 0.25}
    metering.shutdown()


def test_silent_stages_share_one_empty_context() -> None:
    stages: StageObserver = SilentStages()
    first = stages.stage("ranking")
    assert stages.stage("filtering") is first
    with first, first:
        pass


def test_disabled_telemetry_creates_no_span_or_instrument(monkeypatch: pytest.MonkeyPatch) -> None:
    telemetry = start_telemetry(TelemetryConfig("test", "1"))
    assert isinstance(telemetry.stages, SilentStages)
    assert isinstance(telemetry.tracer, NoOpTracer)
    assert isinstance(telemetry.meter, NoOpMeter)
    assert not telemetry.tracing
    assert not telemetry.measuring
    made: list[str] = []
    for kind, name in (
        (NoOpTracer, "start_span"),
        (NoOpTracer, "start_as_current_span"),
        (NoOpMeter, "create_histogram"),
    ):
        monkeypatch.setattr(kind, name, lambda *_, name=name, **__: made.append(name))
    for _ in range(3):
        with telemetry.stages.stage("ranking"):
            pass
    assert made == []
    telemetry.close()
