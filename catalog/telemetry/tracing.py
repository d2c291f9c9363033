"""Spans of requests, sent to an OTLP collector if one is configured."""

import threading

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_EXPORT_SECONDS = 5.0
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_PROPAGATOR = TraceContextTextMapPropagator()


class Tracing:
    """Sends spans while it is open.

    Args:
        endpoint: base URL of an OTLP/HTTP collector.
    """

    def __init__(self, endpoint: str) -> None:
        # Here, because the import is slow and most catalogs have no collector.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        self._provider = TracerProvider(
            # Callers decide. What nobody asked to trace, such as probes of health, is left out.
            sampler=ParentBased(TraceIdRatioBased(0.0)),
            resource=Resource.create({"service.name": "recommender-catalog"}),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer: Tracer = self._provider.get_tracer("catalog")

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """Wraps the application: one span for each request, a part of the caller's trace."""
        return _TracedApp(app, self._tracer)

    def close(self) -> None:
        """Sends what is pending, for at most five seconds."""
        stopping = threading.Thread(target=self._provider.shutdown, daemon=True)
        stopping.start()
        stopping.join(_EXPORT_SECONDS)


class _TracedApp:
    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        with self._tracer.start_as_current_span(
            method,
            context=_PROPAGATOR.extract(carrier),
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            status = [500]
            try:
                await self._app(scope, receive, _noting(status, send))
            finally:
                # The template, because the path may name a user.
                route = str(scope.get("path_template") or "unmatched")
                span.update_name(f"{method} {route}")
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status[0])
                if status[0] >= 500:
                    span.set_status(StatusCode.ERROR)


def _noting(status: list[int], send: Send) -> Send:
    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            status[0] = message["status"]
        await send(message)

    return noted
