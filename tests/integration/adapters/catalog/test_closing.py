"""Nothing is sent by a client that is closing."""

import asyncio

import pytest

from adapters.catalog import Bounds, CatalogClient, CatalogUnavailable, ClientCredentials
from tests.support.servers.raw_http import RawServer

pytestmark = pytest.mark.anyio


async def test_calls_that_wait_for_a_connection_are_not_sent_after_closing() -> None:
    with RawServer(lambda _: [60.0]) as server:
        client = CatalogClient(server.url, bounds=Bounds(max_concurrency=1))
        sent, *waiting = (asyncio.create_task(client.user(str(number))) for number in range(3))
        async with asyncio.timeout(30):
            while not server.requests:
                await asyncio.sleep(0.01)
        await client.close()
        await asyncio.wait([sent])
        for call in (*waiting, client.user("later")):
            with pytest.raises(CatalogUnavailable, match="the client is closed"):
                await call
        assert len(server.requests) == 1


async def test_no_token_is_fetched_after_closing() -> None:
    with RawServer(lambda _: [60.0]) as issuer:
        tokens = ClientCredentials(f"{issuer.url}/token", "indexer", "secret")
        fetching = asyncio.create_task(tokens.token())
        async with asyncio.timeout(30):
            while not issuer.requests:
                await asyncio.sleep(0.01)
        closing = asyncio.create_task(tokens.close())
        await asyncio.wait([fetching])
        with pytest.raises(CatalogUnavailable, match="the client is closed"):
            await tokens.token()
        await closing
        assert len(issuer.requests) == 1
