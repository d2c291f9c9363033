"""Rejections under overload, before requests are read and routed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar, post
from litestar.params import FromPath
from litestar.types import Message, Receive, Scope, Send
from opentelemetry.metrics import NoOpMeter

from adapters.telemetry import ServiceMetrics
from service.auth import Principal
from service.limits import Caller, EarlyRejection, FairShares

pytestmark = pytest.mark.anyio

BUSY = Principal("web", "web", frozenset(), "issuer", 0.0)


@post("/v1/events/{kind:str}")
async def record(kind: FromPath[str]) -> str:
    return kind


class Overloaded:
    """An application with as many waiting requests of `BUSY` as may wait.

    Attributes:
        passed_on: paths of the requests that were not rejected.
    """

    def __init__(self) -> None:
        self.passed_on: list[str] = []
        self.shares = FairShares(ServiceMetrics(NoOpMeter("tests")), 1, turns=1)
        self.app = EarlyRejection(self._answer, Litestar([record]), self.shares, frozenset({"/verify"}))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        self.passed_on.append(scope["path"])

    async def request(self, path: str, user: Principal | None = BUSY) -> tuple[Any, list[Any]]:
        """One request. Returns its scope and the messages of the answer."""
        scope: Any = {"type": "http", "method": "POST", "path": path, "user": user}
        sent: list[Message] = []

        async def receive() -> Any:
            pytest.fail("the body was read")

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return scope, sent


@pytest.fixture
async def overloaded() -> AsyncIterator[Overloaded]:
    process = Overloaded()
    caller = Caller.of(BUSY)
    running = await process.shares.turn(caller, 1)
    waiting = asyncio.create_task(process.shares.turn(caller, 1))
    await asyncio.sleep(0)
    yield process
    running.close()
    (await waiting).close()


async def test_rejection_is_a_problem_that_says_when_to_retry(overloaded: Overloaded) -> None:
    _, (start, body) = await overloaded.request("/v1/events/view")
    assert start["status"] == 503
    assert (b"retry-after", b"1") in start["headers"]
    assert b'"type":"urn:problem:recommender:overloaded"' in body["body"]
    assert overloaded.passed_on == []


@pytest.mark.parametrize(
    ("path", "template"), [("/v1/events/view", "/v1/events/{kind}"), ("/v1/nothing", None)]
)
async def test_rejection_is_counted_by_its_route(
    overloaded: Overloaded, path: str, template: str | None
) -> None:
    scope, (start, _) = await overloaded.request(path)
    assert start["status"] == 503
    assert scope.get("path_template") == template


@pytest.mark.parametrize(("path", "user"), [("/verify", BUSY), ("/health/live", None)])
async def test_verifications_and_probes_are_not_rejected(
    overloaded: Overloaded, path: str, user: Principal | None
) -> None:
    await overloaded.request(path, user)
    assert overloaded.passed_on == [path]
