"""Limits on the size and duration of requests."""

import asyncio
import inspect
from collections.abc import Awaitable
from typing import cast

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send

from adapters.telemetry import ServiceMetrics
from service.auth import Principal
from service.http.first_wait import run_to_first_wait
from service.http.middleware.body_memory import Body, BodyMemory
from service.http.middleware.path_prefix import public_path
from service.http.problems import Overloaded, ProblemException, send_problem, standard_problem

MAX_PARAMETERS = 200

BODY_SECONDS = 5.0
"""Seconds that any body may take to arrive."""

BODY_BYTES_PER_SECOND = 32 * 1024
"""Least mean speed of a body that takes longer."""

WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests have a body."""

_PROBES = frozenset({"/health/live", "/health/ready"})


class RequestLimits:
    """Cancels slow requests, rejects unsupported ones, and measures those in flight. Plain ASGI.

    A request is in flight while the service works on it, not while its body arrives or its answer is sent. Probes do
    not count. Their number is limited behind authentication, where callers are known (`service.limits`).

    Args:
        max_seconds: time from a request's headers to the beginning of its answer.
        bodies: memory of bodies.
        body_seconds: time that any body may take to arrive. A longer one needs `BODY_BYTES_PER_SECOND`.
    """

    def __init__(
        self,
        app: ASGIApp,
        metrics: ServiceMetrics,
        *,
        max_seconds: float,
        bodies: BodyMemory,
        body_seconds: float = BODY_SECONDS,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._max_seconds = max_seconds
        self._in_flight = 0
        self.bodies = bodies
        self.body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on within the limits, or rejects it."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(self, scope, receive, send)
        rejection = _unsupported(scope)
        if rejection is not None:
            await exchange.reject(rejection)
            return
        try:
            exchange.begin_work()
            call: Awaitable[None] | None = self._app(scope, exchange.receive, exchange.send)
            if exchange.received and inspect.iscoroutine(call):
                call = run_to_first_wait(call)
            if call is not None:
                await self._within_time(exchange, call)
        except ProblemException as problem:
            await exchange.reject(problem)
        finally:
            exchange.close()

    def enter(self) -> None:
        """Counts a request as in flight."""
        self._in_flight += 1
        self._metrics.in_flight(self._in_flight)

    def leave(self) -> None:
        """Counts a request as no longer in flight."""
        self._in_flight -= 1
        self._metrics.in_flight(self._in_flight)

    async def _within_time(self, exchange: "_Exchange", call: Awaitable[None]) -> None:
        """Ends a call that waits, unless its answer begins in time."""
        try:
            async with asyncio.timeout(None if exchange.started else self._max_seconds) as exchange.time:
                await call
        except TimeoutError:
            if exchange.time is None or not exchange.time.expired():
                raise
            await exchange.reject(self._late(exchange))

    def _late(self, exchange: "_Exchange") -> ProblemException:
        """Counts a request that was cancelled, and returns its problem."""
        if exchange.evicted:
            return Overloaded(headers={"connection": "close"})
        self._metrics.timed_out()
        if not exchange.received:
            return _body_too_slow()
        route = exchange.scope.get("path_template")
        structlog.get_logger("service").warning("request timed out", route=route, seconds=self._max_seconds)
        return _too_slow(self._max_seconds, reads=exchange.scope.get("method") == "GET")


class _Exchange:
    """One request and its answer, with their progress."""

    time: asyncio.Timeout | None = None

    def __init__(self, limits: RequestLimits, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.received = scope.get("method") not in WITH_BODY
        self.evicted = False
        self._limits = limits
        self._receive = receive
        self._send = send
        self.started = False
        self._in_flight = False
        self._body: Body | None = None
        self._deadline: float | None = None
        self._body_began = 0.0

    def begin_work(self) -> None:
        """Counts the request as in flight, unless it is a probe."""
        if self.scope["path"] not in _PROBES:
            self._limits.enter()
            self._in_flight = True

    def end_work(self) -> None:
        """Counts the request as no longer in flight."""
        if self._in_flight:
            self._in_flight = False
            self._limits.leave()

    def close(self) -> None:
        """Frees everything that the request counts as."""
        self.end_work()
        if self._body is not None:
            self._limits.bodies.close(self._body)

    async def receive(self) -> HTTPReceiveMessage:
        """The next part of the body.

        Raises:
            ProblemException: no memory for the body, or its sender disconnected.
        """
        if self.received:
            return cast("HTTPReceiveMessage", await self._receive())
        self.end_work()
        body = self._body or self._open_body()
        self._reschedule(self._body_deadline(body))
        message = await self._receive()
        if message["type"] != "http.request":
            self.received = True
            raise _abandoned()
        self._limits.bodies.grow(body, len(message.get("body", b"")))
        if not message.get("more_body", False):
            self.received = True
            self._limits.bodies.complete(body)
            self._reschedule(self._deadline)
            self.begin_work()
        return cast("HTTPReceiveMessage", message)

    def _open_body(self) -> Body:
        user = self.scope.get("user")
        caller = (user.issuer, user.client_id, user.subject) if isinstance(user, Principal) else None
        self._body = self._limits.bodies.open(caller, self._evict)
        self._deadline = self.time.when() if self.time else None
        self._body_began = asyncio.get_running_loop().time()
        return self._body

    def _body_deadline(self, body: Body) -> float:
        paced = self._body_began + self._limits.body_seconds + body.received / BODY_BYTES_PER_SECOND
        return paced if self._deadline is None else min(paced, self._deadline)

    def _evict(self) -> None:
        self.evicted = True
        self._reschedule(asyncio.get_running_loop().time())

    def _reschedule(self, when: float | None) -> None:
        if self.time is not None and not self.time.expired():
            self.time.reschedule(when)

    async def send(self, message: Message) -> None:
        """Passes the answer on.

        The server limits the time that the caller may take to read it.
        """
        if not self.started:
            self.started = True
            self.end_work()
            self._reschedule(None)
        await self._send(message)

    async def reject(self, problem: ProblemException) -> None:
        """Answers with a problem, unless an answer has started."""
        if not self.started:
            self.started = True
            await send_problem(problem, public_path(self.scope), self._send)


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


def _too_slow(seconds: float, *, reads: bool) -> ProblemException:
    effect = "Retry shortly." if reads else "A write may or may not have been applied."
    detail = f"The request exceeded {seconds:g} s. {effect}"
    return ProblemException(503, "timed-out", "Timed out", detail, headers={"retry-after": "5"})


def _body_too_slow() -> ProblemException:
    return standard_problem(408, "The body did not arrive in time.", {"connection": "close"})


def _abandoned() -> ProblemException:
    return standard_problem(400, "The body ended before it was complete.", {"connection": "close"})
