"""What a request may cost before anything is done for it, and how long it may take."""

import asyncio
from dataclasses import dataclass
from typing import cast

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from adapters.telemetry import ServiceMetrics
from service.http.problems import ProblemException, send_problem, standard_problem

MOST_PARAMETERS = 200

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_NEVER_SHED = frozenset({"/health/live", "/health/ready"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits on what is answered at once, and for how long.

    Attributes:
        in_flight: requests that are answered at once; None is no limit.
        seconds: from a request's headers to the end of its answer.
    """

    in_flight: int | None
    seconds: float


class RequestBounds:
    """Plain ASGI around the application: sheds load, ends what takes too long, refuses what nobody can read.

    Probes are never shed: a pod that is busy is alive. An answer that is under way when its time is over is cut off.

    Args:
        app: the next application.
        bounds: the limits.
        metrics: counts what is in flight, shed and given up.
    """

    def __init__(self, app: ASGIApp, bounds: Bounds, metrics: ServiceMetrics) -> None:
        self._app = app
        self._bounds = bounds
        self._metrics = metrics
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one connection; anything but HTTP passes untouched."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        refusal = _unreadable(scope)
        if refusal is not None:
            await exchange.refuse(refusal)
        elif scope["path"] in _NEVER_SHED:
            await self._within_time(exchange)
        elif self._bounds.in_flight is not None and self._in_flight >= self._bounds.in_flight:
            self._metrics.shed()
            await exchange.refuse(_overloaded())
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
            async with asyncio.timeout(self._bounds.seconds) as time:
                await self._app(exchange.scope, exchange.receive, exchange.send)
        except TimeoutError:
            if not time.expired():
                raise
            self._metrics.timed_out()
            route = exchange.scope.get("path_template")
            structlog.get_logger("service").warning(
                "request given up", route=route, seconds=self._bounds.seconds
            )
            await exchange.refuse(_too_slow(self._bounds.seconds) if exchange.received else _body_too_slow())
        except asyncio.CancelledError:
            if not exchange.abandoned:
                raise
            await exchange.refuse(_abandoned())


class _Exchange:
    """One request and its answer: how far they are."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.received = scope.get("method") not in _WITH_BODY
        self.abandoned = False
        self._started = False
        self._receive = receive
        self._send = send

    async def receive(self) -> HTTPReceiveMessage:
        """The next part of the body; a caller who goes away in the middle of it ends the request."""
        message = await self._receive()
        if message["type"] == "http.request":
            self.received = not message.get("more_body", False)
        elif not self.received:
            # Not an error of the service's, as which the framework would log and answer it.
            self.abandoned = True
            raise asyncio.CancelledError
        return cast("HTTPReceiveMessage", message)

    async def send(self, message: Message) -> None:
        """Passes the answer on."""
        self._started = True
        await self._send(message)

    async def refuse(self, problem: ProblemException) -> None:
        """Answers with a problem, unless an answer is under way."""
        if self._started:
            return
        await send_problem(problem, self.scope["path"], self.send)


def _unreadable(scope: Scope) -> ProblemException | None:
    if scope["query_string"].count(b"&") >= MOST_PARAMETERS:
        detail = f"The URL has more than {MOST_PARAMETERS} query parameters."
        return ProblemException(422, "invalid-request", "Invalid request", detail)
    encodings = [value for name, value in scope["headers"] if name == b"content-encoding"]
    if any(encoding.strip().lower() not in (b"", b"identity") for encoding in encodings):
        detail = "Bodies are read as they are: send this one without a Content-Encoding."
        # RFC 9110, section 15.5.16: it is the encoding that is not supported, not the media type.
        return standard_problem(415, detail, {"accept-encoding": "identity"})
    return None


def _overloaded() -> ProblemException:
    detail = "As many requests as this pod answers at once are under way; try again shortly."
    return ProblemException(503, "overloaded", "Overloaded", detail, headers={"retry-after": "1"})


def _too_slow(seconds: float) -> ProblemException:
    detail = f"It could not be answered within {seconds:g} s; what was to be written may or may not be."
    return ProblemException(503, "timed-out", "Timed out", detail, headers={"retry-after": "5"})


def _body_too_slow() -> ProblemException:
    return standard_problem(408, "The body did not arrive in time.", {"connection": "close"})


def _abandoned() -> ProblemException:
    return standard_problem(400, "The body ended before it was complete.", {"connection": "close"})
