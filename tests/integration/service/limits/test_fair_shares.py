"""A hundred accounts that send as fast as they can, against a real process."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.support.builders.published_snapshots import shop
from tests.support.builders.services.running_service import RunningService, running_service
from tests.support.builders.services.service_processes import valid_token
from tests.support.tokens import ISSUER, Forge

ACCOUNTS = 100
MAX_IN_FLIGHT = 20
UNLIMITED = "1000000000"

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def service(folder: Path, forge: Forge) -> Iterator[RunningService]:
    settings = {
        "SERVICE_MAX_IN_FLIGHT": str(MAX_IN_FLIGHT),
        "SERVICE_MAX_WAIT_SECONDS": "0",  # who is rejected for waiting too long depends on the machine's speed
        "SERVICE_SHOPPER_REQUESTS_PER_MINUTE": UNLIMITED,
        "SERVICE_CLIENT_REQUESTS_PER_MINUTE": UNLIMITED,
    }
    issuers = [{"issuer": ISSUER, "jwks_file": str(forge.jwks_file)}]
    forge.publish(forge.rsa)
    with running_service(folder, shop(), issuers, settings) as running:
        yield running


@dataclass
class Account:
    """A kept connection of one shopper."""

    port: int
    request: bytes
    statuses: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(cls, service: RunningService, forge: Forge, subject: str, client: str) -> "Account":
        token = valid_token(forge, sub=subject, client_id=client)
        lines = [
            f"GET /v1/users/{subject}/recommendations HTTP/1.1",
            "host: x",
            f"authorization: Bearer {token}",
        ]
        return cls(service.port, "\r\n".join([*lines, "", ""]).encode())

    async def send(self, go_on: Callable[[], bool]) -> None:
        """Sends one request after the other over one connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while go_on():
            writer.write(self.request)
            answer = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.statuses[int(answer.split()[1])] += 1
            length = answer.lower().partition("content-length: ")[2].partition("\r\n")[0]
            await reader.readexactly(int(length))
        writer.close()
        await writer.wait_closed()


@dataclass
class Crowd:
    """A hundred accounts of one client that send without a pause."""

    accounts: list[Account]
    statuses: Counter[int] = field(default_factory=Counter)
    ended: bool = False

    async def answered(self, requests: int) -> None:
        """Waits until so many more requests of the crowd are answered."""
        until = self.statuses[200] + requests
        while self.statuses[200] < until:
            await asyncio.sleep(0.001)

    @asynccontextmanager
    async def hammering(self) -> AsyncIterator[None]:
        for account in self.accounts:
            account.statuses = self.statuses
        tasks = [asyncio.create_task(account.send(lambda: not self.ended)) for account in self.accounts]
        try:
            await self.answered(20)
            yield
            await self.answered(20)
        finally:
            self.ended = True
            await asyncio.gather(*tasks)


@pytest.mark.parametrize(("client", "pause"), [("another", 0), ("web", 20)])
async def test_hundred_hammering_accounts_do_not_starve_other_shoppers(
    service: RunningService, forge: Forge, client: str, pause: int
) -> None:
    """A shopper of the same client pauses while 20 others are answered."""
    crowd = Crowd([Account.of(service, forge, f"busy-{number}", "web") for number in range(ACCOUNTS)])
    other = Account.of(service, forge, f"quiet-{client}", client)
    async with crowd.hammering():
        for _ in range(8):
            await crowd.answered(pause)
            await other.send(partial(next, iter([True]), False))
    assert other.statuses == Counter({200: 8})
    assert crowd.statuses[503] > 0


async def test_overload_sheds_requests_before_their_bodies_arrive(
    service: RunningService, forge: Forge
) -> None:
    """The body of this one never arrives."""
    crowd = Crowd([Account.of(service, forge, f"busy-{number}", "web") for number in range(ACCOUNTS)])
    token = valid_token(forge, sub="busy-0", client_id="web", scope="events:write")
    head = (
        f"POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nauthorization: Bearer {token}\r\n\r\n"
    )
    async with crowd.hammering(), AsyncExitStack() as opened:
        waiting = set[asyncio.Task[bytes]]()
        for _ in range(500):
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
            opened.callback(writer.close)
            writer.write(head.encode())
            waiting.add(asyncio.create_task(reader.readuntil(b"\r\n")))
            # Those that were not shed wait on, because a slow answer is one, too.
            answered, waiting = await asyncio.wait(waiting, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
            if answered:
                break
        else:
            pytest.fail("no request was shed without its body")
        for task in waiting:
            task.cancel()
    assert answered.pop().result() == b"HTTP/1.1 503 Service Unavailable\r\n"
