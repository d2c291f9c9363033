"""Limits on the size, number and duration of requests."""

import asyncio
from typing import cast

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from adapters.telemetry import ServiceMetrics
from service.http.problems import ProblemException, send_problem, standard_problem

MAX_PARAMETERS = 200

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_NEVER_SHED = frozenset({"/health/live", "/health/ready"})


class RequestLimits:
    """Sheds load, cancels slow requests, and rejects unsupported ones. Plain ASGI.

    Probes are never shed, because a busy pod is alive. An answer that exceeds its time is cut off.

    Args:
        max_in_flight: maximum number of concurrent requests; None disables the limit.
        max_seconds: time from a request's headers to the end of its answer.
    """

    def __init__(
        self, app: ASGIApp, metrics: ServiceMetrics, *, max_in_flight: int | None, max_seconds: float
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._max_in_flight = max_in_flight
        self._max_seconds = max_seconds
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on within the limits, or rejects it."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        rejection = _unsupported(scope)
        if rejection is not None:
            await exchange.reject(rejection)
        elif scope["path"] in _NEVER_SHED:
            await self._within_time(exchange)
        elif self._max_in_flight is not None and self._in_flight >= self._max_in_flight:
            self._metrics.shed()
            await exchange.reject(_overloaded())
        else:
            await self._counted(exchange)

    async def _counted(self, exchange: "_Exchange") -> None:
        self._in_flight += 1
        self._metrics.in_flight(self._in_flight)
        try:
            await self._within_time(exchange)
        finally:
            self._in_flight -= 1
            self._metrics.in_flight(self._in_flight)

    async def _within_time(self, exchange: "_Exchange") -> None:
        try:
            async with asyncio.timeout(self._max_seconds) as time:
                await self._app(exchange.scope, exchange.receive, exchange.send)
        except TimeoutError:
            if not time.expired():
                raise
            self._metrics.timed_out()
            route = exchange.scope.get("path_template")
            structlog.get_logger("service").warning(
                "request timed out", route=route, seconds=self._max_seconds
            )
            await exchange.reject(_too_slow(self._max_seconds) if exchange.received else _body_too_slow())
        except asyncio.CancelledError:
            if not exchange.abandoned:
                raise
            await exchange.reject(_abandoned())


class _Exchange:
    """One request and its answer, with their progress."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.received = scope.get("method") not in _WITH_BODY
        self.abandoned = False
        self._started = False
        self._receive = receive
        self._send = send

    async def receive(self) -> HTTPReceiveMessage:
        """The next part of the body. A disconnect within the body cancels the request."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.received = not message.get("more_body", False)
        elif not self.received:
            # The framework would log and answer an exception as an error of the service.
            self.abandoned = True
            raise asyncio.CancelledError
        return cast("HTTPReceiveMessage", message)

    async def send(self, message: Message) -> None:
        """Passes the answer on."""
        self._started = True
        await self._send(message)

    async def reject(self, problem: ProblemException) -> None:
        """Answers with a problem, unless an answer has started."""
        if self._started:
            return
        await send_problem(problem, self.scope["path"], self.send)


def _unsupported(scope: Scope) -> ProblemException | None:
    if scope["query_string"].count(b"&") >= MAX_PARAMETERS:
        detail = f"The URL has more than {MAX_PARAMETERS} query parameters."
        return ProblemException(422, "invalid-request", "Invalid request", detail)
    encodings = [value for name, value in scope["headers"] if name == b"content-encoding"]
    if any(encoding.strip().lower() not in (b"", b"identity") for encoding in encodings):
        detail = "Encoded bodies are not supported. Send the body without a Content-Encoding."
        # RFC 9110, section 15.5.16: Accept-Encoding says that the encoding is the cause, not the media type.
        return standard_problem(415, detail, {"accept-encoding": "identity"})
    return None


def _overloaded() -> ProblemException:
    detail = "The server is at capacity. Retry shortly."
    return ProblemException(503, "overloaded", "Overloaded", detail, headers={"retry-after": "1"})


def _too_slow(seconds: float) -> ProblemException:
    detail = f"The request exceeded {seconds:g} s. A write may or may not have been applied."
    return ProblemException(503, "timed-out", "Timed out", detail, headers={"retry-after": "5"})


def _body_too_slow() -> ProblemException:
    return standard_problem(408, "The body did not arrive in time.", {"connection": "close"})


def _abandoned() -> ProblemException:
    return standard_problem(400, "The body ended before it was complete.", {"connection": "close"})
