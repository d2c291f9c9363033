"""Rate limits and fair shares around an application."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from litestar.types import Message, Receive, Scope, Send
from opentelemetry.metrics import NoOpMeter

from adapters.cache import InProcessQuotas
from adapters.telemetry import ServiceMetrics
from service.auth import Principal
from service.limits import Admission, FairShares, Quotas, RateLimitMiddleware, RateLimits, request_quota

pytestmark = pytest.mark.anyio


@dataclass
class Batches:
    """An application whose requests cost as much as their body says.

    One runs at a time.

    Attributes:
        sent: set once all requests wait for their turns.
    """

    sent: asyncio.Event = field(default_factory=asyncio.Event)
    served: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        metrics = ServiceMetrics(NoOpMeter("tests"))
        limits = RateLimits(InProcessQuotas(max_entries=10), Quotas(None, None), metrics, str)
        shares = FairShares(metrics, None, wait_seconds=None, turns=1, turn_seconds=3600)
        self.app = RateLimitMiddleware(self._answer, Admission(limits, shares), lambda scope: 1)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = cast("dict[str, bytes]", await receive())
        await request_quota(scope).count_as(int(message["body"]))
        self.served.append(cast("Principal", scope["user"]).client_id)
        await self.sent.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def post(self, client: str, units: int) -> None:
        """One request of a client."""
        scope: Any = {
            "method": "POST",
            "path": "/",
            "path_params": {},
            "state": {},
            "user": Principal(client, client, frozenset(), "issuer", 0.0),
        }

        async def receive() -> Any:
            return {"type": "http.request", "body": str(units).encode(), "more_body": False}

        async def send(message: Message) -> None:
            del message

        await self.app(scope, receive, send)


async def test_units_of_a_body_take_a_part_of_the_share() -> None:
    process = Batches()
    tasks = [asyncio.create_task(process.post("costly", 10)) for _ in range(10)]
    tasks += [asyncio.create_task(process.post("cheap", 1)) for _ in range(50)]
    await asyncio.sleep(0)
    process.sent.set()
    await asyncio.gather(*tasks)
    assert 2 <= process.served[:30].count("costly") <= 4
