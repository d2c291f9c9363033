"""Logins at an issuer that does not answer."""

import asyncio

import pytest

from service.console.login.exchange import CodeExchange, IssuerUnreachable

pytestmark = pytest.mark.anyio

MAX_OPEN = 40


async def test_logins_beyond_the_queue_are_refused_at_once() -> None:
    """The others still wait for the issuer then."""
    never = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await never.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    exchange = CodeExchange(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/token")
    waiting = [asyncio.create_task(exchange.tokens({"code": str(number)})) for number in range(MAX_OPEN)]
    await asyncio.sleep(0)  # All of them have begun.
    with pytest.raises(IssuerUnreachable, match="Too many people"):
        await exchange.tokens({"code": "one more"})
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    never.set()
    await exchange.close()
    server.close()
