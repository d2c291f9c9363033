"""Start and stop of a process's telemetry.

Logs are always configured, traces and metrics only if the configuration enables them.
"""

import errno
import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from wsgiref.simple_server import WSGIServer

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import Meter, NoOpMeter, NoOpMeterProvider
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import NoOpTracer, Tracer
from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server

from adapters.telemetry.config import TelemetryConfig
from adapters.telemetry.declared.metric import Metric
from adapters.telemetry.declared.request_metrics import STAGE_DURATION
from adapters.telemetry.errors import MetricsPortTaken, TelemetryError
from adapters.telemetry.instruments import Durations, PrometheusDurations, histogram
from adapters.telemetry.logs import configure_logs
from adapters.telemetry.stages import ObservedStages, SilentStages

_SCOPE = "recommender"
_MAX_WAITING_SPANS = 2_048
_SPANS_PER_EXPORT = 512


class ProcessResource(Resource):
    """The description of this process, which never changes.

    The encoder of spans looks its hash up for each span, and the library's own makes JSON of the attributes for it.
    """

    @cached_property
    def _hash(self) -> int:
        return super().__hash__()

    def __hash__(self) -> int:
        """The library's hash, computed once."""
        return self._hash

    def __eq__(self, other: object) -> bool:
        """True for the same attributes, as in the library."""
        return super().__eq__(other)


class Telemetry:
    """Tracer, meter and stage observer of a process, created by `start_telemetry`.

    Args:
        config: what is started.
        readers: further readers of the metrics, closed with it.

    Attributes:
        tracer: tracer of this process, independent of the global one. A no-op without traces.
        meter: meter of this process, independent of the global one. A no-op without metrics.
        stages: observer of the stages of recommendations.
        tracing: True if traces are enabled.
        measuring: True if metrics are enabled.
        metrics_port: port of the Prometheus endpoint, None without one.
    """

    def __init__(self, config: TelemetryConfig, readers: Sequence[MetricReader] = ()) -> None:
        self._stops: list[Callable[[], None]] = []
        self._exit_seconds = config.exit_seconds
        found = Resource.create({"service.name": config.service_name, "service.version": config.version})
        resource = ProcessResource(found.attributes, found.schema_url)
        self.tracing = config.otlp_endpoint is not None
        self._pushing = self.tracing and config.push_metrics
        self._registry: CollectorRegistry | None = None
        self.measuring = config.metrics_port is not None or self._pushing or bool(readers)
        self.metrics_port: int | None = None
        # Metrics first, so that an occupied port is found before any exporter thread starts.
        self.meter: Meter = NoOpMeter(_SCOPE)
        if self.measuring:
            self.meter = self._start_metrics(config, resource, readers)
        self.tracer: Tracer = self._start_traces(config, resource) if self.tracing else NoOpTracer()
        self.stages: SilentStages | ObservedStages = SilentStages()
        if self.tracing or self.measuring:
            tracer = self.tracer if self.tracing else None
            self.stages = ObservedStages(tracer, self.durations(STAGE_DURATION), meter=self.meter)

    def durations(self, metric: Metric) -> Durations:
        """A histogram. Without metrics, recording has no effect."""
        if self._registry is not None and not self._pushing:
            return PrometheusDurations(self._registry, metric)
        return histogram(self.meter, metric)

    def close(self) -> None:
        """Sends pending traces and metrics and stops the endpoint. Logs continue.

        A collector that does not answer is left after `exit_seconds`. What is pending then is lost.
        """
        deadline = time.monotonic() + self._exit_seconds
        while self._stops:
            # A daemon, so that the process ends without it.
            stopping = threading.Thread(target=self._stops.pop(), daemon=True)
            stopping.start()
            stopping.join(max(0.0, deadline - time.monotonic()))

    def _start_metrics(
        self, config: TelemetryConfig, resource: Resource, given: Sequence[MetricReader]
    ) -> Meter:
        registry = self._registry = CollectorRegistry()
        own = PrometheusMetricReader(registry=registry, scope_info_enabled=False)
        readers: list[MetricReader] = [own, *given]
        if config.metrics_port is not None:
            ProcessCollector(registry=registry)
            server, thread = _listen(config, registry)
            self.metrics_port = server.server_port
            self._stops.append(lambda: _stop_listening(server, thread))
        if config.push_metrics and config.otlp_endpoint:
            # Here, because the import is slow and most processes have no collector.
            from adapters.telemetry.exporters import MetricExporter

            readers.append(PeriodicExportingMetricReader(MetricExporter(config.otlp_endpoint)))
        provider = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
        self._stops.append(provider.shutdown)
        return provider.get_meter(_SCOPE, config.version)

    def _start_traces(self, config: TelemetryConfig, resource: Resource) -> Tracer:
        from adapters.telemetry.exporters import SpanExporter  # see `_start_metrics`

        nothing = NoOpMeterProvider()
        provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(config.trace_sample_ratio)),
            resource=resource,
            shutdown_on_exit=False,
            meter_provider=nothing,
        )
        provider.add_span_processor(
            BatchSpanProcessor(
                SpanExporter(config.otlp_endpoint or ""),
                max_queue_size=_MAX_WAITING_SPANS,
                max_export_batch_size=_SPANS_PER_EXPORT,
                meter_provider=nothing,
            )
        )
        self._stops.append(provider.shutdown)
        return provider.get_tracer(_SCOPE, config.version)


def start_telemetry(config: TelemetryConfig) -> Telemetry:
    """Configures the logs of the process and starts its traces and metrics.

    No global OpenTelemetry provider is set. Callers use the returned tracer and meter.

    Raises:
        TelemetryError: invalid log level or sample ratio, or occupied metrics port.
    """
    if not 0 <= config.trace_sample_ratio <= 1:
        raise TelemetryError(
            f"The trace sample ratio is {config.trace_sample_ratio}. It must be from 0 to 1."
        )
    configure_logs(config.log_level, config.log_format, lossy=config.lossy_logs)
    return Telemetry(config)


def _listen(config: TelemetryConfig, registry: CollectorRegistry) -> tuple[WSGIServer, threading.Thread]:
    try:
        return start_http_server(config.metrics_port or 0, addr=config.metrics_host, registry=registry)
    except (OSError, OverflowError) as error:
        taken = getattr(error, "errno", None) == errno.EADDRINUSE
        raise (MetricsPortTaken if taken else TelemetryError)(
            f"The metrics endpoint cannot listen on {config.metrics_host}:{config.metrics_port} ({error}). "
            "Choose another host or port, or disable metrics."
        ) from error


def _stop_listening(server: WSGIServer, thread: threading.Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()
