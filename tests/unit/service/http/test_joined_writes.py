"""Heads that are sent together with their bodies."""

import asyncio
from collections.abc import Iterable
from typing import Any, cast

import pytest

from service.http.joined_writes import JoinedWrites

pytestmark = pytest.mark.anyio


class Recorded:
    """A transport that records system calls."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def write(self, data: bytes) -> None:
        self.calls.append(data.decode())

    def writelines(self, data: Iterable[bytes]) -> None:
        self.calls.append("+".join(each.decode() for each in data))

    def close(self) -> None:
        self.calls.append("close")


def joined(transport: Recorded) -> JoinedWrites:
    return JoinedWrites(cast("Any", transport), asyncio.get_running_loop())


async def test_head_and_body_are_one_call() -> None:
    transport = Recorded()
    writes = joined(transport)
    writes.write(b"head")
    assert transport.calls == []
    for piece in (b"body", b"more", b""):
        writes.write(piece)
    await asyncio.sleep(0)
    assert transport.calls == ["head+body", "more", ""]


async def test_head_without_a_body_is_sent_in_the_next_iteration() -> None:
    transport = Recorded()
    writes = joined(transport)
    writes.write(b"head")
    await asyncio.sleep(0)
    writes.write(b"body")
    assert transport.calls == ["head", "body"]


async def test_head_is_sent_before_the_connection_is_closed() -> None:
    transport = Recorded()
    writes = joined(transport)
    writes.write(b"head")
    writes.close()
    await asyncio.sleep(0)
    assert transport.calls == ["head", "close"]
