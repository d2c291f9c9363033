"""Telemetry of HTTP requests: request id, server span, durations and access log."""

import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from opentelemetry import context, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from structlog.contextvars import STRUCTLOG_KEY_PREFIX

from adapters.telemetry import ServiceMetrics, Telemetry
from adapters.trace_context import HEADERS as TRACE_HEADERS
from adapters.trace_context import caller_context

REQUEST_ID_HEADER = b"x-request-id"

UNMATCHED = "unmatched"
"""Route of requests that were refused before routing, or have an unknown path."""

_PROBES = "/health/"
_NO_TRAFFIC = (_PROBES, "/console")
"""Beginnings of routes that Kubernetes and the console's pages call."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:\-]{1,128}")
_PROBLEM = re.compile(rb'^\{"type":"urn:problem:recommender:([a-z-]{1,60})"')
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# As by `bind_contextvars(request_id=…)`, which looks the variable up in each request.
_LOGGED_ID: ContextVar[str] = ContextVar(f"{STRUCTLOG_KEY_PREFIX}request_id")
_NO_TRACE = nullcontext()
_logger = structlog.get_logger("service.access")
_access_log = logging.getLogger("service.access")


class RequestTelemetryMiddleware:
    """Records every request. Plain ASGI around the whole application.

    A valid `X-Request-Id` of the caller is kept, otherwise a new one is made. Every log line and the answer carry it.
    Without tracing there is no span, and without metrics nothing is recorded. The router leaves the route template in
    the scope.

    Args:
        clock: monotonic seconds.
        measuring: whether requests are recorded. None: if metrics are.
    """

    def __init__(
        self,
        app: ASGIApp,
        telemetry: Telemetry,
        metrics: ServiceMetrics,
        clock: Callable[[], float] = time.perf_counter,
        measuring: bool | None = None,
    ) -> None:
        self._measuring = telemetry.measuring if measuring is None else measuring
        self._app = app
        self._telemetry = telemetry
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on and records it."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id, traced = _own_headers(scope["headers"])
        answer = _Answer(send, request_id)
        bound = _LOGGED_ID.set(request_id.decode())
        recording = self._measuring or _access_log.isEnabledFor(logging.DEBUG)
        started = self._clock() if recording else 0.0
        try:
            with self._trace(scope, answer, traced) if self._telemetry.tracing or traced else _NO_TRACE:
                try:
                    await self._app(scope, receive, answer)
                finally:
                    if recording:
                        self._record(scope, answer, self._clock() - started)
        finally:
            _LOGGED_ID.reset(bound)

    @contextmanager
    def _trace(self, scope: Scope, answer: "_Answer", traced: list[tuple[bytes, bytes]]) -> Iterator[None]:
        """Begins a span below the caller's.

        Without tracing there is no span, and logs and calls have the caller's trace.
        """
        caller, span = caller_context(traced), None
        if self._telemetry.tracing:
            span = self._telemetry.tracer.start_span(_method(scope), context=caller, kind=SpanKind.SERVER)
            caller = trace.set_span_in_context(span)
        token = context.attach(caller)
        try:
            # An exception's message may name a shopper. The log redacts it, a collector would not.
            yield
        finally:
            context.detach(token)
            if span is not None:
                if span.is_recording():
                    _describe(span, _method(scope), _route(scope), answer.status)
                span.end()

    def _record(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        """Measures and logs a request that ended."""
        method, route = _method(scope), _route(scope)
        is_traffic = not route.startswith(_NO_TRAFFIC)
        self._metrics.request(method, route, answer.status, seconds, is_traffic=is_traffic)
        if answer.status >= 400 and not route.startswith(_PROBES):
            self._metrics.problem(method, route, answer.status, answer.code)
        if _access_log.isEnabledFor(logging.DEBUG):
            milliseconds = round(seconds * 1000, 3)
            _logger.debug(
                "request", method=method, route=route, status=answer.status, milliseconds=milliseconds
            )


def _describe(span: Span, method: str, route: str, status: int) -> None:
    span.update_name(f"{method} {route}")
    span.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )
    if status >= 500:
        span.set_status(Status(StatusCode.ERROR))


class _Answer:
    """Passes the answer on, adds the request id and records the status.

    The status is 500 if no answer was sent. The code is that of a problem, "" without one.
    """

    __slots__ = ("_send", "code", "request_id", "status")

    def __init__(self, send: Send, request_id: bytes) -> None:
        self._send = send
        self.request_id = request_id
        self.status = 500
        self.code = ""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (REQUEST_ID_HEADER, self.request_id)]
        elif message["type"] == "http.response.body" and self.status >= 400 and not self.code:
            found = _PROBLEM.match(message["body"])
            self.code = found[1].decode() if found else ""
        await self._send(message)


def _own_headers(headers: Iterable[tuple[bytes, bytes]]) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The request's id and the headers of its trace.

    Without a valid id it gets a new one.
    """
    request_id, traced = b"", []
    for pair in headers:
        name, value = pair
        if name == REQUEST_ID_HEADER and not request_id and _REQUEST_ID.fullmatch(value):
            request_id = value
        elif name in TRACE_HEADERS:
            traced.append(pair)
    return request_id or os.urandom(16).hex().encode(), traced


def _route(scope: Scope) -> str:
    """The route's template, or one name for all unknown paths."""
    template = scope.get("path_template")
    return template if isinstance(template, str) and template else UNMATCHED


def _method(scope: Scope) -> str:
    method = str(scope.get("method", ""))
    return method if method in _METHODS else "_OTHER"
