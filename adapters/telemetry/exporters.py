"""Exporters to an OTLP collector that log an outage once."""

from collections.abc import Sequence

import structlog
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

EXPORT_SECONDS = 5.0
"""Limit of one export with its retries. Only its thread waits."""


class SpanExporter(OTLPSpanExporter):
    """Sends spans. A batch that the collector does not take is dropped."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            endpoint=_signal_url(endpoint, "traces"),
            timeout=EXPORT_SECONDS,
            meter_provider=NoOpMeterProvider(),
        )
        self._down = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See `OTLPSpanExporter`."""
        result = super().export(spans)
        self._down = _report(self._down, result is not SpanExportResult.SUCCESS, "spans")
        return result


class MetricExporter(OTLPMetricExporter):
    """Sends metrics."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(endpoint=_signal_url(endpoint, "metrics"), timeout=EXPORT_SECONDS)
        self._down = False

    def export(
        self, metrics_data: MetricsData, timeout_millis: float | None = 10_000, **kwargs: object
    ) -> MetricExportResult:
        """See `OTLPMetricExporter`."""
        result = super().export(metrics_data, timeout_millis, **kwargs)
        self._down = _report(self._down, result is not MetricExportResult.SUCCESS, "metrics")
        return result


def _signal_url(endpoint: str, signal: str) -> str:
    """URL of a signal at a collector, whose `endpoint` may be that of traces."""
    return f"{endpoint.rstrip('/').removesuffix('/v1/traces')}/v1/{signal}"


def _report(was_down: bool, down: bool, signal: str) -> bool:
    log = structlog.get_logger("adapters.telemetry")
    if down and not was_down:
        log.warning("the collector does not take telemetry", signal=signal)
    elif was_down and not down:
        log.info("the collector takes telemetry again", signal=signal)
    return down
