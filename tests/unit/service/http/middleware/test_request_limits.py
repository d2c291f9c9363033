"""Limits on bodies and on the duration of requests, over ASGI."""

import asyncio
from typing import Any

import msgspec
import pytest
from litestar.types import Receive, Scope, Send
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from adapters.telemetry import ServiceMetrics
from service.auth import Principal
from service.http.middleware.body_memory import MIN_CALLERS, WAITING_BYTES, BodyMemory
from service.http.middleware.request_limits import BODY_BYTES_PER_SECOND, RequestLimits

pytestmark = pytest.mark.anyio


class Waiting:
    """An application that answers 200 when it is released, and counts its requests."""

    def __init__(self, *, max_seconds: float = 60) -> None:
        self.go = asyncio.Event()
        self.started = 0
        self.cancelled = 0
        self._readings = InMemoryMetricReader()
        self.metrics = ServiceMetrics(MeterProvider([self._readings]).get_meter("tests"))
        self.app = RequestLimits(
            self._answer,
            self.metrics,
            max_seconds=max_seconds,
            bodies=BodyMemory(1_000_000, self.metrics),
        )

    def measured(self, name: str) -> float:
        data = self._readings.get_metrics_data()
        resources = data.resource_metrics if data else ()
        metrics = [
            each for resource in resources for scope in resource.scope_metrics for each in scope.metrics
        ]
        points = [point for each in metrics if each.name == name for point in each.data.data_points]
        return sum(getattr(point, "value", 0) for point in points)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.started += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def ask(app: RequestLimits, path: str = "/v1/popular", method: str = "GET") -> dict[str, Any]:
    """Status, headers and problem document of the answer."""
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(60)

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Any = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": []}
    await app(scope, receive, send)
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    document = msgspec.json.decode(body["body"]) if body["body"] else None
    return {"status": start["status"], "headers": headers, "problem": document}


async def test_requests_in_flight_are_measured_without_probes() -> None:
    waiting = Waiting()
    paths = ["/v1/popular"] * 3 + ["/health/live", "/health/ready"]
    under_way = [asyncio.create_task(ask(waiting.app, path)) for path in paths]
    await asyncio.sleep(0)
    assert (waiting.started, waiting.measured("recommender.in_flight")) == (5, 3)
    waiting.go.set()
    assert [answer["status"] for answer in await asyncio.gather(*under_way)] == [200] * 5
    assert waiting.measured("recommender.in_flight") == 0


class Sender:
    """A request of `subject` with a body in parts."""

    def __init__(self, limits: RequestLimits, subject: str = "ana") -> None:
        self.parts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[Any] = []
        scope: Any = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
        scope["user"] = Principal(subject, "shop-app", frozenset(), "https://id.example", 0.0)
        self.task = asyncio.create_task(limits(scope, self.parts.get, self._send))

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    def part(self, body: bytes, *, more: bool) -> None:
        self.parts.put_nowait({"type": "http.request", "body": body, "more_body": more})

    async def status(self) -> int:
        await self.task
        found: int = self.sent[0]["status"]
        return found


async def read_body(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body, and answers 200."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def reading(memory: int = 8_000_000, **changes: Any) -> RequestLimits:
    metrics = Waiting().metrics
    given = {"max_seconds": 60, "bodies": BodyMemory(memory, metrics)} | changes
    return RequestLimits(read_body, metrics, **given)


async def settle() -> None:
    """Lets all tasks run until they wait."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_requests_with_unfinished_bodies_are_not_in_flight() -> None:
    waiting = Waiting()
    limits = RequestLimits(
        read_body, waiting.metrics, max_seconds=60, bodies=BodyMemory(8_000_000, waiting.metrics)
    )
    senders = [Sender(limits) for _ in range(5)]
    await settle()
    assert waiting.measured("recommender.in_flight") == 0
    for sender in senders:
        sender.part(b"}", more=False)
        assert await sender.status() == 200


async def test_request_is_in_flight_again_when_its_body_is_complete() -> None:
    waiting = Waiting()

    async def read_and_wait(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await waiting.go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    sender = Sender(
        RequestLimits(
            read_and_wait, waiting.metrics, max_seconds=60, bodies=BodyMemory(8_000_000, waiting.metrics)
        )
    )
    await settle()
    assert waiting.measured("recommender.in_flight") == 0
    sender.part(b"{}", more=False)
    await settle()
    assert waiting.measured("recommender.in_flight") == 1
    waiting.go.set()
    assert await sender.status() == 200
    assert waiting.measured("recommender.in_flight") == 0


async def test_body_without_progress_is_408() -> None:
    sender = Sender(reading(body_seconds=0.05))
    sender.part(b"{", more=True)
    assert await sender.status() == 408
    assert (b"connection", b"close") in sender.sent[0]["headers"]


async def test_progress_extends_the_time_of_a_body() -> None:
    limits = reading(body_seconds=0.05)
    stopped, steady = Sender(limits, "ana"), Sender(limits, "ben")
    stopped.part(b"x" * 100, more=True)
    steady.part(b"x" * 20 * BODY_BYTES_PER_SECOND, more=True)
    assert await stopped.status() == 408
    steady.part(b"", more=False)
    assert await steady.status() == 200


async def test_slow_bodies_of_one_caller_do_not_reject_those_of_others() -> None:
    limits = reading(MIN_CALLERS * WAITING_BYTES)
    slow = Sender(limits, "ana")
    await settle()
    assert await Sender(limits, "ana").status() == 503  # beyond the share of one caller
    others = [Sender(limits, f"shopper {number}") for number in range(MIN_CALLERS)]
    assert await slow.status() == 503  # the slowest of all
    assert slow.sent[0]["headers"][-1] == (b"connection", b"close")
    for sender in others:
        sender.part(b"{}", more=False)
        assert await sender.status() == 200


async def test_memory_is_freed_when_requests_end() -> None:
    limits = reading(MIN_CALLERS * WAITING_BYTES, body_seconds=0.01)
    for _ in range(5):
        assert await Sender(limits).status() == 408
    sender = Sender(limits)
    sender.parts.put_nowait({"type": "http.disconnect"})
    assert await sender.status() == 400
    sender = Sender(limits)
    sender.part(b"{}", more=False)
    assert await sender.status() == 200


async def test_slow_request_is_cancelled_and_answered() -> None:
    waiting = Waiting(max_seconds=0.05)
    for number in (1, 2):
        answer = await ask(waiting.app)
        assert (answer["status"], answer["headers"]["retry-after"]) == (503, "5")
        assert answer["problem"]["type"] == "urn:problem:recommender:timed-out"
        assert waiting.cancelled == number
    assert waiting.measured("recommender.timed_out") == 2
    assert (await ask(waiting.app, method="POST"))["status"] == 408  # its body never came


async def test_cancellation_by_the_server_propagates() -> None:
    waiting = Waiting()
    task = asyncio.create_task(ask(waiting.app))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    waiting.go.set()
    assert (await ask(waiting.app))["status"] == 200


async def test_timeout_of_the_application_propagates() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise TimeoutError("of another kind")

    waiting = Waiting()
    with pytest.raises(TimeoutError, match="of another kind"):
        limits = RequestLimits(
            failing, waiting.metrics, max_seconds=60, bodies=BodyMemory(1_000_000, waiting.metrics)
        )
        await ask(limits)
