"""The catalog client uses the proxy of the environment."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from adapters.catalog import Bounds, CatalogClient, CatalogUnavailable, ClientCredentials
from tests.support.servers.raw_http import RawServer, http, json_answer

pytestmark = pytest.mark.anyio

Call = Callable[[str], Awaitable[None]]
ONCE = Bounds(attempts=1, total_seconds=8)
TOKEN = json_answer({"access_token": "t", "expires_in": 60})
EMPTY = json_answer({"items": [], "next_cursor": None})


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment without proxies."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    return monkeypatch


async def read(url: str) -> None:
    client = CatalogClient(url, bounds=ONCE)
    try:
        async for _ in client.products():
            pass
    finally:
        await client.close()


async def fetch_token(url: str) -> None:
    tokens = ClientCredentials(f"{url}/token", "client", "secret", bounds=ONCE)
    try:
        await tokens.token()
    finally:
        await tokens.close()


@pytest.mark.parametrize("call", [read, fetch_token])
async def test_tls_calls_connect_through_the_proxy(proxied: pytest.MonkeyPatch, call: Call) -> None:
    with RawServer(lambda _: http(502, "")) as proxy:
        proxied.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(CatalogUnavailable):
            await call("https://catalog.shop.example")
        assert [(one.method, one.target) for one in proxy.requests] == [
            ("CONNECT", "catalog.shop.example:443")
        ]


async def test_plain_calls_go_through_the_proxy(proxied: pytest.MonkeyPatch) -> None:
    with RawServer(lambda request: TOKEN if "token" in request.target else EMPTY) as proxy:
        proxied.setenv("HTTP_PROXY", proxy.url)
        await asyncio.gather(read("http://catalog.shop.example"), fetch_token("http://id.shop.example"))
        assert len(proxy.requests) == 2


@pytest.mark.parametrize("excluded", ["", "127.0.0.1"])
async def test_loopback_is_called_directly(
    proxied: pytest.MonkeyPatch, free_port: int, excluded: str
) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        proxied.setenv(name, f"http://127.0.0.1:{free_port}")
    proxied.setenv("NO_PROXY", excluded)
    with RawServer(lambda _: EMPTY) as server:
        await read(server.url)
        assert len(server.requests) == 1
